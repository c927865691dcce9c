"""What happens inside the embedded cloud, as values: the demo shows them live, tests assert on them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Something that happened, and when (seconds since the epoch, wall clock)."""

    at: float = field(default_factory=time.time, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFiltered(Observation):
    """A topic's message that a subscription's filter policy held back."""

    topic_arn: str
    subscription_arn: str
    notification_id: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(Observation):
    """A topic or a rule did not deliver: what it names does not exist, or EventBridge would not reach it."""

    source_arn: str
    target_arn: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Observation):
    """A queue took a message."""

    queue_arn: str
    message_id: str
    body: str
    delay: float
    """Nominal seconds until it can be received (DelaySeconds)."""
    source: str
    """Who put it there: `api`, or the ARN of the topic or rule."""
    notification_id: str | None = None
    """The topic's MessageId, for one that came through a topic."""
    request_id: str | None = None
    """The invocation whose function sent it, if a function did."""
    group_id: str | None = None
    """Its MessageGroupId: the tenant, in a standard queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRedriven(Observation):
    """A queue moved a message to its dead-letter queue: received `receive_count` times, never deleted."""

    queue_arn: str
    dead_letter_queue_arn: str
    message_id: str
    body: str
    receive_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionStarted(Observation):
    """A cold start: a process for the function."""

    function: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionInvoked(Observation):
    """A function was given something to do."""

    function: str
    request_id: str
    queue_arn: str | None = None
    message_ids: tuple[str, ...] = ()
    """The batch, for an invocation by an event source mapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionLogged(Observation):
    """One line that a function wrote."""

    function: str
    request_id: str | None
    """None before the first invocation: what the module said while it was imported."""
    line: str
    record: Mapping[str, Any] | None
    """The line parsed, when it is a JSON object (structured logging, embedded metrics)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionFinished(Observation):
    """An invocation came to its end."""

    function: str
    request_id: str
    seconds: float
    error_type: str | None
    """None for success; `Sandbox.Timedout`, `Runtime.ExitError`, or the exception's name."""
    error_message: str | None
    response: Any
    """The function's answer as JSON, None when it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSettled(Observation):
    """An event source mapping deleted a message because its function dealt with it."""

    queue_arn: str
    message_id: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReturned(Observation):
    """A message stays in its queue because the function failed on it; it reappears after the visibility timeout."""

    queue_arn: str
    message_id: str
    request_id: str | None
    """None when the function was deleted before it could be invoked."""
    receive_count: int
    reason: str
    """`reported` (named in batchItemFailures) or what befell the whole batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilteredOut(Observation):
    """An event source mapping's filter criteria did not match: the message was deleted without an invocation."""

    queue_arn: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsLookedUp(Observation):
    """CloudTrail answered (or refused) one LookupEvents request."""

    account: str
    region: str
    attribute: tuple[str, str] | None
    answered: int
    more: bool
    throttled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFailed(Observation):
    """A request brought down moto's code: the caller got InternalFailure. Something here lacks support for it."""

    request: str
    """`POST /`, and the action if the request names one."""
    trace: str
