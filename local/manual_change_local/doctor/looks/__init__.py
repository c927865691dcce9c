"""What the doctor looks at: read-only calls, each of which may be denied without ending the visit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    import boto3

NOT_THERE: Final = frozenset(
    {
        "NoSuchEntity",
        "NoSuchEntityException",
        "AWSOrganizationsNotInUseException",
        "ResourceNotFoundException",
        "NotFound",
    }
)
"""Errors that are an answer: there is no such thing."""

AUDIT_ROLE: Final = "aws-controltower-AuditReadOnlyRole"
MEMBER_ROLE: Final = "aws-controltower-ReadOnlyExecutionRole"
"""Control Tower's read-only roles, in its audit account and in every other (Control Tower user guide)."""

HANDLERS: Final = "manual_change.handlers."
SPOKE_RULES: Final = "manual-change-spoke-"

ACTIONS: Final[Sequence[str]] = (
    "sts:GetCallerIdentity",
    "organizations:DescribeOrganization",
    "organizations:ListPoliciesForTarget",
    "config:DescribeConfigurationRecorders",
    "config:DescribeConfigurationRecorderStatus",
    "config:DescribeDeliveryChannels",
    "sns:GetTopicAttributes",
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetTrailStatus",
    "iam:GetRole",
    "lambda:ListFunctions",
    "events:ListRules",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
)
"""Everything that the doctor ever calls; the last one only with `--slack`. docs/doctor.md has them as a policy."""


@dataclass(frozen=True, slots=True)
class Denied:
    """What could not be looked at, and what was said."""

    action: str
    said: str


@dataclass(slots=True, kw_only=True)
class Sight:
    """What was seen of one account and region. A field that is `Denied` could not be looked at."""

    account: str
    partition: str
    region: str
    organization: Any = None
    """`Organization` of DescribeOrganization; None: the account is in none."""
    control_policies: Any = ()
    """Names of the service control policies that are attached to the account itself."""
    recorders: Any = ()
    statuses: Any = ()
    channels: Any = ()
    topic_attributes: Any = None
    """Of the channel's topic, where it is this account's."""
    trails: Any = ()
    """Those that log; organization trails too."""
    is_audit: Any = False
    is_member: Any = False
    """Whether Control Tower's role of its audit account, of its other accounts, is there."""
    functions: Any = ()
    spoke_rules: Any = ()
    secret: Any = None
    """DescribeSecret of the detector's secret; None: there is no detector."""
    secret_arn: str | None = None
    elsewhere: dict[str, Any] = field(default_factory=dict)
    """By further region: whether a recorder records there."""

    @property
    def recorder(self) -> Any:
        """The customer-managed recorder; None where there is none (or it could not be looked for)."""
        if isinstance(self.recorders, Denied):
            return None
        return next((each for each in self.recorders if not each.get("servicePrincipal")), None)

    @property
    def is_recording(self) -> bool:
        """Whether it records."""
        known = () if isinstance(self.statuses, Denied) else self.statuses
        name = self.recorder and self.recorder["name"]
        return any(status["name"] == name and status.get("recording") for status in known)

    @property
    def topic(self) -> str | None:
        """The topic of the delivery channel."""
        if isinstance(self.channels, Denied):
            return None
        return next((each["snsTopicARN"] for each in self.channels if each.get("snsTopicARN")), None)


def look(session: boto3.Session, *, region: str, further: Sequence[str], say: Callable[[str], None]) -> Sight:
    """Look at everything.

    Args:
        session: whose credentials are used.
        region: to look at.
        further: regions of which only the recorder is looked at.
        say: told what is being looked at.

    Raises:
        ClientError, BotoCoreError: there are no usable credentials; nothing can be looked at.
    """
    say("who this is")
    identity = session.client("sts", region_name=region).get_caller_identity()
    sight = Sight(account=identity["Account"], partition=identity["Arn"].split(":")[1], region=region)
    _look_at_the_organization(session, sight, say)
    _look_at_config(session, sight, further, say)
    _look_at_trails(session, sight, say)
    _look_at_control_tower(session, sight, say)
    _look_at_detectors(session, sight, say)
    return sight


def _asked(action: str, ask: Callable[[], Any], *, otherwise: Any = None) -> Any:
    """The answer; `otherwise` where there is no such thing; `Denied` where it could not be asked."""
    try:
        return ask()
    except ClientError as error:
        if error.response["Error"].get("Code") in NOT_THERE:
            return otherwise
        return Denied(action, str(error))
    except BotoCoreError as error:
        return Denied(action, str(error))


def _look_at_the_organization(session: boto3.Session, sight: Sight, say: Callable[[str], None]) -> None:
    say("the organization")
    client = session.client("organizations", region_name=sight.region)
    sight.organization = _asked(
        "organizations:DescribeOrganization", lambda: client.describe_organization()["Organization"]
    )
    if isinstance(sight.organization, dict):
        sight.control_policies = _asked(
            "organizations:ListPoliciesForTarget",
            lambda: [
                policy["Name"]
                for page in client.get_paginator("list_policies_for_target").paginate(
                    TargetId=sight.account, Filter="SERVICE_CONTROL_POLICY"
                )
                for policy in page["Policies"]
            ],
            otherwise=[],
        )


def _look_at_config(session: boto3.Session, sight: Sight, further: Sequence[str], say: Callable[[str], None]) -> None:
    say("AWS Config")
    client = session.client("config", region_name=sight.region)
    sight.recorders = _asked(
        "config:DescribeConfigurationRecorders",
        lambda: client.describe_configuration_recorders()["ConfigurationRecorders"],
        otherwise=[],
    )
    sight.statuses = _asked(
        "config:DescribeConfigurationRecorderStatus",
        lambda: client.describe_configuration_recorder_status()["ConfigurationRecordersStatus"],
        otherwise=[],
    )
    sight.channels = _asked(
        "config:DescribeDeliveryChannels", lambda: client.describe_delivery_channels()["DeliveryChannels"], otherwise=[]
    )
    topic = sight.topic
    if topic and topic.split(":")[4] == sight.account:
        sns = session.client("sns", region_name=topic.split(":")[3])
        sight.topic_attributes = _asked(
            "sns:GetTopicAttributes", lambda: sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        )
    for region in further:
        say(f"AWS Config in {region}")
        sight.elsewhere[region] = _records(session.client("config", region_name=region))


def _records(client: Any) -> Any:
    """Whether a recorder records in the client's region."""

    def ask() -> bool:
        status = client.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
        return any(recorder.get("recording") for recorder in status)

    return _asked("config:DescribeConfigurationRecorderStatus", ask, otherwise=False)


def _look_at_trails(session: boto3.Session, sight: Sight, say: Callable[[str], None]) -> None:
    say("CloudTrail")
    client = session.client("cloudtrail", region_name=sight.region)

    def logging_trails() -> list[Any]:
        return [
            trail
            for trail in client.describe_trails()["trailList"]
            if client.get_trail_status(Name=trail["TrailARN"]).get("IsLogging")
        ]

    sight.trails = _asked("cloudtrail:DescribeTrails", logging_trails, otherwise=[])


def _look_at_control_tower(session: boto3.Session, sight: Sight, say: Callable[[str], None]) -> None:
    say("Control Tower")
    iam = session.client("iam", region_name=sight.region)
    sight.is_audit = _has_role(iam, AUDIT_ROLE)
    sight.is_member = _has_role(iam, MEMBER_ROLE)


def _has_role(iam: Any, name: str) -> Any:
    return _asked("iam:GetRole", lambda: bool(iam.get_role(RoleName=name)), otherwise=False)


def _look_at_detectors(session: boto3.Session, sight: Sight, say: Callable[[str], None]) -> None:
    say("detectors that are there already")
    lambda_ = session.client("lambda", region_name=sight.region)
    sight.functions = _asked(
        "lambda:ListFunctions",
        lambda: [
            function
            for page in lambda_.get_paginator("list_functions").paginate()
            for function in page["Functions"]
            if str(function.get("Handler", "")).startswith(HANDLERS)
        ],
        otherwise=[],
    )
    events = session.client("events", region_name=sight.region)
    sight.spoke_rules = _asked(
        "events:ListRules", lambda: events.list_rules(NamePrefix=SPOKE_RULES)["Rules"], otherwise=[]
    )
    if isinstance(sight.functions, Denied):
        return
    environments = [function.get("Environment", {}).get("Variables", {}) for function in sight.functions]
    arn = next(
        (each["MANUAL_CHANGE_SLACK_SECRET_ARN"] for each in environments if "MANUAL_CHANGE_SLACK_SECRET_ARN" in each),
        None,
    )
    if arn:
        sight.secret_arn = arn
        secrets = session.client("secretsmanager", region_name=sight.region)
        sight.secret = _asked(
            "secretsmanager:DescribeSecret", lambda: secrets.describe_secret(SecretId=arn), otherwise={}
        )
