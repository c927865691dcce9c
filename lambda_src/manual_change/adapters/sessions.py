"""When people were last told about a session: what it does next shares a message, instead of one message a click.

One item a session in the table of findings, and one a thread. A session's first message is posted at once; a further
one has its turn when `gather` has passed, and tells everything that came meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from manual_change.adapters.poster import Posted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REMEMBERED: Final = timedelta(days=1)
"""How long it is known what was told about a session: longer than the items of one call are apart."""

MOST_CALLS: Final = 100
"""Event ids that are remembered of a session's last message."""


THREAD_REMEMBERED: Final = timedelta(days=3)
"""How long it is known what a thread's head tells: longer than AWS Config takes to record the change of a call that was
told by itself, a day where it records daily."""

MOST_IN_A_THREAD: Final = 100
"""Findings that a thread's head sums up; after that a new one begins."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The messages about a session that follow its first one."""

    head: Posted
    channel: str
    """Where a route sent the head; "" for the default channel."""
    findings: tuple[str, ...]
    """Ids of what head and replies tell."""
    until: datetime
    """Replies after this begin a new thread: people look for them in the channel."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to post one message about a session."""

    key: str
    taken_at: datetime
    before: datetime | None
    """When the message before this one was posted."""
    told_calls: frozenset[str]
    """The calls that the message before this one told."""
    thread: Thread | None = None
    """The one that is open."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """The session's last message is too fresh."""

    until: datetime


class Sessions:
    """Sessions by what `grouping.session_of` calls them."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, *, gather: timedelta) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._gather = gather

    def turn(self, session: str, calls: Collection[str], *, now: datetime, at_once: bool) -> Turn | NotYet:
        """Take the turn to tell these calls of a session; `at_once` waits for nothing."""
        digest = sha256(session.encode("utf-8", "surrogatepass")).hexdigest()
        key = f"session#{digest[:32]}"
        values: dict[str, Any] = {
            ":now": {"N": f"{now.timestamp():.3f}"},
            ":calls": {"SS": sorted(_writable(calls))[:MOST_CALLS] or ["-"]},
            ":expires": {"N": str(int((now + REMEMBERED).timestamp()))},
        }
        condition: dict[str, Any] = {}
        if not at_once:
            values[":due"] = {"N": f"{(now - self._gather).timestamp():.3f}"}
            condition = {"ConditionExpression": "attribute_not_exists(told_at) OR told_at <= :due"}
        try:
            answer = self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": key}},
                UpdateExpression="SET told_at = :now, calls = :calls, expires_at = :expires",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **condition,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            item: dict[str, Any] = dict(error.response.get("Item", {}))  # type: ignore[call-overload]
            return NotYet(_told_at(item, now) + self._gather)
        old = answer.get("Attributes", {})
        return Turn(
            key=key,
            taken_at=now,
            before=_told_at(old, now) if "told_at" in old else None,
            told_calls=frozenset(old.get("calls", {}).get("SS", ())),
            thread=_thread(old.get("thread"), now),
        )

    def keep_thread(self, turn: Turn, thread: Thread) -> None:
        """Write down where further messages about the session go, and what the head of that thread tells."""
        self._dynamodb.put_item(
            TableName=self._table,
            Item={
                "id": {"S": thread_item_id(thread.head)},
                "findings": {"S": json.dumps([*thread.findings])},
                "expires_at": {"N": str(int((turn.taken_at + THREAD_REMEMBERED).timestamp()))},
            },
        )
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"id": {"S": turn.key}},
            UpdateExpression="SET thread = :thread",
            ExpressionAttributeValues={
                ":thread": {
                    "M": {
                        "head_channel": {"S": thread.head.channel},
                        "head_ts": {"S": thread.head.ts},
                        "channel": {"S": thread.channel},
                        "findings": {"S": json.dumps([*thread.findings])},
                        "until": {"N": f"{thread.until.timestamp():.3f}"},
                    }
                }
            },
        )

    def give_back(self, turn: Turn) -> None:
        """Nothing was posted: the next try need not wait."""
        since = turn.before.timestamp() if turn.before else 0.0
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": turn.key}},
                UpdateExpression="SET told_at = :before, calls = :calls",
                ConditionExpression="told_at = :taken",
                ExpressionAttributeValues={
                    ":before": {"N": f"{since:.3f}"},
                    ":calls": {"SS": sorted(turn.told_calls) or ["-"]},
                    ":taken": {"N": f"{turn.taken_at.timestamp():.3f}"},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise  # somebody else has had a turn since: theirs stands


def thread_item_id(head: Posted) -> str:
    """The key of the item with the `findings` that a thread's head tells, a JSON list of ids."""
    return f"thread#{head.channel}#{head.ts}"


def _thread(attribute: Any, now: datetime) -> Thread | None:
    """The thread that is open at this moment."""
    if attribute is None:
        return None
    known = attribute["M"]
    until = datetime.fromtimestamp(float(known["until"]["N"]), UTC)
    findings = tuple(json.loads(known["findings"]["S"]))
    if now >= until or len(findings) >= MOST_IN_A_THREAD:
        return None
    return Thread(Posted(known["head_channel"]["S"], known["head_ts"]["S"]), known["channel"]["S"], findings, until)


def _writable(calls: Collection[str]) -> set[str]:
    """Event ids as DynamoDB takes them: halves of surrogate pairs are spelled out."""
    return {call.encode("utf-8", "backslashreplace").decode() for call in calls}


def _told_at(item: dict[str, Any], otherwise: datetime) -> datetime:
    return datetime.fromtimestamp(float(item["told_at"]["N"]), UTC) if "told_at" in item else otherwise
