"""The seam to moto's EventBridge rules: states, inputs and targets as AWS has them.

Rests on moto 5.2.5, `moto.events.models.Rule`: `send_to_targets` is called for every rule of a bus with each event;
`event_pattern.matches_event` decides, of the event as `EventPattern._flatten_dict` lays it out; `targets` holds what
PutTargets was given. moto ignores a rule's state and the constant input, does not look into lists of objects, and
raises for topics and functions.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events import models
from moto.events.models import events_backends

from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.event_leaves import leaves
from manual_change_local.cloud.rule_input import input_for
from manual_change_local.cloud.seams import buses
from manual_change_local.cloud.seams.deliveries import Deliveries
from manual_change_local.cloud.seams.patches import Patches


def open_rules(patches: Patches, deliveries: Deliveries) -> None:
    """Deliver to queues, topics, functions and buses ourselves; log groups and archives stay with moto."""
    original = models.Rule.send_to_targets

    def send_to_targets(rule: Any, original_event: dict[str, Any], transform_input: bool = True) -> None:
        if rule.state == "DISABLED" or not rule.event_pattern.get_pattern():
            return
        original_event = buses.as_put(original_event)
        if not rule.event_pattern.matches_event(original_event):
            return
        others = [target for target in rule.targets if not _deliver(rule, target, original_event, deliveries)]
        if others:
            everything, rule.targets = rule.targets, others
            try:
                original(rule, original_event, transform_input)
            finally:
                rule.targets = everything

    patches.replace(models.Rule, "send_to_targets", send_to_targets)
    open_patterns(patches)


def open_patterns(patches: Patches) -> None:
    """Match events as EventBridge lays them out."""
    patches.replace(models.EventPattern, "_flatten_dict", staticmethod(leaves))


def fire(rule_name: str, *, account: str, region: str, deliveries: Deliveries) -> None:
    """Do what EventBridge does when the schedule of a rule is due.

    Raises:
        CloudError: there is no such rule, or it has no schedule.
    """
    buses = events_backends[account][region].event_buses
    rule = next((rule for bus in buses.values() for rule in bus.rules.values() if rule.name == rule_name), None)
    if rule is None or not rule.scheduled_expression:
        scheduled = [rule.name for bus in buses.values() for rule in bus.rules.values() if rule.scheduled_expression]
        raise CloudError(f"{account}/{region} has no scheduled rule {rule_name!r}; scheduled rules: {scheduled}")
    if rule.state == "DISABLED":
        return
    scheduled_event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": account,
        "time": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "region": region,
        "resources": [rule.arn],
        "detail": {},
    }
    for target in rule.targets:
        if not _deliver(rule, target, scheduled_event, deliveries):
            raise CloudError(f"the rule {rule_name} has a target that a schedule cannot reach here: {target['Arn']}")


def _deliver(rule: Any, target: dict[str, Any], original_event: dict[str, Any], deliveries: Deliveries) -> bool:
    """Whether it is a kind of target that we deliver to."""
    arn: str = target["Arn"]
    body = input_for(target, _as_sent(original_event))
    match arn.split(":")[2]:
        case "sqs":
            group_id = target.get("SqsParameters", {}).get("MessageGroupId")
            delivered = deliveries.to_queue(arn, body, source_arn=rule.arn, group_id=group_id)
        case "sns":
            message = json.loads(body) if body.startswith('"') else body
            delivered = deliveries.to_topic(arn, message, source_arn=rule.arn)
        case "lambda":
            delivered = deliveries.to_function(arn, body.encode(), source_arn=rule.arn)
        case "events" if ":event-bus/" in arn:
            event = _as_sent(original_event)
            if not buses.may_be_passed_on(event, account=rule.account_id):
                deliveries.failed(rule.arn, arn, "an event that came from another bus is not sent on to a third one")
                return True
            delivered = buses.pass_on(arn, event)
            if not delivered:
                deliveries.failed(rule.arn, arn, "the event bus does not exist")
        case _:
            return False
    dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
    if not delivered and dead_letters:
        deliveries.to_queue(dead_letters, body, source_arn=rule.arn)
    return True


def _as_sent(original_event: dict[str, Any]) -> dict[str, Any]:
    """The event as targets see it: moto keeps the time as a number and a field of its own."""
    sent = {"version": "0", **original_event}
    sent.pop("ingestion-time", None)
    if isinstance(sent["time"], int | float):
        moment = datetime.fromtimestamp(sent["time"], UTC)
        sent["time"] = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return sent
