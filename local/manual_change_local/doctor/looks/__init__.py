"""What the doctor looks at: read-only calls, each of which may be denied without ending the visit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from manual_change_local.doctor.looks.control_tower import look_at_control_tower
from manual_change_local.doctor.looks.detectors import look_at_detectors
from manual_change_local.doctor.looks.organization import look_at_the_organization
from manual_change_local.doctor.looks.recording import look_at_recording
from manual_change_local.doctor.looks.trails import look_at_trails
from manual_change_local.doctor.looks.visit import Visit, client_of
from manual_change_local.doctor.sight import Sight

if TYPE_CHECKING:
    import boto3

ACTIONS: Final[Sequence[str]] = (
    "sts:GetCallerIdentity",
    "organizations:DescribeOrganization",
    "organizations:ListPoliciesForTarget",
    "organizations:ListParents",
    "organizations:DescribePolicy",
    "organizations:ListDelegatedServicesForAccount",
    "config:DescribeConfigurationRecorders",
    "config:DescribeConfigurationRecorderStatus",
    "config:DescribeDeliveryChannels",
    "config:DescribeDeliveryChannelStatus",
    "sns:GetTopicAttributes",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "cloudtrail:GetEventSelectors",
    "iam:GetRole",
    "lambda:ListFunctions",
    "events:ListRules",
    "cloudwatch:DescribeAlarmsForMetric",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
)
"""Everything that the doctor ever calls; the last one only with `--slack`. docs/doctor.md has them as a policy."""


def look(session: boto3.Session, *, region: str, further: Sequence[str], say: Callable[[str], None]) -> Sight:
    """Look at everything.

    Args:
        session: whose credentials are used.
        region: to look at.
        further: regions of which only the recorder is looked at, and Control Tower's topic.
        say: told what is being looked at.

    Raises:
        ClientError, BotoCoreError: there are no usable credentials; nothing can be looked at.
    """
    say("who this is")
    identity = client_of(session, "sts", region).get_caller_identity()
    sight = Sight(account=identity["Account"], partition=identity["Arn"].split(":")[1], region=region)
    visit = Visit(session, sight, say)
    look_at_the_organization(visit)
    look_at_recording(visit, further)
    look_at_trails(visit)
    look_at_control_tower(visit)
    look_at_detectors(visit)
    return sight
