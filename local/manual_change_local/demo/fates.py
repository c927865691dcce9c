"""What becomes of each notification, pieced together from what happens in the cloud and in Slack.

A notification is recognised by its text while it is in the topic, then by the key of its change, which the handlers
write into every log line about it, and at the end by its resource's id in the Slack message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from manual_change.domain.change import Change, Unreadable
from manual_change.domain.finding import DROP, NOTIFY, UNATTRIBUTED
from manual_change.domain.finding import SILENT as STAYS_SILENT
from manual_change.domain.investigation import NO_CALL_FOUND
from manual_change.domain.notification import Oversized, read_message
from manual_change.domain.slack import type_label
from manual_change_local.cloud.observation import (
    FunctionFinished,
    FunctionLogged,
    MessageRedriven,
    MessageSent,
    NotificationFiltered,
    Observation,
)
from manual_change_local.demo.story import DROPPED, FILTERED, POSTED, SILENT, Expected, Scene
from manual_change_local.slack_stand_in import SlackMessage

DEAD_LETTER = "dead-letter"
"""The fate of a notification that no function could deal with."""


@dataclass(slots=True, eq=False)
class Track:
    """One notification on its way, and what has become of it so far."""

    title: str
    """`EC2 SecurityGroup web (sg-0abc)`, or the type of a message that is no change."""
    says: str | None
    """What the story tells about it; None for a notification that somebody published by hand."""
    change: Change | None
    expected: Expected | None
    steps: list[str] = field(default_factory=list)
    looks_in_vain: int = 0
    """How often CloudTrail was asked and did not know the call."""
    fate: str | None = None
    """A fate of the story, or DEAD_LETTER; None while it is on its way."""
    reason: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more will happen. A message in Slack and the log line of its finding come in any order."""
        return self.fate is not None and (self.fate != POSTED or self.reason is not None)

    @property
    def wrong(self) -> str | None:
        """How its fate differs from the story's, or None."""
        if self.expected is None or (self.fate, self.reason) == (self.expected.fate, self.expected.reason):
            return None
        found = " ".join(filter(None, (self.fate or "still on its way", self.reason and f"({self.reason})")))
        owed = " ".join(filter(None, (self.expected.fate, self.expected.reason and f"({self.expected.reason})")))
        return f"{self.title}: {found}; it had to be {owed}"


class Fates:
    """All notifications that were published, in order. An observer of the cloud: call it with observations.

    `on_step` is called whenever something is known about one of them, in the thread where that happened. `on_trouble`
    is told in a line what went wrong in a function, each trouble once.
    """

    def __init__(
        self,
        *,
        on_step: Callable[[Track, str], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._on_step = on_step
        self._on_trouble = on_trouble
        self._changed = Condition()
        self._tracks: list[Track] = []
        self._troubles: set[str] = set()
        self._announced: dict[str, Track] = {}

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Every notification so far."""
        with self._changed:
            return tuple(self._tracks)

    def expect(self, scene: Scene, body: str) -> Track:
        """Follow a scene's notification, which is going to be published as `body`."""
        change = scene.change
        track = Track(_title(scene.notification, change), scene.says, change, scene.expected)
        with self._changed:
            self._tracks.append(track)
            self._announced[body] = track
        return track

    def wait_until(self, condition: Callable[[], bool], *, timeout: float) -> bool:
        """Wait until a condition on tracks holds; False when it does not within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def wait_until_settled(self, *, timeout: float) -> bool:
        """Wait until every notification has met its fate; False when one has not within `timeout` seconds."""
        return self.wait_until(lambda: all(track.settled for track in self._tracks), timeout=timeout)

    def posted(self, message: SlackMessage) -> None:
        """A message reached Slack: it is about the notifications whose resource it names."""
        text = json.dumps(dict(message.payload), ensure_ascii=False)
        for track in self.tracks:
            if track.change and track.change.resource.id in text and track.fate is None:
                self._step(track, f"posted to #{message.channel}", fate=POSTED)

    def __call__(self, observation: Observation) -> None:
        """Take in what happened in the cloud."""
        match observation:
            case NotificationFiltered(message=body):
                self._step(self._arrived(body), "held back by the topic's subscription: no change", fate=FILTERED)
            case MessageSent(body=body, source=source) if ":sns:" in source:
                self._arrived(body)
            case MessageSent(body=body, delay=delay):
                self._put_off(body, delay)
            case FunctionLogged(record=Mapping() as record):
                self._logged(record)
            case FunctionFinished(function=function, error_type=str() as kind, error_message=said):
                self._trouble(f"{function} failed: {kind}: {said}")
            case MessageRedriven(body=body):
                self._dead(body)

    def _arrived(self, body: str) -> Track:
        """The notification that was announced, or one that somebody published by hand while the cloud is kept."""
        with self._changed:
            track = self._announced.pop(body, None)
            if track is None:
                notification = _object(body)
                change = _change_in(notification)
                track = Track(_title(notification, change), None, change, None)
                self._tracks.append(track)
                self._changed.notify_all()
        return track

    def _put_off(self, body: str, delay: float) -> None:
        request = _object(body)
        if request.get("look") == 0 and isinstance(request.get("change"), Mapping):
            for track in self._of(Change.from_message(request["change"]).key):
                self._step(track, f"a change; CloudTrail is asked in {_minutes(delay)}")

    def _logged(self, record: Mapping[str, Any]) -> None:
        if record.get("level") in ("ERROR", "CRITICAL"):
            self._trouble(f"{record.get('service')}: {record.get('message')}: {record.get('error')}")
        reason = str(record.get("reason"))
        explanation = record.get("explanation") or ""
        for track in self._of(str(record.get("change"))):
            match record.get("decision"):
                case "look-again":
                    with self._changed:
                        track.looks_in_vain += reason == NO_CALL_FOUND
                    self._step(track, _look_again(reason, float(record.get("again_in") or 0)))
                case decision if decision == DROP:
                    self._step(track, f"dropped, {reason}: {explanation}", fate=DROPPED, reason=reason)
                case decision if decision == STAYS_SILENT:
                    digest = "; kept for the daily digest" if record.get("verdict") == UNATTRIBUTED else ""
                    self._step(track, f"silent, {reason}: {explanation}{digest}", fate=SILENT, reason=reason)
                case decision if decision == NOTIFY:
                    self._step(track, f"{record.get('verdict')}, {reason}: {explanation}", reason=reason)
                case "not-sent":
                    self._step(track, f"not posted again: {reason}", fate=SILENT)

    def _dead(self, body: str) -> None:
        message = _object(body)
        about = message.get("change") or _mapping(message.get("finding")).get("change")
        change = Change.from_message(about) if isinstance(about, Mapping) else _change_in(message)
        for track in self._of(change.key) if change else ():
            self._step(track, "given up: moved to the dead-letter queue", fate=DEAD_LETTER)

    def _trouble(self, trouble: str) -> None:
        with self._changed:
            known = trouble in self._troubles
            self._troubles.add(trouble)
        if not known:
            self._on_trouble(trouble)

    def _of(self, change_key: str) -> list[Track]:
        """The notifications of this change that are still on their way."""
        return [each for each in self.tracks if each.change and each.change.key == change_key and not each.settled]

    def _step(self, track: Track, step: str, *, fate: str | None = None, reason: str | None = None) -> None:
        with self._changed:
            track.steps.append(step)
            track.fate = fate or track.fate
            track.reason = reason or track.reason
            self._changed.notify_all()
        self._on_step(track, step)


def _title(notification: Mapping[str, Any], change: Change | None) -> str:
    if change:
        return f"{type_label(change.resource.type)} {change.resource.label}"
    return str(notification.get("messageType") or "a message without a messageType")


def _change_in(notification: Mapping[str, Any]) -> Change | None:
    try:
        message = read_message(notification)
    except Unreadable:  # its function says so, and the queue gives it up
        return None
    match message:
        case Change():
            return message
        case Oversized(change=change):
            return change
        case _:
            return None


def _look_again(reason: str, seconds: float) -> str:
    if reason == NO_CALL_FOUND:
        return f"looked up: CloudTrail does not know the call yet; again in {_minutes(seconds)}"
    return f"looked up: {reason}; again in {_minutes(seconds)}, an earlier call of a person may still arrive"


def _minutes(seconds: float) -> str:
    """`3 min`, `2 min 40 s`, `45 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return " ".join(f"{number} {unit}" for number, unit in ((minutes, "min"), (rest, "s")) if number) or "0 s"


def _object(text: str) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(text))
    except ValueError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
