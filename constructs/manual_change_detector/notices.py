"""Notices: EventBridge rules that tell the alarm topic, in a sentence, what CloudTrail recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aws_cdk import aws_events as events
from constructs import Construct

API_CALL: Final = "AWS API Call via CloudTrail"

RECORD: Final = {
    "call": "$.detail.eventName",
    "principal": "$.detail.userIdentity.arn",
    "address": "$.detail.sourceIPAddress",
    "time": "$.detail.eventTime",
    "id": "$.detail.eventID",
    "account": "$.detail.recipientAccountId",
    "region": "$.detail.awsRegion",
}
"""What a sentence says of a record, and where in the event it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Where they go. Of one construct, whose rules share it; each rule is one call of the CDK's."""

    topic_arn: str
    role_arn: str
    """Of the role that publishes."""
    untold_arn: str
    """Of the queue where waits what could not be published."""
    concerns: str
    """What was touched, for people."""

    def rule(
        self,
        scope: Construct,
        construct_id: str,
        *,
        says: str,
        pattern: Mapping[str, Any],
        named_in: Sequence[str] = (),
        rule_name: str | None = None,
        event_bus_name: str | None = None,
    ) -> events.CfnRule:
        """A rule that tells.

        Args:
            scope: what the rule belongs to.
            construct_id: its name in there.
            says: what has happened.
            pattern: of the events; see `api_calls`.
            named_in: fields of `requestParameters` that may name what was touched.
            rule_name: Left out: CloudFormation's.
            event_bus_name: Left out: the account's default bus.
        """
        on = {f"on{number}": f"$.detail.requestParameters.{field}" for number, field in enumerate(named_in)}
        return events.CfnRule(
            scope,
            construct_id,
            name=rule_name,
            event_bus_name=event_bus_name,
            description=f"{says}: told to the alarm topic",
            state="ENABLED",
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    id="AlarmTopic",
                    arn=self.topic_arn,
                    role_arn=self.role_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.untold_arn),
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map=RECORD | on, input_template=json.dumps(self._sentence(says, on))
                    ),
                )
            ],
        )

    def _sentence(self, says: str, on: Mapping[str, str]) -> str:
        """What people read. A field that the record does not have is left blank."""
        touched = " on " + "".join(f"<{name}>" for name in on) if on else ""
        return (
            f"{says}: <call>{touched} by <principal> from <address> at <time>, account <account>, <region>. "
            f"It concerns {self.concerns}. If none of you did this on purpose, treat it as an attack: "
            "docs/operations.md, Tampering. CloudTrail record <id>."
        )


def api_calls(detail: Mapping[str, Any], *, of: str = "") -> dict[str, Any]:
    """The pattern of CloudTrail's records whose `detail` matches.

    Args:
        detail: the pattern of a record.
        of: the service that calls are made to. On a bus to which others send, it must be said: nobody but AWS may put
            a source that begins with `aws.` on a bus, except partners, whose sources begin with `aws.partner/`. Left
            out: any; on a default bus, to which partners do not send.
    """
    return {"source": [f"aws.{of}" if of else {"prefix": "aws."}], "detail-type": [API_CALL], "detail": detail}
