"""The queues between the stages: what their messages say, and how they are sent and put off.

Messages stay under 256 KiB, the limit of queues made before August 2025 (newer ones take 1 MiB, and so does a request
of ten; SQS API, CreateQueue, SendMessageBatch): what would be longer is shortened, never lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.domain.change import Change, Unreadable
from manual_change.domain.finding import Finding
from manual_change.domain.shortening import compact_json, shorten_change, shorten_finding

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

VERSION: Final = 1
LONGEST_DELAY: Final = timedelta(seconds=900)
"""The longest that SQS delays a message (SendMessage, DelaySeconds)."""

LONGEST_VISIBILITY: Final = timedelta(hours=12)
"""The longest that SQS hides a message that was received (ChangeMessageVisibility)."""

MESSAGE_BYTES: Final = 240_000
BATCH_BYTES: Final = 256 * 1024
BATCH_ENTRIES: Final = 10


class NotSent(RuntimeError):
    """SQS did not accept some of the messages; the others were sent."""

    def __init__(self, queue_url: str, failed: Mapping[int, str], total: int) -> None:
        self.failed = failed
        """What SQS said, by the message's position in what was to be sent, from 0."""
        said = "; ".join(f"number {position + 1}: {reason}" for position, reason in sorted(failed.items()))
        super().__init__(f"{len(failed)} of {total} messages were not accepted by {queue_url}: {said}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionRequest:
    """A message of the attributions queue: find the calls responsible for this change."""

    change: Change
    look: int = 0
    """Index of the look that comes next, in the ladder of `AttributeSettings.looks`."""
    wait: timedelta = timedelta(0)
    """How long to wait before that look. In a message that arrives: what its delay could not cover; when there is
    some left, the request is sent again as it is."""
    tries: int = 0
    """How often CloudTrail could not be read to the end at this look."""

    def to_body(self) -> str:
        """The body of the SQS message."""
        change = shorten_change(self.change, max_bytes=MESSAGE_BYTES)
        return compact_json(
            {
                "version": VERSION,
                "change": change.to_message(),
                "look": self.look,
                "wait": self.wait.total_seconds(),
                "tries": self.tries,
            }
        )

    @classmethod
    def from_body(cls, body: str) -> Self:
        """Read what `to_body` wrote.

        Raises:
            Unreadable: the body is no JSON, of another version, or malformed.
        """
        message = _read(body, "an attribution request")
        change, look, wait = message.get("change"), message.get("look"), message.get("wait")
        tries = message.get("tries", 0)
        if not isinstance(change, Mapping):
            raise Unreadable(f"an attribution request without a change (keys: {', '.join(sorted(message))})")
        if not (isinstance(look, int) and look >= 0 and isinstance(wait, int | float) and wait >= 0):
            raise Unreadable(
                f"an attribution request with look {look!r} and wait {wait!r}; numbers from 0 are expected"
            )
        if not (isinstance(tries, int) and tries >= 0):
            raise Unreadable(f"an attribution request with tries {tries!r}; a number from 0 is expected")
        return cls(change=Change.from_message(change), look=look, wait=timedelta(seconds=wait), tries=tries)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """A message of a hub's attributions queue: a person's call that waits for the change that it made."""

    place: str
    call: str
    """Both name it in the table of calls."""
    account: str
    region: str
    wait: timedelta = timedelta(0)
    """As of an `AttributionRequest`."""

    def to_body(self) -> str:
        """The body of the SQS message."""
        key = {"place": self.place, "key": self.call, "account": self.account, "region": self.region}
        return compact_json({"version": VERSION, "call": key, "wait": self.wait.total_seconds()})


def read_attributions_message(body: str) -> AttributionRequest | CallRequest:
    """What a message of the attributions queue says.

    Raises:
        Unreadable: the body is no JSON, of another version, or malformed.
    """
    message = _read(body, "a message of the attributions queue")
    key = message.get("call")
    if key is None:
        return AttributionRequest.from_body(body)
    try:
        return CallRequest(
            place=key["place"],
            call=key["key"],
            account=key["account"],
            region=key["region"],
            wait=timedelta(seconds=message["wait"]),
        )
    except (KeyError, TypeError) as error:
        raise Unreadable(f"a request about a call whose {error} is missing or malformed") from error


@dataclass(frozen=True, slots=True)
class DigestRequest:
    """A message of the findings queue: tell what has been kept for the daily digest."""


def read_findings_message(body: str) -> Finding | DigestRequest:
    """What a message of the findings queue says.

    Raises:
        Unreadable: the body is no JSON, of another version, or malformed.
    """
    message = _read(body, "a message of the findings queue")
    if message.get("digest") is True:
        return DigestRequest()
    finding = message.get("finding")
    if not isinstance(finding, Mapping):
        raise Unreadable(f"a message with neither a finding nor a digest (keys: {', '.join(sorted(message))})")
    return Finding.from_message(finding)


def send_to_attribution(
    sqs: SQSClient, queue_url: str, requests: Iterable[AttributionRequest | CallRequest], *, fair: bool = False
) -> None:
    """Send each request so that it arrives when its `wait` is over, or after 900 s with the rest still to wait.

    Args:
        sqs: a client.
        queue_url: of the attributions queue.
        requests: what to send.
        fair: each carries its account and region as message group.

    Raises:
        NotSent: SQS did not accept some of them.
    """
    outgoing = []
    for request in requests:
        delay = min(request.wait, LONGEST_DELAY)
        left = replace(request, wait=request.wait - delay)
        group = _group(*_place(request)) if fair else None
        outgoing.append(_Outgoing(left.to_body(), delay_seconds=ceil(delay.total_seconds()), group=group))
    _send(sqs, queue_url, outgoing)


def send_findings(sqs: SQSClient, queue_url: str, findings: Iterable[Finding], *, fair: bool = False) -> None:
    """Send findings to the notify stage; `fair`: each carries its account and region as message group.

    Raises:
        NotSent: SQS did not accept some of them.
    """
    _send(
        sqs,
        queue_url,
        [_Outgoing(finding_body(finding), group=_group(*_place_of(finding)) if fair else None) for finding in findings],
    )


def _place(request: AttributionRequest | CallRequest) -> tuple[str, str]:
    if isinstance(request, CallRequest):
        return request.account, request.region
    return request.change.resource.account, request.change.resource.region


def _place_of(finding: Finding) -> tuple[str, str]:
    if finding.change:
        return finding.change.resource.account, finding.change.resource.region
    return finding.account or "calls", finding.calls[0].region if finding.calls else ""


def _group(account: str, region: str) -> str:
    """A message group: letters, digits and punctuation, 128 characters at most (SQS, SendMessage)."""
    said = f"{account}|{region}"
    return "".join(sign if sign.isascii() and sign.isprintable() and sign != " " else "_" for sign in said)[:128]


def pass_on(sqs: SQSClient, queue_url: str, body: str) -> None:
    """Send a message on to the next stage as it is, without delay.

    Raises:
        NotSent: SQS did not accept it.
    """
    _send(sqs, queue_url, [_Outgoing(body)])


def finding_body(finding: Finding) -> str:
    """The body of the message that carries a finding."""
    shortened = shorten_finding(finding, max_bytes=MESSAGE_BYTES)
    return compact_json({"version": VERSION, "finding": shortened.to_message()})


def put_off(sqs: SQSClient, *, queue_arn: str, receipt_handle: str, by: timedelta) -> None:
    """Hide a message that was received and is going to be reported as failed until `by` has passed."""
    account, name = queue_arn.split(":")[4:6]
    queue_url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
    seconds = ceil(min(by, LONGEST_VISIBILITY).total_seconds())
    sqs.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    body: str
    delay_seconds: int = 0
    group: str | None = None
    """The tenant, by which SQS shares out what is received (SQS developer guide, "Amazon SQS fair queues")."""

    def entry(self, entry_id: str) -> SendMessageBatchRequestEntryTypeDef:
        """As a request for ten of them has it."""
        entry: SendMessageBatchRequestEntryTypeDef = {
            "Id": entry_id,
            "MessageBody": self.body,
            "DelaySeconds": self.delay_seconds,
        }
        return entry if self.group is None else {**entry, "MessageGroupId": self.group}


def _send(sqs: SQSClient, queue_url: str, outgoing: Sequence[_Outgoing]) -> None:
    failed: dict[int, str] = {}
    for batch in batches(len(message.body.encode()) for message in outgoing):
        entries = [outgoing[position].entry(str(position)) for position in batch]
        try:
            answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        except (BotoCoreError, ClientError) as error:
            failed |= dict.fromkeys(batch, str(error))
            continue
        for entry in answer.get("Failed", []):
            failed[int(entry["Id"])] = f"{entry['Code']} ({entry.get('Message', 'no message')})"
    if failed:
        raise NotSent(queue_url, failed, len(outgoing))


def batches(sizes: Iterable[int]) -> Iterator[list[int]]:
    """Messages of these sizes, in bytes, as the requests that send them: their positions, in the order given."""
    batch: list[int] = []
    total = 0
    for position, size in enumerate(sizes):
        if batch and (len(batch) == BATCH_ENTRIES or total + size > BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(position)
        total += size
    if batch:
        yield batch


def _read(body: str, what: str) -> Mapping[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{what} that is not JSON: {error}") from error
    if not isinstance(message, Mapping):
        raise Unreadable(f"{what} that is a {type(message).__name__}; an object is expected")
    if message.get("version") != VERSION:
        raise Unreadable(f"{what} of version {message.get('version')!r}; version {VERSION} is understood")
    return message
