"""A change: one recorded transition of one resource, and how it travels from stage to stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from manual_change.domain.moment import format_moment, parse_moment

CREATE: Final = "CREATE"
UPDATE: Final = "UPDATE"
DELETE: Final = "DELETE"


class Unreadable(ValueError):
    """An input that cannot be understood. The message says what was found and what would be right; nothing is lost:
    the stream sends it to the dead-letter queue, replay reports it with its position."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One AWS resource as Config names it."""

    account: str
    """Twelve digits."""
    region: str
    """`global` for IAM."""
    type: str
    """`AWS::EC2::SecurityGroup`."""
    id: str
    name: str | None = None
    arn: str | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two items items of the same resource."""
        return (self.account, self.region, self.type, self.id)

    @property
    def label(self) -> str:
        """How people call it: `web (sg-0abc)`, or the id alone."""
        return f"{self.name} ({self.id})" if self.name and self.name != self.id else self.id


@dataclass(frozen=True, slots=True)
class Relation:
    """A resource that an item says it is directly related to."""

    type: str
    id: str | None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One changed property: a dotted path and the values before and after, None where there was or is none."""

    path: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """The object of the JSON contract."""
        return {"path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Change:
    """One recorded transition of one resource."""

    resource: Resource
    change_type: str
    """`CREATE`, `UPDATE` or `DELETE`."""
    captured_at: datetime
    """When Config captured the item, UTC: after the call, seconds to minutes."""
    properties: tuple[PropertyChange, ...] = field(default=(), hash=False)
    """Empty for a CREATE (the whole item is new) and where Config left the diff out."""
    relations: tuple[Relation, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    resource_created_at: datetime | None = None
    diff_left_out: bool = False
    """True for an oversized notification (and an item without a diff): no properties does not mean nothing changed."""
    no_previous_item: bool = False
    """True for an item out of a file with no earlier item to compare it to."""
    configuration: Any = field(default=None, repr=False, compare=False)
    """The item's configuration, for the noise tables only; it does not travel on to the next stage."""

    @property
    def key(self) -> str:
        """Identifies this change wherever it is seen: the same notification delivered twice has the same key."""
        return "|".join((*self.resource.key, format_moment(self.captured_at), self.change_type))

    def to_json(self) -> dict[str, Any]:
        """The `change` object of the JSON contract (DESIGN, section 6)."""
        resource = self.resource
        return {
            "account": resource.account,
            "region": resource.region,
            "resource_type": resource.type,
            "resource_id": resource.id,
            "resource_name": resource.name,
            "arn": resource.arn,
            "change_type": self.change_type,
            "captured_at": format_moment(self.captured_at),
            "properties": [changed.to_json() for changed in self.properties],
        }

    def to_message(self) -> dict[str, Any]:
        """What one stage hands to the next: the contract's object and what attribution needs besides."""
        return self.to_json() | {
            "relations": [[relation.type, relation.id, relation.name] for relation in self.relations],
            "tags": dict(self.tags),
            "resource_created_at": format_moment(self.resource_created_at) if self.resource_created_at else None,
            "diff_left_out": self.diff_left_out,
            "no_previous_item": self.no_previous_item,
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Change:
        """Read what `to_message` wrote.

        Raises:
            Unreadable: the message is not of that form.
        """
        captured_at = parse_moment(message.get("captured_at"))
        if captured_at is None:
            raise Unreadable(f"a change without a captured_at: {sorted(message)}")
        try:
            return cls(
                resource=Resource(
                    account=message["account"],
                    region=message["region"],
                    type=message["resource_type"],
                    id=message["resource_id"],
                    name=message["resource_name"],
                    arn=message["arn"],
                ),
                change_type=message["change_type"],
                captured_at=captured_at,
                properties=tuple(
                    PropertyChange(changed["path"], changed["before"], changed["after"])
                    for changed in message["properties"]
                ),
                relations=tuple(Relation(*relation) for relation in message["relations"]),
                tags=message["tags"],
                resource_created_at=parse_moment(message["resource_created_at"]),
                diff_left_out=message["diff_left_out"],
                no_previous_item=message["no_previous_item"],
            )
        except (KeyError, TypeError) as error:
            raise Unreadable(f"a change whose {error} is missing or malformed") from error
