"""One CloudTrail record: an API call, whether it counts, and how it is named in the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from manual_change.domain.change import Unreadable
from manual_change.domain.moment import format_moment, parse_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReference:
    """How a finding names a call."""

    event_id: str
    event_source: str
    event_name: str
    event_time: datetime
    region: str
    console_url: str

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

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CallReference:
        """Read what `to_json` wrote."""
        event_time = parse_moment(raw["event_time"])
        if event_time is None:
            raise Unreadable(f"a call whose event_time is {raw['event_time']!r}")
        return cls(**{**raw, "event_time": event_time})
