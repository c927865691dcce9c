"""The recorded story that the demo plays: scenes out of `story/*.json`, their times moved to now.

A scene is one notification of AWS Config, the CloudTrail records of the calls behind it, and what has to become of it.
All names, addresses and ids are made up, out of the ranges that are kept for documentation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from manual_change.domain.change import Change
from manual_change.domain.moment import parse_moment
from manual_change.domain.notification import read_message

ACCOUNT: Final = "111122223333"
REGION: Final = "eu-west-1"
RECORDED_UNTIL: Final = datetime(2026, 11, 22, 12, 35, 1, tzinfo=UTC)
"""The moment of the recording that becomes now."""

FILTERED: Final = "filtered"
DROPPED: Final = "dropped"
SILENT: Final = "silent"
POSTED: Final = "posted"

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>\.\d+)?Z")
_MILLISECONDS: Final = frozenset({"configurationStateId"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What has to become of a scene's notification."""

    fate: str
    """`filtered` (by the topic's subscription), `dropped`, `silent` or `posted`."""
    reason: str | None = None
    """The decision's code; None where the pipeline never saw the notification."""
    mentions: tuple[str, ...] = ()
    """What the Slack message has to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """A CloudTrail record, and when CloudTrail delivers it."""

    record: Mapping[str, Any]
    delivered_after_looks: int
    """How often the pipeline looks for it in vain. Counted in looks and not in minutes, so that the story is the same
    on a slow machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One notification and what stands behind it."""

    says: str
    """What happens, in a sentence without a full stop."""
    notification: Mapping[str, Any]
    calls: tuple[RecordedCall, ...]
    expected: Expected

    @property
    def change(self) -> Change | None:
        """The change that the notification tells of; None for any other kind of message."""
        message = read_message(self.notification)
        return message if isinstance(message, Change) else None


def story(*, now: datetime) -> tuple[Scene, ...]:
    """The scenes in the order in which they are played; the recording ends at `now`."""
    folder = files("manual_change_local") / "story"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name[:1].isdecimal())
    return tuple(_read(folder.joinpath(name).read_text(encoding="utf-8"), now) for name in names)


def encore(*, now: datetime) -> Scene:
    """One more scene, for whoever keeps the cloud running: to be published by hand."""
    return _read((files("manual_change_local") / "story" / "encore.json").read_text(encoding="utf-8"), now)


def _read(text: str, now: datetime) -> Scene:
    recorded = rebased(json.loads(text), by=now - RECORDED_UNTIL)
    expected = recorded["expected"]
    return Scene(
        says=recorded["says"],
        notification=recorded["notification"],
        calls=tuple(
            RecordedCall(record=call["record"], delivered_after_looks=call["delivered_after_looks"])
            for call in recorded["calls"]
        ),
        expected=Expected(
            fate=expected["fate"], reason=expected.get("reason"), mentions=tuple(expected.get("mentions", ()))
        ),
    )


def rebased(recorded: Any, *, by: timedelta) -> Any:
    """A copy in which every instant lies `by` later: strings that are one, and Config's state ids (milliseconds)."""
    match recorded:
        case dict():
            return {
                key: value + round(by.total_seconds() * 1000)
                if key in _MILLISECONDS and isinstance(value, int)
                else rebased(value, by=by)
                for key, value in recorded.items()
            }
        case list():
            return [rebased(value, by=by) for value in recorded]
        case str() if match := _MOMENT.fullmatch(recorded):
            moment = parse_moment(recorded)
            if moment is None:  # the form of an instant, and none on the calendar
                return recorded
            spelled = (moment + by).isoformat(timespec="milliseconds" if match["fraction"] else "seconds")
            return spelled.replace("+00:00", "Z")
        case _:
            return recorded
