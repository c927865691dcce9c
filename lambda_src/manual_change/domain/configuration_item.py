"""Config's record of a resource at one moment, and the change between two of them.

Both spellings of an item are read: the stream's (`awsAccountId`, `ARN`, `relationships[].name`) and the API's and
the history files' (`accountId`, `arn`, `relationshipName`, `configuration` as a JSON string). Source of the shapes:
AWS Config developer guide, "Notifications that AWS Config sends", and the botocore model of `config`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from manual_change.domain.change import CREATE, DELETE, UPDATE, Change, PropertyChange, Relation, Resource, Unreadable
from manual_change.domain.moment import parse_moment

DELETED_STATUSES: Final = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded"})
DISCOVERED_STATUSES: Final = frozenset({"ResourceDiscovered", "ResourceNotRecorded"})


@dataclass(frozen=True, slots=True)
class ConfigurationItem:
    """Config's record of one resource at one moment."""

    resource: Resource
    captured_at: datetime
    status: str
    """`OK`, `ResourceDiscovered`, `ResourceDeleted`, `ResourceNotRecorded`, `ResourceDeletedNotRecorded`, or ""."""
    created_at: datetime | None
    configuration: Any
    supplementary: Mapping[str, Any]
    tags: Mapping[str, str]
    relations: tuple[Relation, ...]

    @property
    def deleted(self) -> bool:
        """Whether the item says that the resource is gone."""
        return self.status in DELETED_STATUSES


def read_item(raw: object) -> ConfigurationItem:
    """Read one configuration item, in either spelling.

    Raises:
        Unreadable: it is no object, or lacks what names a resource and a moment.
    """
    if isinstance(raw, list) and len(raw) == 1:  # the 2014 form
        raw = raw[0]
    if not isinstance(raw, Mapping):
        raise Unreadable(f"the configuration item is {_kind(raw)}; an object is expected")
    resource_type, resource_id = raw.get("resourceType"), raw.get("resourceId")
    if not (isinstance(resource_type, str) and resource_type):
        raise Unreadable("the configuration item has no resourceType")
    if not (isinstance(resource_id, str) and resource_id):
        raise Unreadable(f"the configuration item of type {resource_type} has no resourceId")
    captured_at = parse_moment(raw.get("configurationItemCaptureTime"))
    if captured_at is None:
        found = raw.get("configurationItemCaptureTime")
        raise Unreadable(f"configurationItemCaptureTime of {resource_id} is {found!r}; a time is expected")
    arn = _text(raw.get("ARN")) or _text(raw.get("arn"))
    arn_parts = arn.split(":", 5) if arn else []
    from_arn = arn_parts if len(arn_parts) == 6 else ["", "", "", "", "", ""]
    return ConfigurationItem(
        resource=Resource(
            account=_text(raw.get("awsAccountId")) or _text(raw.get("accountId")) or from_arn[4] or "unknown",
            region=_text(raw.get("awsRegion")) or from_arn[3] or "unknown",
            type=resource_type,
            id=resource_id,
            name=_text(raw.get("resourceName")),
            arn=arn,
        ),
        captured_at=captured_at,
        status=_text(raw.get("configurationItemStatus")) or "",
        created_at=parse_moment(raw.get("resourceCreationTime")),
        configuration=_embedded_json(raw.get("configuration")),
        supplementary=_supplementary(raw.get("supplementaryConfiguration")),
        tags=_tags(raw.get("tags")),
        relations=tuple(_relations(raw.get("relationships"))),
    )


def change_between(previous: ConfigurationItem | None, item: ConfigurationItem) -> Change:
    """The change from `previous` to `item`, as Config itself would have written the diff.

    Without a previous item the change has no properties: Config's own CREATE has none either.
    """
    if item.deleted:
        change_type = DELETE
    elif item.status in DISCOVERED_STATUSES or (previous is not None and previous.deleted):
        change_type = CREATE
    else:
        change_type = UPDATE
    properties: tuple[PropertyChange, ...] = ()
    if previous is not None and change_type != CREATE:
        properties = tuple(_item_difference(previous, item))
    known = item if item.resource.name or not previous else previous
    return Change(
        resource=Resource(
            account=item.resource.account,
            region=item.resource.region,
            type=item.resource.type,
            id=item.resource.id,
            name=known.resource.name,
            arn=item.resource.arn or (previous.resource.arn if previous else None),
        ),
        change_type=change_type,
        captured_at=item.captured_at,
        properties=properties,
        relations=item.relations or (previous.relations if previous else ()),
        tags=item.tags or (previous.tags if previous and item.deleted else {}),
        resource_created_at=item.created_at or (previous.created_at if previous else None),
        diff_left_out=previous is None and change_type != CREATE,
        no_previous_item=previous is None and change_type != DELETE,
        configuration=item.configuration if item.configuration or not previous else previous.configuration,
    )


def read_change(item: ConfigurationItem, diff: object) -> Change:
    """The change that a notification's item and `configurationItemDiff` describe.

    A diff that is absent or malformed makes a change with its diff left out: what cannot be seen is not nothing.
    """
    raw_type = diff.get("changeType") if isinstance(diff, Mapping) else None
    raw_properties = diff.get("changedProperties") if isinstance(diff, Mapping) else None
    change_type = raw_type if raw_type in (CREATE, UPDATE, DELETE) else _change_type_of(item)
    properties = tuple(_changed_properties(raw_properties)) if isinstance(raw_properties, Mapping) else ()
    before = {changed.path: changed.before for changed in properties}
    old_configuration = _embedded_json(before.get("Configuration"))
    gone = change_type == DELETE
    return Change(
        resource=Resource(
            account=item.resource.account,
            region=item.resource.region,
            type=item.resource.type,
            id=item.resource.id,
            name=item.resource.name,
            arn=item.resource.arn or _text(before.get("ARN")) or _text(before.get("Arn")),
        ),
        change_type=change_type,
        captured_at=item.captured_at,
        properties=properties,
        relations=item.relations or tuple(_relations_before(properties)),
        tags=item.tags or (_tags_before(properties) if gone else {}),
        resource_created_at=item.created_at,
        diff_left_out=not isinstance(raw_properties, Mapping) or raw_type not in (CREATE, UPDATE, DELETE),
        configuration=item.configuration if item.configuration or not gone else old_configuration,
    )


def _change_type_of(item: ConfigurationItem) -> str:
    if item.deleted:
        return DELETE
    return CREATE if item.status in DISCOVERED_STATUSES else UPDATE


def _changed_properties(raw: Mapping[str, Any]) -> Iterator[PropertyChange]:
    """The changed properties in the order of their paths, numbers counting as numbers."""
    for path in sorted(raw, key=_path_order):
        entry = raw[path]
        if isinstance(entry, Mapping):
            yield PropertyChange(path, entry.get("previousValue"), entry.get("updatedValue"))
        else:  # not the documented form; the value is shown as it came rather than lost
            yield PropertyChange(path, None, entry)


def _path_order(path: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(part), "") if _is_position(part) else (1, 0, part) for part in path.split("."))


def _is_position(part: str) -> bool:
    return part.isdecimal() and len(part) < 10


def _item_difference(previous: ConfigurationItem, item: ConfigurationItem) -> Iterator[PropertyChange]:
    if item.deleted and not item.configuration:
        yield PropertyChange("Configuration", previous.configuration, None)
        return
    yield from _difference("Configuration", previous.configuration, item.configuration)
    yield from _difference("SupplementaryConfiguration", previous.supplementary, item.supplementary)
    yield from _difference("Tags", dict(previous.tags), dict(item.tags))
    relations_before = [_spelled(relation) for relation in previous.relations]
    relations_after = [_spelled(relation) for relation in item.relations]
    yield from _difference("Relationships", relations_before, relations_after)


def _spelled(relation: Relation) -> dict[str, str | None]:
    """A relation the way Config spells it inside a diff."""
    return {"resourceType": relation.type, "resourceId": relation.id, "resourceName": relation.name}


def _difference(path: str, before: object, after: object) -> Iterator[PropertyChange]:
    """Config's own way: objects key by key, list elements as removed and added whole, segments capitalised."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys(), key=str):
            segment = str(key)
            yield from _difference(f"{path}.{segment[:1].upper()}{segment[1:]}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        removed = [value for value in before if value not in after]
        added = [value for value in after if value not in before]
        if not removed and not added:  # the same elements in another order or number
            yield PropertyChange(path, before, after)
        for position, value in enumerate(removed):
            yield PropertyChange(f"{path}.{position}", value, None)
        for position, value in enumerate(added, start=len(removed)):
            yield PropertyChange(f"{path}.{position}", None, value)
    else:
        yield PropertyChange(path, before, after)


def _relations(raw: object) -> Iterator[Relation]:
    for entry in raw if isinstance(raw, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("resourceType"), str):
            yield Relation(entry["resourceType"], _text(entry.get("resourceId")), _text(entry.get("resourceName")))


def _relations_before(properties: tuple[PropertyChange, ...]) -> Iterator[Relation]:
    for changed in properties:
        if changed.path.startswith("Relationships."):
            yield from _relations([changed.before])


def _tags(raw: object) -> Mapping[str, str]:
    if isinstance(raw, Mapping):
        return {str(key): str(value) for key, value in raw.items()}
    pairs = [entry for entry in raw if isinstance(entry, Mapping)] if isinstance(raw, list) else []
    return {str(pair.get("key")): str(pair.get("value")) for pair in pairs if pair.get("key") is not None}


def _tags_before(properties: tuple[PropertyChange, ...]) -> Mapping[str, str]:
    return _tags([changed.before for changed in properties if changed.path.startswith("Tags.")])


def _supplementary(raw: object) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        return {}
    return {str(key): _embedded_json(value) for key, value in raw.items()}


def _embedded_json(value: object) -> Any:
    """The API spells objects as JSON strings; a string that is no JSON stays what it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _kind(value: object) -> str:
    match value:
        case None:
            return "missing"
        case list():
            return f"a list of {len(value)}"
        case _:
            return f"a {type(value).__name__}"
