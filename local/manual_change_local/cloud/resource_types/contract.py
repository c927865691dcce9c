"""What a CloudFormation type has to say for itself, so that the embedded cloud can deploy it.

Properties come resolved: no Ref, no Fn::….
"""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where a resource is created, and clients for it."""

    account: str
    region: str
    client: Callable[..., Any]
    """`client("sns")`, or `client("sns", region="us-east-1")` for another region than the stack's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A resource as the template wants it."""

    name: str
    """The template's name for it, or a generated one."""
    properties: Mapping[str, Any]
    api: Api

    def client(self, service: str, **options: str | None) -> Any:
        """A client where the resource is."""
        return self.api.client(service, **options)

    def get(self, key: str, default: Any = None) -> Any:
        """A property, or the default."""
        return self.properties.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self.properties[key]

    def only(self, *keys: str) -> dict[str, Any]:
        """These properties, as far as they are there."""
        return {key: self.properties[key] for key in keys if key in self.properties}

    def without(self, *keys: str) -> dict[str, Any]:
        """All properties but these."""
        return {key: value for key, value in self.properties.items() if key not in keys}

    def as_deployed(self, physical_id: str, **attributes: str) -> Deployed:
        """The resource now exists: what `Ref` and `Fn::GetAtt` give."""
        return Deployed(wanted=self, physical_id=physical_id, attributes=attributes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A resource that exists."""

    wanted: Wanted
    physical_id: str
    """What `Ref` gives."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What `Fn::GetAtt` gives."""

    def differs_from(self, wanted: Wanted, *keys: str) -> bool:
        """Whether one of these properties is another now."""
        return any(self.wanted.get(key) != wanted.get(key) for key in keys)

    def now(self, wanted: Wanted) -> Deployed:
        """The same resource, updated in place."""
        return Deployed(wanted=wanted, physical_id=self.physical_id, attributes=self.attributes)


class ResourceType(Protocol):
    """One CloudFormation type."""

    @property
    def name_property(self) -> str:
        """The property that names the resource; "" where CloudFormation alone names it."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What `Fn::GetAtt` knows."""

    @property
    def after(self) -> str:
        """A type that must exist before although the template says nothing of it; "" for none."""

    def create(self, wanted: Wanted) -> Deployed:
        """Create it."""

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        """Make it what `new` says, in place or by replacement."""

    def delete(self, old: Deployed) -> None:
        """Delete it; what is gone already is fine."""


@contextlib.contextmanager
def gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not any(word in code for word in ("NotFound", "NonExistent", "NoSuch", "DoesNotExist")):
            raise


def as_text(value: Any) -> str:
    """A property as the string that attributes of SQS and SNS are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def lower_first(value: Any) -> Any:
    """`AllSupported` → `allSupported`, at every level: some APIs spell CloudFormation's words that way."""
    if isinstance(value, Mapping):
        return {name[0].lower() + name[1:]: lower_first(entry) for name, entry in value.items()}
    return [lower_first(entry) for entry in value] if isinstance(value, list) else value


class Replaced(ABC):
    """What most types have in common: no name, no attributes, no hidden order; an update replaces the resource."""

    name_property = ""
    attributes: tuple[str, ...] = ()
    after = ""

    @abstractmethod
    def create(self, wanted: Wanted) -> Deployed:
        """Create it."""

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        self.delete(old)
        return self.create(new)

    @abstractmethod
    def delete(self, old: Deployed) -> None:
        """Delete it; what is gone already is fine."""
