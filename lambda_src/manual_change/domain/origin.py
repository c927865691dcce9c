"""Origin: who sent what arrived on the hub's bus, and whether it may speak about the account that it speaks about.

Any account of the organization may put events on the bus. What counts is what AWS writes: an event's source begins
with `aws.` only if a service of AWS sent it (PutEvents refuses that prefix to everybody else), or with `aws.partner/`
if a partner did (PutPartnerEvents), and `account` is the account that it came from (EventBridge user guide, "Event
structure" and "PutEvents"). What stands inside `detail` is believed as far as it agrees with that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from manual_change.domain.api_call import mapping

CONFIG: Final = "aws.config"
PARTNERS: Final = "aws.partner/"
"""With which the sources of partners begin, whose events are not AWS's."""

NOT_FROM_AWS: Final = "not-from-aws"
ANOTHER_ACCOUNT: Final = "another-account"
NO_ENVELOPE: Final = "no-envelope"


@dataclass(frozen=True, slots=True)
class Origin:
    """What EventBridge wrote about an event."""

    account: str
    region: str
    source: str


@dataclass(frozen=True, slots=True)
class Distrust:
    """Why a message is not taken at its word."""

    reason: str
    """`not-from-aws`, `another-account` or `no-envelope`."""
    explanation: str


def origin_of(document: object) -> Origin | None:
    """The envelope of an EventBridge event; None for whatever has none."""
    match document:
        case {"detail-type": str(), "detail": _, "account": str(account), "source": str(source)}:
            region = mapping(document).get("region")
            return Origin(account, region if isinstance(region, str) else "", source)
        case _:
            return None


def distrust_notification(document: object, *, bare_messages: bool) -> Distrust | None:
    """What speaks against a notification of AWS Config already before it is unwrapped, if anything does.

    Args:
        document: what arrived, as it is wrapped.
        bare_messages: whether any may arrive without an envelope, from a topic that only AWS Config may publish to.
    """
    origin = origin_of(document)
    if origin is None:
        if bare_messages and "detail" not in mapping(document):
            return None
        return Distrust(NO_ENVELOPE, "it did not come over the bus, and there is no topic that it could be from")
    if origin.source != CONFIG:
        return Distrust(NOT_FROM_AWS, f"its source is {origin.source!r}, and AWS Config's is {CONFIG!r}")
    return None


def distrust_forwarded_call(document: object) -> Distrust | None:
    """What speaks against a CloudTrail record already before it is read, if anything does."""
    origin = origin_of(document)
    if origin is None:
        return Distrust(NO_ENVELOPE, "a call that did not come over the bus")
    if not origin.source.startswith("aws."):
        return Distrust(NOT_FROM_AWS, f"its source is {origin.source!r}, and those of AWS's services begin with 'aws.'")
    if origin.source.startswith(PARTNERS):
        return Distrust(NOT_FROM_AWS, f"its source is {origin.source!r}, a partner's, and partners record no calls")
    return None


def distrust_accounts(origin: Origin | None, about: Iterable[str | None]) -> Distrust | None:
    """What speaks against messages about these accounts, if anything does: each may speak about its own only.

    Args:
        origin: of the messages; None: of a topic, which only AWS Config may publish to.
        about: the account that each of them is about; None: it names none.
    """
    if origin is None:
        return None
    for account in about:
        if account != origin.account:
            said = f"it came from account {origin.account} and speaks about {account or 'no account'}"
            return Distrust(ANOTHER_ACCOUNT, said)
    return None


def account_of_message(message: object) -> str | None:
    """The account that a message of AWS Config is about, in either spelling."""
    inside = mapping(message)
    item: Mapping[str, Any] = inside
    for key in ("configurationItem", "configurationItemSummary"):
        if isinstance(inside.get(key), Mapping):
            item = inside[key]
            break
    about = item.get("awsAccountId") or item.get("accountId")
    return about if isinstance(about, str) else None
