"""One CloudTrail record: an API call, when it counts, and how a finding names it.

Source of the fields: AWS CloudTrail user guide, "CloudTrail record contents" (event versions 1.0 to 1.11). Flags come
as booleans and as strings; any field may be absent or of another type, and none of that makes a record unreadable
except having no id to name it by, no time and no name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from manual_change.domain.change import Unreadable
from manual_change.domain.console import cloudtrail_url
from manual_change.domain.moment import format_moment, parse_moment
from manual_change.domain.unchanging import changes_nothing

FAILED_CALL: Final = "failed-call"
READ_ONLY_CALL: Final = "read-only-call"
CHANGES_NOTHING: Final = "changes-nothing"
NOT_AN_API_CALL: Final = "not-an-api-call"

UNKNOWN: Final = "unknown"
"""Stands where a record does not say its source, region or account."""

_READING_VERB: Final = re.compile(
    r"(?:Batch)?(?:Get|List|Describe|Head|Lookup|Search|Query|Scan|Select|Check|View|Preview|Estimate|Validate|Verify|"
    r"Simulate|Filter|Read)(?=[A-Z0-9_]|$)"
)
"""Verbs that read, asked only where the record has no `readOnly` (it came with event version 1.01 and for services one
by one)."""

_DATED_NAME: Final = re.compile(r"_?\d{4}_?\d{2}_?\d{2}(?:_?v\d+)?$")
"""`UpdateFunctionCode20150331v2`, `CreateDistribution2020_05_31`: the API version that Lambda and CloudFront append."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReference:
    """How a finding names a call."""

    event_id: str
    event_source: str
    event_name: str
    event_time: datetime
    region: str
    console_url: str
    account: str = ""
    """The account that it acted in, whoever called. Empty: not known."""

    def to_json(self) -> dict[str, Any]:
        """An entry of `calls` in the JSON contract."""
        return {
            "event_id": self.event_id,
            "event_source": self.event_source,
            "event_name": self.event_name,
            "event_time": format_moment(self.event_time),
            "region": self.region,
            "console_url": self.console_url,
        }

    def to_message(self) -> dict[str, Any]:
        """The same and the account, which the contract leaves to the change."""
        return self.to_json() | {"account": self.account}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CallReference:
        """Read what `to_json` or `to_message` wrote.

        Raises:
            Unreadable: the time cannot be read.
        """
        event_time = parse_moment(raw["event_time"])
        if event_time is None:
            raise Unreadable(f"a call whose event_time is {raw['event_time']!r}")
        return cls(**{**raw, "event_time": event_time})


@dataclass(slots=True, eq=False)
class ApiCall:
    """One API call as CloudTrail recorded it. The record is kept as it came and never altered."""

    record: Mapping[str, Any]
    event_id: str
    event_source: str
    event_name: str
    event_time: datetime
    region: str
    account: str
    """The account that the call acted in: where CloudTrail delivered the record."""

    @property
    def action(self) -> str:
        """The event name without the API version that some services append."""
        return plain_name(self.event_name)

    @property
    def original_id(self) -> str:
        """The event id; of a late or corrected copy (`addendum`) that of the original."""
        original = mapping(self.record.get("addendum")).get("originalEventID")
        return original if isinstance(original, str) and original else self.event_id

    @property
    def is_original(self) -> bool:
        """Whether this is the record as it was first delivered."""
        return self.original_id == self.event_id

    @property
    def service(self) -> str:
        """`ec2` of `ec2.amazonaws.com`."""
        return self.event_source.partition(".")[0]

    @property
    def identity(self) -> Mapping[str, Any]:
        """The `userIdentity`, or nothing where it is no object."""
        return mapping(self.record.get("userIdentity"))

    def reference(self) -> CallReference:
        """How a finding names this call."""
        return CallReference(
            event_id=self.event_id,
            event_source=self.event_source,
            event_name=self.event_name,
            event_time=self.event_time,
            region=self.region,
            console_url=cloudtrail_url(self.event_id, self.region),
            account=self.account if self.account != UNKNOWN else "",
        )


def read_call(record: object) -> ApiCall:
    """Read one CloudTrail record.

    Raises:
        Unreadable: it is no object, or has no eventName, eventTime or eventID.
    """
    if not isinstance(record, Mapping):
        raise Unreadable(f"the record is a {type(record).__name__}; an object is expected")
    event_id, event_name = record.get("eventID"), record.get("eventName")
    event_time = parse_moment(record.get("eventTime"))
    if not isinstance(event_name, str) or not event_name:
        raise Unreadable("the record has no eventName: this is no CloudTrail record")
    if event_time is None:
        raise Unreadable(f"eventTime of {event_name} is {record.get('eventTime')!r}; a time is expected")
    if not isinstance(event_id, str) or not event_id:
        raise Unreadable(f"the record of {event_name} has no eventID")
    event_source, region = record.get("eventSource"), record.get("awsRegion")
    account = record.get("recipientAccountId")
    if not (isinstance(account, str) and account):
        account = mapping(record.get("userIdentity")).get("accountId")
    return ApiCall(
        record,
        event_id,
        event_source if isinstance(event_source, str) else UNKNOWN,
        event_name,
        event_time,
        region if isinstance(region, str) and region else UNKNOWN,
        account if isinstance(account, str) and account else UNKNOWN,
    )


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Why a call cannot have made a change."""

    reason: str
    """`failed-call`, `read-only-call`, `changes-nothing` or `not-an-api-call`."""
    explanation: str


def uncounted(record: Mapping[str, Any]) -> Uncounted | None:
    """Why this record's call made no change, or None: it succeeded, is a write, and writes of its kind change things.

    Asked of the raw record, before anything else is read: most records of a log end here.
    """
    error = record.get("errorCode") or record.get("errorMessage")
    if error:
        return Uncounted(FAILED_CALL, f"{record.get('eventName')} failed ({error}) and changed nothing")
    name = record.get("eventName")
    reads = flag(record.get("readOnly"))
    if reads is None and isinstance(name, str):
        reads = _READING_VERB.match(name) is not None
    if reads:
        return Uncounted(READ_ONLY_CALL, f"{name} reads")
    category, kind = record.get("eventCategory"), record.get("eventType")
    if category == "Insight" or kind == "AwsCloudTrailInsight":
        return Uncounted(NOT_AN_API_CALL, "a CloudTrail Insight counts calls and is none")
    if category == "NetworkActivity" or kind == "AwsVpceEvent":
        return Uncounted(NOT_AN_API_CALL, "a network activity record is a copy of a call through a VPC endpoint")
    if category == "Data" or flag(record.get("managementEvent")) is False:
        return Uncounted(CHANGES_NOTHING, f"{name} works on data inside a resource")
    source = record.get("eventSource")
    if isinstance(source, str) and isinstance(name, str):
        why = changes_nothing(source.partition(".")[0], plain_name(name))
        if why:
            return Uncounted(CHANGES_NOTHING, f"{name}: {why}")
    return None


def plain_name(event_name: str) -> str:
    """`UpdateFunctionCode` of `UpdateFunctionCode20150331v2`."""
    return _DATED_NAME.sub("", event_name) if event_name[-1:].isdecimal() else event_name


_FLAGS: Final = {"true": True, "True": True, "false": False, "False": False}


def flag(value: object) -> bool | None:
    """A flag that comes as a boolean or as a string; None where it is neither."""
    if value is True or value is False:
        return value
    if isinstance(value, str):
        return _FLAGS.get(value)
    return None


def mapping(value: object) -> Mapping[str, Any]:
    """The object, or an empty one where something else stands in its place."""
    return value if isinstance(value, dict) else {}
