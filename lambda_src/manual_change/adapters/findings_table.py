"""The table of findings: the record of what was found and of what people have been told.

A finding is written before it is posted, claimed with a lease while it is, and marked after it: two invocations never
post the same one, and only a crash between post and mark can post one twice. Source of the conditions: DynamoDB
developer guide, "Condition expressions"; an update and its condition are one step.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.adapters.many_items import Item
from manual_change.adapters.poster import Posted
from manual_change.domain.change import Unreadable
from manual_change.domain.finding import MANUAL, NOTIFY, UNATTRIBUTED, VERSION, Finding
from manual_change.domain.moment import format_moment
from manual_change.domain.shortening import compact_json, shorten_finding

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PENDING: Final = "pending"
"""To be posted."""
SENT: Final = "sent"
UNTOLD: Final = "untold"
"""Kept for the digest (`kept_findings`). Also the name of the index, of its key, and that key's only value."""

FINDING_BYTES: Final = 350_000
"""An item holds 400 KB; what is longer is shortened, and says so."""

MARK_TRIES: Final = 6
MARK_PAUSE: Final = 0.1
"""Seconds before the first try again, on top of botocore's own; each further one waits twice as long: 3 s in all."""

_UNANNOUNCED: Final = "unannounced"
"""The attribute of an item that the event bus has not taken yet."""


@dataclass(frozen=True, slots=True)
class Lease:
    """An item that one invocation holds until the lease ends."""

    item_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to post a finding."""

    lease: Lease
    finding: Finding
    """As the table has it: nothing less than what was recorded before."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is still to be done about a recorded finding."""

    message: bool
    """It is to be posted."""
    announcement: bool
    """It is to be put on the event bus."""


@dataclass(frozen=True, slots=True)
class Held:
    """Another invocation is posting it."""

    until: datetime


class FindingsTable:
    """Findings by id."""

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        table: str,
        *,
        retention: timedelta,
        lease: timedelta,
        announced: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`announced`: findings recorded from now on are owed to the event bus, too."""
        self.client = dynamodb
        self.name = table
        self._retention = retention
        self._lease = lease
        self._announced = announced
        self._sleep = sleep

    def record(self, finding: Finding, *, now: datetime) -> Owed:
        """Write a finding, unless it is there. One that names somebody replaces one that names nobody.

        The same change may be judged twice (two deliveries of one notification), once before and once after
        CloudTrail knew the call.
        """
        free = "attribute_not_exists(id)"
        values = {":unattributed": {"S": UNATTRIBUTED}}
        better = finding.verdict == MANUAL
        condition = {"ConditionExpression": f"{free} OR verdict = :unattributed", "ExpressionAttributeValues": values}
        item = self._item(finding, now)
        try:
            self.client.put_item(
                TableName=self.name,
                Item=item,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **(condition if better else {"ConditionExpression": free}),
            )
        except ClientError as error:
            if not is_condition(error):
                raise
            return _owed(error.response.get("Item", {}))  # type: ignore[arg-type]
        return _owed(item)

    def mark_announced(self, finding: Finding) -> None:
        """Write down that the event bus has it."""
        self.conditionally(
            "update_item",
            Key={"id": {"S": item_id(finding.id)}},
            UpdateExpression="REMOVE unannounced",
            ConditionExpression="attribute_exists(id) AND verdict = :verdict",
            ExpressionAttributeValues={":verdict": {"S": finding.verdict or "none"}},
        )

    def claim(self, finding: Finding, *, now: datetime) -> Claim | Held | None:
        """The right to post this finding; None where it has been told, or is kept for the digest."""
        held = self.hold(item_id(finding.id), "#state = :pending", {":pending": {"S": PENDING}}, now)
        if isinstance(held, tuple):
            lease, item = held
            return Claim(lease, finding_in(item))
        return held

    def mark_sent(
        self, claim: Claim, *, now: datetime, posted: Posted | None = None, together: Sequence[str] = ()
    ) -> bool:
        """Write down that the finding was posted; False where the claim was lost meanwhile.

        Args:
            claim: the right to post it.
            now: when it was posted.
            posted: what names its message in Slack.
            together: ids of all findings of that message.

        People have read the message: what is not written down now is told twice. So a table that is throttled or out
        of reach is asked again, for longer than anything else is.
        """
        for attempt in range(MARK_TRIES - 1):
            try:
                return self._mark_sent(claim, now, posted, together)
            except (BotoCoreError, ClientError):
                self._sleep(MARK_PAUSE * 2**attempt)
        return self._mark_sent(claim, now, posted, together)

    def _mark_sent(self, claim: Claim, now: datetime, posted: Posted | None, together: Sequence[str]) -> bool:
        values: dict[str, Any] = {
            ":sent": {"S": SENT},
            ":now": {"S": format_moment(now)},
            ":lease": {"S": claim.lease.token},
        }
        where = ""
        if posted:
            where = ", message = :message"
            named = {"channel": {"S": posted.channel}, "ts": {"S": posted.ts}}
            values[":message"] = {"M": named | {"findings": {"S": json.dumps([*together])}}}
        return self.conditionally(
            "update_item",
            Key={"id": {"S": claim.lease.item_id}},
            UpdateExpression=f"SET #state = :sent, sent_at = :now{where} REMOVE lease, lease_until",
            ConditionExpression="lease = :lease",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=values,
        )

    def release(self, lease: Lease) -> None:
        """Give an item back: it may be claimed again at once."""
        self.conditionally(
            "update_item",
            Key={"id": {"S": lease.item_id}},
            UpdateExpression="REMOVE lease, lease_until",
            ConditionExpression="lease = :lease",
            ExpressionAttributeValues={":lease": {"S": lease.token}},
        )

    def findings(self, ids: Iterable[str]) -> list[Finding]:
        """Those of the findings that are there, as they stand now, in no order.

        Raises:
            TableBusy: DynamoDB does not hand out some of the items.
        """
        from manual_change.adapters.standing_findings import standing_findings  # needed for threads alone

        return standing_findings(self.client, self.name, ids)

    def _item(self, finding: Finding, now: datetime) -> dict[str, Any]:
        shortened = shorten_finding(finding, max_bytes=FINDING_BYTES)
        item: dict[str, Any] = {
            "id": {"S": item_id(finding.id)},
            "version": {"N": str(VERSION)},
            "finding": {"S": compact_json(shortened.to_message())},
            "decision": {"S": finding.decision},
            "verdict": {"S": finding.verdict or "none"},
            "captured_at": {"S": format_moment(_moment(finding, now))},
            "recorded_at": {"S": format_moment(now)},
            "expires_at": {"N": str(int((now + self._retention).timestamp()))},
            "state": {"S": PENDING if finding.decision == NOTIFY else UNTOLD},
        }
        if self._announced:
            item[_UNANNOUNCED] = {"BOOL": True}
        return item if finding.decision == NOTIFY else item | {UNTOLD: {"S": UNTOLD}}

    def hold(self, key: str, only_if: str, values: dict[str, Any], now: datetime) -> tuple[Lease, Item] | Held | None:
        """Take the lease of an item that is in this state, and the item as it is then.

        Held: another invocation has the lease. None: the item is not in that state.
        """
        lease = Lease(key, uuid4().hex)
        try:
            answer = self.client.update_item(
                TableName=self.name,
                Key={"id": {"S": key}},
                UpdateExpression="SET lease = :lease, lease_until = :until",
                ConditionExpression=f"{only_if} AND (attribute_not_exists(lease_until) OR lease_until <= :now)",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":now": {"N": f"{now.timestamp():.3f}"},
                    ":until": {"N": f"{(now + self._lease).timestamp():.3f}"},
                    ":lease": {"S": lease.token},
                    **values,
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if is_condition(error):
                return _holder(error.response)
            raise
        return lease, answer["Attributes"]

    def conditionally(self, operation: str, **request: Any) -> bool:
        """Whether the condition held and the write was done."""
        try:
            getattr(self.client, operation)(TableName=self.name, **request)
        except ClientError as error:
            if is_condition(error):
                return False
            raise
        return True


def item_id(finding_id: str) -> str:
    """The key of a finding's item."""
    return f"finding#{finding_id}"


def _owed(item: Mapping[str, Any]) -> Owed:
    return Owed(message=item.get("state") == {"S": PENDING}, announcement=_UNANNOUNCED in item)


def _moment(finding: Finding, now: datetime) -> datetime:
    if finding.change:
        return finding.change.captured_at
    return finding.calls[0].event_time if finding.calls else now


def finding_in(item: Item) -> Finding:
    """The finding that an item holds.

    Raises:
        Unreadable: it is of another version; the message names the item.
    """
    try:
        return Finding.from_message(json.loads(item["finding"]["S"]))
    except (Unreadable, ValueError) as error:
        raise Unreadable(f"item {item['id']['S']} of the findings table: {error}") from error


def is_condition(error: ClientError) -> bool:
    """Whether a condition did not hold, which is an answer and no failure."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def _holder(response: Mapping[str, Any]) -> Held | None:
    """Who stands in the way: another invocation's lease; None where the item's state does."""
    item: Item = response.get("Item", {})
    if "lease_until" not in item or item.get("state", {}).get("S", PENDING) != PENDING:
        return None
    return Held(datetime.fromtimestamp(float(item["lease_until"]["N"]), UTC))
