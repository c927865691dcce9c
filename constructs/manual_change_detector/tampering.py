"""Tampering: who touches the detector itself is told to the alarm topic, by a path without AWS Config and Lambda.

CloudTrail ──▶ EventBridge rule ──▶ alarm topic; what cannot be published waits, and an alarm rings (`untold.py`).
EventBridge hears of API calls only where a trail logs management
events; the rules see calls of this region. Deployments do not ring, by the roles that deploy (`deployments.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aws_cdk import Aws, Fn, Stack, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from manual_change.domain.partition import partition_of
from manual_change_detector.alarm_topic import publisher
from manual_change_detector.blinding_calls import ROLES, RULES, BlindingCalls, Pattern
from manual_change_detector.deployments import no_deployer, no_deployment
from manual_change_detector.notices import Notices, api_calls
from manual_change_detector.untold import Untold

PATTERN_LIMIT: Final = 2048
"""Characters of an event pattern (EventBridge user guide, "Amazon EventBridge quotas")."""

GUARD_NAME: Final = "tampering-guard"
"""With the stack's id (a UUID) and the end of an address it stays within the 64 characters of a rule's name."""

_SUCCEEDED: Final = [{"exists": False}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """Resources of one kind, and the calls that must not touch them unnoticed."""

    construct_id: str
    calls: BlindingCalls
    names: Sequence[Pattern] = ()
    """How a record may name them; none: whatever the calls touch."""
    longest_name: int = 0
    """Characters that one of the names may have once CloudFormation has made it."""
    named_in: Sequence[str] = field(default=())
    """Those of the calls' fields that hold a single name, which can be shown to people."""


class Tampering(Construct):
    """The rules, and the role with which they publish."""

    rules: tuple[events.CfnRule, ...]

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        detector: str,
        topic: sns.ITopic,
        untold: Untold,
        guarded: Sequence[Guarded],
        rules: Sequence[events.Rule],
        roles: Sequence[iam.Role],
        deploying_roles: Sequence[str],
    ) -> None:
        """Guard what is given, the detector's roles and other rules, and then the guards: each of the last two by the
        other."""
        super().__init__(scope, construct_id)
        self._deploying_roles = deploying_roles
        role = publisher(self, "Role", topic=topic, description="Tells the alarm topic of tampering")
        self._notices = Notices(
            topic_arn=topic.topic_arn,
            role_arn=role.role_arn,
            untold_arn=untold.queue.queue_arn,
            concerns=f"the manual-change detector {detector}",
        )
        guards = [rule for each in (*guarded, *_roles(self, (*roles, role))) for rule in self._guard(each)]
        # Two rules that name each other with Ref would be a circle: the last one's name is made of the stack's id.
        last_name = f"{GUARD_NAME}-{Fn.select(2, Fn.split('/', Aws.STACK_ID))}-{self.node.addr[-8:]}"
        over_all = [
            rule
            for each in _by_rule_name(
                "Rules", [*(rule.rule_name for rule in rules), *(guard.ref for guard in guards), last_name]
            )
            for rule in self._guard(each)
        ]
        [last] = _by_rule_name("Guards", [rule.ref for rule in over_all])
        self.rules = (*guards, *over_all, *self._guard(last, rule_name=last_name))

    def _guard(self, guarded: Guarded, *, rule_name: str | None = None) -> Iterator[events.CfnRule]:
        for number, detail in enumerate(details(guarded, self._deploying_roles), start=1):
            yield self._notices.rule(
                self,
                guarded.construct_id if number == 1 else f"{guarded.construct_id}{number}",
                says=guarded.calls.says,
                pattern=api_calls(detail),
                named_in=guarded.named_in,
                rule_name=rule_name,
            )


def _roles(scope: Construct, roles: Sequence[iam.Role]) -> Iterator[Guarded]:
    """By name, where CloudTrail hands IAM's calls to EventBridge: in one region of a partition, or who knows where."""
    region = Stack.of(scope).region
    if Token.is_unresolved(region) or region == partition_of(region).home_region:
        names = [role.role_name for role in roles]
        yield Guarded(construct_id="Roles", calls=ROLES, names=names, longest_name=64, named_in=ROLES.fields)


def any_of(guarded: Sequence[Guarded], deploying_roles: Sequence[str]) -> dict[str, Any]:
    """The `detail` of one pattern that matches whatever any of these would: for few, with short names, none of which
    begins a deployment."""
    return {
        "errorCode": _SUCCEEDED,
        **no_deployment(deploying_roles),
        "$or": [
            _call(each.calls) | request
            for each in guarded
            for request in ([_request(each.calls, name, each.names) for name in each.calls.fields] or [{}])
        ],
    }


def _by_rule_name(construct_id: str, names: Sequence[str]) -> Iterator[Guarded]:
    yield Guarded(construct_id=construct_id, calls=RULES, names=names, longest_name=64, named_in=RULES.fields)


def details(guarded: Guarded, deploying_roles: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The `detail` of as many patterns as it takes to stay within the limit."""
    calls = guarded.calls
    deployments = (no_deployer if calls.begin_deployments else no_deployment)(deploying_roles)
    if not guarded.names:
        yield deployments | _detail(calls, ())
        return
    size = guarded.longest_name + len('{"suffix":"/"},')
    room = PATTERN_LIMIT - len(json.dumps(deployments | _detail(calls, ("",)))) - 120  # source and detail-type
    most = max(1, room // (size * len(calls.fields)))
    for begin in range(0, len(guarded.names), most):
        yield deployments | _detail(calls, guarded.names[begin : begin + most])


def _detail(calls: BlindingCalls, names: Sequence[Pattern]) -> dict[str, Any]:
    detail = _call(calls) | {"errorCode": _SUCCEEDED}
    if not names:
        return detail | _request(calls)
    by_field = [_request(calls, name, names) for name in calls.fields]
    return detail | (by_field[0] if len(by_field) == 1 else {"$or": by_field})


def _call(calls: BlindingCalls) -> dict[str, Any]:
    return {"eventSource": [f"{calls.service}.amazonaws.com"], "eventName": list(calls.calls)}


def _request(calls: BlindingCalls, path: str = "", names: Sequence[Pattern] = ()) -> dict[str, Any]:
    """What the request must say: these names there, and, where a call has such a parameter, with what it blinds."""
    parameters: dict[str, Any] = {name: [{"exists": False}, *values] for name, values in calls.only_with.items()}
    if path:
        parameters |= _inside(path, names)
    return {"requestParameters": parameters} if parameters else {}


def _inside(path: str, names: Sequence[Pattern]) -> dict[str, Any]:
    """`a.b` and the names: {"a": {"b": names}}."""
    outer, _, inner = path.partition(".")
    return {outer: _inside(inner, names) if inner else list(names)}
