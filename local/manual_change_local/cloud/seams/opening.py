"""All seams together: importing this imports moto, opening it changes moto, closing it puts moto back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.cloudtrail import EventHistory
from manual_change_local.cloud.config_history import ConfigHistory
from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.event_source import EventSourceMapping
from manual_change_local.cloud.fleet import Fleet
from manual_change_local.cloud.function import Function
from manual_change_local.cloud.observation import Observation
from manual_change_local.cloud.resource_types.contract import Api
from manual_change_local.cloud.seams import (
    accounts,
    buses,
    formation,
    functions,
    histories,
    mappings,
    organizations,
    queues,
    rules,
    stack_sets,
    topics,
)
from manual_change_local.cloud.seams.deliveries import Deliveries
from manual_change_local.cloud.seams.patches import Patches
from manual_change_local.cloud.seams.server import Server


class Seams:
    """moto, listening and opened up."""

    def __init__(self, port: int, *, observe: Callable[[Observation], None]) -> None:
        """Listen; see `Server`."""
        self._observe = observe
        self._patches = Patches()
        self._server = Server(port, observe=observe)
        self.port = self._server.port

    def open(
        self,
        *,
        account: str,
        clock: Clock,
        fleet: Fleet,
        invoke_later: Callable[[Function, bytes], None],
        mapping_changed: Callable[[str, EventSourceMapping | None], None],
        events: EventHistory,
        items: ConfigHistory,
        api_at: Callable[[str, str], Api],
    ) -> None:
        """Change moto; each argument goes to the seam that is named after it."""

        observe = self._observe

        def invoke_arn_later(function_arn: str, payload: bytes) -> bool:
            function = functions.function_of(function_arn)
            if function is not None:
                invoke_later(function, payload)
            return function is not None

        self._deliveries = Deliveries(observe=observe, invoke_later=invoke_arn_later)
        accounts.open_accounts(self._patches, default=account)
        queues.open_queues(self._patches, clock=clock, observe=observe)
        topics.open_topics(self._patches, self._deliveries)
        buses.open_buses(self._patches)
        rules.open_rules(self._patches, self._deliveries)
        functions.open_functions(self._patches, fleet=fleet, invoke_later=invoke_later)
        mappings.open_mappings(self._patches, mapping_changed=mapping_changed, observe=observe)
        histories.open_histories(self._patches, events=events, items=items)
        formation.open_formation(self._patches, api_at)
        organizations.open_organizations(self._patches)
        stack_sets.open_stack_sets(self._patches)

    def close(self) -> None:
        """Stop listening and put moto back."""
        self._server.close()
        self._patches.undo()

    def backlogs(self) -> dict[str, int]:
        """How many messages each queue holds, by ARN."""
        return queues.queue_backlogs()

    def function(self, function_arn: str) -> Function:
        """The function as it is deployed now.

        Raises:
            CloudError: there is none.
        """
        found = functions.function_of(function_arn)
        if found is None:
            raise CloudError(f"there is no function {function_arn}")
        return found

    def keep_logs(self, function: Function, log_stream: str, lines: list[str]) -> None:
        """Put what a function wrote into its log group."""
        functions.keep_logs(function, log_stream, lines)

    def retry_attempts(self, function_arn: str) -> int:
        """How often a failed asynchronous invocation is tried again."""
        return functions.retry_attempts(function_arn)

    def add_account(self, manager: str, account: str, *, name: str, unit: str, joined: datetime | None) -> None:
        """Put an account into an organization, and what automatic deployment puts into it."""
        organizations.add_account(manager, account, name=name, unit=unit, joined=joined)
        stack_sets.deploy_to_newcomers()

    def emit(self, **event: Any) -> str:
        """Put an event of an AWS service on a default bus."""
        return buses.emit(**event)

    def fire(self, rule_name: str, *, account: str, region: str) -> None:
        """Let a rule's schedule be due."""
        rules.fire(rule_name, account=account, region=region, deliveries=self._deliveries)
