"""The contract between the construct and the Lambdas: one frozen dataclass per stage.

Each field is one environment variable, named, typed and given its default here and nowhere else. The construct writes
`settings.to_environment()`; the handler reads `Settings.from_environment(environment())`. Secrets never pass through
here: only the ARN of the secret does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import timedelta
from typing import Any, Self

PREFIX = "MANUAL_CHANGE_"

FURTHER_SETTINGS = PREFIX + "FURTHER_SETTINGS"
"""The variable that names a file, `s3://BUCKET/KEY`: a JSON object of the variables that Lambda's environment has no
room for. The construct sets it where it must."""

FINDING_SOURCE = "manual-change-detector"
FINDING_DETAIL_TYPE = "Manual Change Finding"
"""What a finding is called on the event bus. The notify stage may put nothing else there."""

DEFAULT_LOOKS = (timedelta(minutes=3), timedelta(minutes=6), timedelta(minutes=11), timedelta(minutes=21))
"""When CloudTrail is asked, counted from Config's capture. Of 33,377 records half had arrived after 191 s, 90 % after
406 s, the slowest after 608 s (delivery to S3 in two accounts; for Event history no figure is published)."""

LONGEST_LOOKBACK = timedelta(days=1)
"""What a detector can serve: forwarded calls are kept so long, and what explained earlier changes is forgotten a day
later (`attribution_memory`). Changes recorded DAILY need as much."""


class SettingsError(ValueError):
    """A setting is missing or malformed; the message names the variable and what would be right."""


def _encode(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case timedelta():
            return f"{value.total_seconds():g}"
        case tuple():
            return json.dumps([_encode(entry) if isinstance(entry, timedelta) else entry for entry in value])
        case _:
            return str(value)


def _decode(text: str, kind: str) -> object:
    match kind:
        case "str":
            return text
        case "int":
            return int(text)
        case "float":
            return float(text)
        case "bool":
            return {"true": True, "false": False}[text]
        case "timedelta":
            return timedelta(seconds=float(text))
        case "tuple[timedelta, ...]":
            return tuple(timedelta(seconds=float(entry)) for entry in json.loads(text))
        case "tuple[str, ...]":
            return tuple(str(entry) for entry in json.loads(text))
        case _:
            raise TypeError(f"settings of type {kind} cannot be read from the environment")


def _variable(setting: Field[Any]) -> str:
    return PREFIX + setting.name.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    log_level: str = "INFO"
    """Powertools log level of the stage."""

    detector: str = "ManualChangeDetector"
    """Which detector this is, when an account has several: the `detector` dimension of every metric."""

    def to_environment(self) -> dict[str, str]:
        """The environment variables that `from_environment` reads back into an equal object."""
        return {_variable(setting): _encode(getattr(self, setting.name)) for setting in fields(self)}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings of this stage.

        Raises:
            SettingsError: a variable without a default is missing, or one cannot be read as its type.
        """
        values: dict[str, Any] = {}
        for setting in fields(cls):
            name = _variable(setting)
            if name not in environment:
                if setting.default is MISSING and setting.default_factory is MISSING:
                    raise SettingsError(f"the environment variable {name} is missing; the construct sets it")
                continue
            try:
                values[setting.name] = _decode(environment[name], str(setting.type))
            except (ValueError, KeyError) as error:
                raise SettingsError(f"{name}={environment[name]!r} cannot be read as {setting.type}") from error
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings(_Settings):
    """Stage one: a Config notification becomes a change."""

    attributions_queue_url: str
    """Where changes go, delayed until CloudTrail is likely to know."""

    first_look: timedelta = DEFAULT_LOOKS[0]
    """How long after Config's capture CloudTrail is asked for the first time."""

    excluded_resource_types: tuple[str, ...] = ()
    """Resource types (shell globs, `AWS::SSM::*`) whose changes are dropped, reason `resource-type-excluded`."""

    excluded_accounts: tuple[str, ...] = ()
    """Account ids (shell globs) whose changes are dropped, reason `account-excluded`."""

    excluded_organizational_units: tuple[str, ...] = ()
    """Organizational units, by id, name or path (shell globs, `ou-ab12-*`, `Sandbox`, `Workloads/Test`), whose
    accounts' changes are dropped, reason `account-excluded`."""

    account_directory: str = ""
    """Where accounts' names and organizational units are known: `organizations`, `s3://BUCKET/KEY`, or nowhere."""

    organization_table: str = ""
    """Hub only: the DynamoDB table of places that reported, of accounts, and of whose turn it is."""

    quarantine_queue_url: str = ""
    """Hub only: where a message goes that says it is about another account than the one it came from. Empty: nobody
    else's messages arrive, and what is in the queue is taken as it is."""

    bare_messages: bool = True
    """Hub only: whether notifications may arrive without an EventBridge envelope, as a topic of AWS Config delivers
    them. Where all come over the bus, one without is quarantined."""

    lookup_role_name: str = ""
    """Hub only: the role of other accounts that reads what an oversized notification left out. Empty: none."""

    fair_queues: bool = False
    """Hub only: messages carry their account and region as message group, so that SQS delivers the quiet ones first
    (SQS developer guide, "Amazon SQS fair queues")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSettings(_Settings):
    """Stage two: a change becomes a finding."""

    attributions_queue_url: str
    """Its own queue: a change whose call CloudTrail does not know yet goes back there with a delay."""

    findings_queue_url: str
    """Where findings go."""

    findings_table: str
    """The DynamoDB table that remembers which calls explained a resource's earlier items."""

    policy_parameter: str
    """Name of the SSM parameter that holds the policy document."""

    policy_max_age: timedelta = timedelta(minutes=1)
    """How long a policy that was read is trusted before it is read again."""

    looks: tuple[timedelta, ...] = DEFAULT_LOOKS
    """The retry ladder, ascending, counted from Config's capture. After the last look a change is unattributed."""

    settled_after: timedelta = timedelta(minutes=11)
    """From this look on an automated verdict stands; before it the change is looked at again, because a person's
    earlier call may arrive after a pipeline's later one. A manual verdict never waits."""

    lookback: timedelta = timedelta(minutes=30)
    """How long before capture the responsible call may lie (observed: 4 s to 15 min); at most `LONGEST_LOOKBACK`."""

    daily_resource_types: tuple[str, ...] = ()
    """Types (globs) that the recorder records DAILY: their lookback is a day."""

    clock_skew: timedelta = timedelta(seconds=5)
    """How long after capture a call may lie and still count: CloudTrail cuts times to the second, clocks differ."""

    lookup_requests_per_second: float = 1.0
    """LookupEvents requests a second of ONE invocation. AWS allows 2 per account and region, and the construct lets
    two invocations run at a time: 2 x 1 stays within."""

    lookup_role_name: str = ""
    """Hub only: the role of other accounts with which their Event history is read. Empty: everything is looked up in
    this account."""

    lookup_function: str = ""
    """Hub only: the function that asks CloudTrail instead, with Control Tower's audit role. Empty: none."""

    calls_table: str = ""
    """Hub only: the DynamoDB table of the API calls that spokes forward. Empty: CloudTrail is asked."""

    organization_table: str = ""
    """Hub only: the table that says whose turn it is to ask CloudTrail about an account and region: one invocation at
    a time. Empty: nobody takes turns."""

    turn_lease: timedelta = timedelta(minutes=5)
    """Hub only: how long an invocation may hold the turn of an account and region; as long as a function may run."""

    fair_queues: bool = False
    """Hub only: see `DispatchSettings`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings(_Settings):
    """Stage three: findings become messages, once."""

    findings_table: str
    """The DynamoDB table that says what has been sent."""

    slack_secret_arn: str
    """The Secrets Manager secret with the webhook URL: the URL itself, or {"webhook_url": "https://…"}."""

    secret_max_age: timedelta = timedelta(minutes=2)
    """How long a secret that was read is used before it is read again: a rotation is picked up within this time."""

    retention: timedelta = timedelta(days=365)
    """How long findings stay in the table."""

    claim_lease: timedelta = timedelta(minutes=2)
    """How long one invocation may hold a finding before another may post it."""

    language: str = "en"
    """Language of the fixed text of messages: `en` or `ja`."""

    gather: timedelta = timedelta(minutes=1)
    """How long a session that people were just told about is not told about again: what it does meanwhile shares a
    message. What is high or critical never waits."""

    routes: str = "[]"
    """Which findings go to which channel, a JSON list (docs/slack.md); needs a bot token."""

    account_names: str = "{}"
    """Names of accounts by their ids, a JSON object: shown beside the id."""

    account_directory: str = ""
    """See `DispatchSettings`: for names that `account_names` lacks, and for routes by organizational unit."""

    organization_table: str = ""
    """Hub only: where what the directory said is kept for a day. Empty: only in memory."""

    calls_are_told: bool = False
    """Hub only: findings about calls come in, and the change that one made may follow: one message, never two."""

    start_url: str = ""
    """IAM Identity Center's access portal, `https://d-0123456789.awsapps.com/start`: links into the console lead
    through it into the right account. Empty: they lead straight there."""

    event_bus_name: str = "default"
    """Name or ARN of the EventBridge bus that each finding is put on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSettings(_Settings):
    """The hub's fourth stage: API calls that spokes forward are kept, and those that Config may never record, told."""

    calls_table: str
    """The DynamoDB table that keeps them."""

    attributions_queue_url: str
    """Where a person's call waits for the change that it made."""

    policy_parameter: str
    """Name of the SSM parameter that holds the policy document."""

    policy_max_age: timedelta = timedelta(minutes=1)
    """How long a policy that was read is trusted before it is read again."""

    quarantine_queue_url: str = ""
    """Where a record goes that says it is of another account than the one it came from."""

    excluded_accounts: tuple[str, ...] = ()
    """See `DispatchSettings`."""

    excluded_organizational_units: tuple[str, ...] = ()
    """See `DispatchSettings`."""

    account_directory: str = ""
    """See `DispatchSettings`."""

    organization_table: str = ""
    """See `NotifySettings`."""

    keep: timedelta = LONGEST_LOOKBACK
    """How long a call is kept: no change is looked for longer."""

    wait_for_change: timedelta = timedelta(minutes=25)
    """How long a person's call waits for the change that it made before it is told by itself: the slowest change seen
    was recorded 15 minutes after its call."""

    fair_queues: bool = False
    """See `DispatchSettings`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageSettings(_Settings):
    """The hub's survey: which accounts and regions have reported, and which are silent."""

    organization_table: str
    """The table of places that reported."""

    account_directory: str = ""
    """The accounts that should report; those that reported once should, too."""

    regions: tuple[str, ...] = ()
    """The regions that each account of the directory should report from, and each that reported once. Empty: those that
    it has reported from."""

    excluded_accounts: tuple[str, ...] = ()
    """See `DispatchSettings`."""

    excluded_organizational_units: tuple[str, ...] = ()
    """See `DispatchSettings`."""

    silent_after: timedelta = timedelta(hours=24)
    """For how long a place may report nothing before it is asked whether it still records."""

    lookup_role_name: str = ""
    """The role of other accounts with which they are asked. Empty: nobody is asked, and silence counts as it is."""

    subscriptions: tuple[str, ...] = ()
    """ARNs of the hub's subscriptions to topics of AWS Config. A place in the region of one that is gone is not heard,
    whatever it answers."""

    bus_arn: str
    """The hub's bus, to which a spoke's rules must send in a place that is asked."""

    changes_from_topics: bool = False
    """Whether changes may come from topics of AWS Config: then a place whose delivery channel notifies one is asked for
    a rule that each spoke has, and any other for the one that forwards changes."""

    changes_rule_name: str = "manual-change-spoke-changes"
    """The spoke's rule that forwards changes."""

    tampering_rule_name: str = "manual-change-spoke-tampering"
    """The spoke's rule that tells of tampering."""

    further_rule_names: tuple[str, ...] = ()
    """Rules that a spoke must have besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupSettings(_Settings):
    """Control Tower's way to other accounts' CloudTrail: a function that runs as the audit account's own role."""

    execution_role_name: str = "aws-controltower-ReadOnlyExecutionRole"
    """What Control Tower has put into every account, for that role to assume."""
