"""Which API calls are responsible for a change (DESIGN, section 5.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from manual_change.domain.api_call import ApiCall, mapping, uncounted
from manual_change.domain.change import CREATE, Change
from manual_change.domain.identifiers import (
    ACCOUNT_LEVEL_TYPES,
    Identifiers,
    arn_shape,
    has_shape,
    identifiers_of,
    is_general,
    key_names,
    nouns_of,
    spellings,
)
from manual_change.domain.mentions import Mention, mentions
from manual_change.domain.services import may_change, regions_of_calls
from manual_change.domain.subjects import SUBJECTS, acts_on_part, agrees, creates, creates_beside, noun_is

BY_SUBJECT: Final = "subject"
BY_MENTION: Final = "mention"
BY_RELATIONSHIP: Final = "relationship"
ALREADY_REPORTED: Final = "already-reported"

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How far from Config's capture the responsible call may lie."""

    lookback: timedelta = timedelta(minutes=30)
    clock_skew: timedelta = timedelta(seconds=5)
    daily_resource_types: Sequence[str] = ()
    """Types (globs) that are recorded DAILY: Config captures them up to a day after the call."""

    def begin(self, change: Change) -> datetime:
        """The earliest time of a call that counts."""
        daily = any(fnmatchcase(change.resource.type, pattern) for pattern in self.daily_resource_types)
        return change.captured_at - (max(_DAY, self.lookback) if daily else self.lookback)

    def end(self, change: Change) -> datetime:
        """The latest time of a call that counts."""
        return change.captured_at + self.clock_skew


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A directly related resource that was captured in the same window, and the calls that had it as their subject."""

    change: Change
    calls: tuple[ApiCall, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """The API calls held responsible for a change, the one closest before capture first."""

    change: Change
    calls: tuple[ApiCall, ...]
    how: str
    """`subject`, `mention`, `relationship` or `already-reported`."""
    related: tuple[ApiCall, ...] = ()
    """Calls that only mention the resource while others act on it."""
    neighbour: Change | None = None
    """By relationship: the change that the calls are about."""

    @property
    def lag(self) -> timedelta:
        """How long AWS Config took to see the leading call."""
        return self.change.captured_at - self.calls[0].event_time


def attribute(
    change: Change,
    calls: Iterable[ApiCall],
    *,
    window: Window,
    explained: Collection[str] = (),
    identifiers: Identifiers | None = None,
) -> Attribution | None:
    """The calls that touch the changed resource, or None.

    Args:
        change: what Config recorded.
        calls: any calls; those of other services, accounts, regions or times are passed over.
        window: how far from capture a call may lie.
        explained: event ids of calls that already explained an earlier item of the same resource.
        identifiers: of the change, where the caller has them already.
    """
    identifiers = identifiers or identifiers_of(change)
    subjects: list[ApiCall] = []
    ingredients: list[ApiCall] = []
    for call in calls:
        match standing(change, identifiers, call, window):
            case Standing.SUBJECT:
                subjects.append(call)
            case Standing.MENTION:
                ingredients.append(call)
    fresh = [call for call in subjects if call.event_id not in explained]
    if fresh:
        return Attribution(change, _closest_first(change, fresh), BY_SUBJECT, _closest_first(change, ingredients))
    fresh = [call for call in ingredients if call.event_id not in explained]
    if fresh:
        return Attribution(change, _closest_first(change, fresh), BY_MENTION)
    if subjects or ingredients:
        return Attribution(change, _closest_first(change, subjects or ingredients), ALREADY_REPORTED)
    return None


def attribute_by_relationship(
    change: Change, neighbours: Iterable[Neighbour], *, window: Window, explained: Collection[str] = ()
) -> Attribution | None:
    """The calls of a directly related resource that was captured in the same window, or None.

    The volume and the network interface of a launched instance are in no call; the instance is.
    """
    fresh: list[Attribution] = []
    known: list[Attribution] = []
    for neighbour in neighbours:
        calls = [
            call
            for call in neighbour.calls
            if window.begin(change) <= call.event_time <= window.end(change)
            and call.account == change.resource.account
            and agrees(call.action, change.change_type, part=False)
        ]
        new = [call for call in calls if call.event_id not in explained]
        if new:
            found = Attribution(change, _closest_first(change, new), BY_RELATIONSHIP, neighbour=neighbour.change)
            fresh.append(found)
        elif calls:
            found = Attribution(change, _closest_first(change, calls), ALREADY_REPORTED, neighbour=neighbour.change)
            known.append(found)
    return min(fresh or known, key=lambda each: abs(each.lag), default=None)


class Standing(StrEnum):
    """How a call stands to a change, in the order in which it is asked; the value says it to a person."""

    OTHER_SERVICE = "its service does not own resources of this type"
    TOO_EARLY = "it came too long before capture"
    TOO_LATE = "it came after capture"
    OTHER_ACCOUNT = "it acted in another account"
    OTHER_REGION = "it acted in another region"
    UNCOUNTED = "it changed nothing"
    NOT_TOUCHING = "it does not name the resource"
    DISAGREES = "a call of this name cannot lead to a change of this type"
    INGREDIENT = "it made something else of which the resource is an ingredient"
    MENTION = "it names the resource without having it as its subject"
    SUBJECT = "it has the resource as its subject"


def standing(change: Change, identifiers: Identifiers, call: ApiCall, window: Window) -> Standing:
    """How the call stands to the change."""
    apart = standing_apart(change, call, window)
    if apart is not None:
        return apart
    touch = touches(change, identifiers, call)
    if touch is None:
        return Standing.NOT_TOUCHING
    if not agrees(call.action, change.change_type, part=acts_on_part(call.action, change.resource.type)):
        return Standing.DISAGREES
    if touch == BY_SUBJECT:
        return Standing.SUBJECT
    if creates(call.action) and not creates_beside(call.action, change.resource.type):
        return Standing.INGREDIENT
    return Standing.MENTION


def standing_apart(change: Change, call: ApiCall, window: Window) -> Standing | None:
    """Why the call cannot have made the change, whatever it touched: service, time, account, region, success."""
    resource = change.resource
    if not may_change(call.service, resource.type):
        return Standing.OTHER_SERVICE
    if call.event_time < window.begin(change):
        return Standing.TOO_EARLY
    if call.event_time > window.end(change):
        return Standing.TOO_LATE
    if call.account != resource.account and "unknown" not in (call.account, resource.account):
        return Standing.OTHER_ACCOUNT
    regions = regions_of_calls(resource, call.service)
    if regions and call.region not in regions and call.region != "unknown":
        return Standing.OTHER_REGION
    return Standing.UNCOUNTED if uncounted(call.record) is not None else None


def touches(change: Change, identifiers: Identifiers, call: ApiCall) -> str | None:
    """`subject`, `mention`, or None where the call does not name the resource."""
    resource_type = change.resource.type
    if _means_another_type(call, resource_type):
        return None
    certain: list[Mention] = []
    named: list[Mention] = []
    rivals: list[Mention] = []
    for mention in mentions(call.record):
        for spelling in spellings(mention.value):
            if spelling in identifiers.unique or spelling in identifiers.inner:
                certain.append(mention)
            elif spelling in identifiers.plain:
                if _names(mention, call, resource_type):
                    named.append(mention)
            elif _is_rival(spelling, identifiers.shape):
                rivals.append(mention)
    hits = certain + (named if not _overruled(change, certain, named, rivals) else [])
    if not hits:
        return None
    return BY_SUBJECT if _is_subject(change, call, hits, rivals) else BY_MENTION


def _means_another_type(call: ApiCall, resource_type: str) -> bool:
    """Cloud Control says which type it means: the bucket `web` is not the function `web`."""
    type_name = mapping(call.record.get("requestParameters")).get("typeName")
    return call.service == "cloudcontrolapi" and isinstance(type_name, str) and type_name != resource_type


def _names(mention: Mention, call: ApiCall, resource_type: str) -> bool:
    """Whether a plain name stands where the call names resources of this type."""
    if mention.path in SUBJECTS.get(f"{call.service}:{call.action}", ()):
        return True
    if mention.opaque:
        return False
    if is_general(mention.key) or (mention.key == "accountid" and resource_type in ACCOUNT_LEVEL_TYPES):
        return noun_is(call.action, resource_type)
    return key_names(mention.key, resource_type)


def _is_rival(value: str, shape: str) -> bool:
    """Whether the value names another resource of the same type."""
    if value.startswith("arn:"):
        return arn_shape(value) == shape
    return has_shape(value, shape)


def _overruled(change: Change, certain: list[Mention], named: list[Mention], rivals: list[Mention]) -> bool:
    """Whether the call says with an ARN or id that the name it carries is another resource's: `web` in another
    cluster, the group `default` of another VPC."""
    if certain or not named or not rivals:
        return False
    if any(mention.value == change.resource.id for mention in named):
        # the id itself is a name (a bucket, a function): only the same name elsewhere speaks against it
        return any(rival.value.replace(":", "/").endswith(f"/{change.resource.id}") for rival in rivals)
    return True


def _is_subject(change: Change, call: ApiCall, hits: Sequence[Mention], rivals: Sequence[Mention]) -> bool:
    resource_type = change.resource.type
    paths = SUBJECTS.get(f"{call.service}:{call.action}")
    if paths is not None:
        return any(hit.path in paths for hit in hits)
    requested = [hit for hit in hits if hit.section != "responseElements"]
    if not requested and change.change_type == CREATE and any(hit.value in _own_values(change) for hit in hits):
        return True  # only the response names it: it is new
    if not noun_is(call.action, resource_type) or creates_beside(call.action, resource_type):
        return False
    if requested:
        return any(hit.section == "resources" or _is_asked_for(hit, resource_type) for hit in requested)
    # the request says it in other words (ECS takes names and answers with ARNs), unless it names another
    return creates(call.action) or all(rival.section == "responseElements" for rival in rivals)


def _own_values(change: Change) -> tuple[str | None, ...]:
    return (change.resource.id, change.resource.arn)


def _is_asked_for(mention: Mention, resource_type: str) -> bool:
    """`groupId`, `ModifyFleetRequest.FleetId`, `instancesSet.items.instanceId`, `pipeline.name`; not
    `ipPermissions.….groupId`, and not what something is made from (`sourceTableName`)."""
    if mention.key.startswith("source"):
        return False
    parts = mention.path.split(".")
    if len(parts) > 1 and parts[0].endswith("Request"):
        parts = parts[1:]
    if len(parts) >= 2 and parts[1] in ("items", "member"):
        return len(parts) <= 3 and parts[0] != "ipPermissions"
    return len(parts) == 1 or (len(parts) == 2 and parts[0].lower() in nouns_of(resource_type))


def _closest_first(change: Change, calls: Iterable[ApiCall]) -> tuple[ApiCall, ...]:
    return tuple(sorted(calls, key=lambda call: (abs(change.captured_at - call.event_time), call.event_id)))
