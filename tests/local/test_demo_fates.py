"""What the demo says about a notification follows from what happened in the cloud, in whatever order it is heard of."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.queues import AttributionRequest
from manual_change_local.cloud.observation import (
    FunctionFinished,
    FunctionLogged,
    MessageRedriven,
    MessageSent,
    NotificationFiltered,
)
from manual_change_local.demo.fates import DEAD_LETTER, Fates, Track
from manual_change_local.demo.story import Scene, story
from manual_change_local.slack_stand_in import SlackMessage

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:111122223333:topic"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:changes"
SNAPSHOT, PERSON, *_ = story(now=NOW)


class Told:
    """Fates with what they told the screen."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.troubles: list[str] = []
        self.fates = Fates(on_step=self._step, on_trouble=self.troubles.append)

    def _step(self, _track: Track, step: str) -> None:
        self.steps.append(step)

    @property
    def track(self) -> Track:
        """The one notification."""
        (track,) = self.fates.tracks
        return track


def expecting(scene: Scene) -> tuple[Told, str]:
    told = Told()
    body = json.dumps(scene.notification)
    told.fates.expect(scene, body)
    return told, body


def arrived(body: str) -> MessageSent:
    return MessageSent(queue_arn=QUEUE, message_id="1", body=body, delay=0, source=TOPIC)


def put_off(body: str, *, by: timedelta) -> MessageSent:
    return MessageSent(queue_arn=QUEUE, message_id="2", body=body, delay=by.total_seconds(), source="api")


def logged(scene: Scene, **record: Any) -> FunctionLogged:
    key = scene.change.key if scene.change else None
    return FunctionLogged(function="f", request_id="r", line="", record={"level": "INFO", "change": key, **record})


def in_slack(text: str) -> SlackMessage:
    return SlackMessage(number=1, channel="changes", ts="1.1", through="webhook", payload={"text": text})


def test_a_notification_that_the_subscription_holds_back_is_filtered() -> None:
    """It never reaches a queue."""
    told, body = expecting(SNAPSHOT)
    told.fates(NotificationFiltered(topic_arn=TOPIC, subscription_arn="s", notification_id="n", message=body))

    assert ("filtered", True, None) == (told.track.fate, told.track.settled, told.track.wrong)


def test_a_change_waits_for_its_first_look() -> None:
    """How long is the queue's own delay."""
    told, body = expecting(PERSON)
    assert PERSON.change
    told.fates(arrived(body))
    told.fates(put_off(AttributionRequest(change=PERSON.change).to_body(), by=timedelta(minutes=3)))

    assert ["a change; CloudTrail is asked in 3 min"] == told.steps


def test_a_look_in_vain_says_when_the_next_one_is() -> None:
    """The ladder, as the stage logs it."""
    told, _ = expecting(PERSON)
    told.fates(logged(PERSON, decision="look-again", reason="no-call-found", again_in=300.0))

    assert ["looked up: CloudTrail does not know the call yet; again in 5 min"] == told.steps
    assert (1, False) == (told.track.looks_in_vain, told.track.settled)


@pytest.mark.parametrize(("decision", "fate"), [("drop", "dropped"), ("silent", "silent")])
def test_a_decision_against_a_message_is_a_fate(decision: str, fate: str) -> None:
    """With its reason."""
    told, _ = expecting(PERSON)
    told.fates(logged(PERSON, decision=decision, reason="because"))

    assert (fate, "because", True) == (told.track.fate, told.track.reason, told.track.settled)


@pytest.mark.parametrize("message_first", [False, True])
def test_a_message_settles_its_notification_whichever_is_heard_of_first(message_first: bool) -> None:
    """The log line of the finding and the message in Slack race each other."""
    told, _ = expecting(PERSON)
    decided = logged(PERSON, decision="notify", reason="console-session", verdict="manual", explanation="alice did")
    message = in_slack("web (sg-0a1b2c3d4e5f60718)")
    settled = []
    for happened in (message, decided) if message_first else (decided, message):
        settled.append(told.track.settled)
        if isinstance(happened, SlackMessage):
            told.fates.posted(happened)
        else:
            told.fates(happened)

    assert [False, False] == settled
    assert ("posted", None, True) == (told.track.fate, told.track.wrong, told.fates.wait_until_settled(timeout=0))


def test_a_message_about_something_else_settles_nothing() -> None:
    """It must name the resource."""
    told, _ = expecting(PERSON)
    told.fates.posted(in_slack("app (sg-0d4e5f60718a1b2c3)"))

    assert told.track.fate is None


def test_what_was_told_before_is_not_posted_again() -> None:
    """The same notification, delivered twice."""
    told, _ = expecting(PERSON)
    told.fates(logged(PERSON, decision="notify", reason="console-session"))
    told.fates(logged(PERSON, decision="not-sent", reason="already told"))

    assert ("not posted again: already told", "silent", True) == (told.steps[-1], told.track.fate, told.track.settled)


def test_what_no_function_could_deal_with_is_a_dead_letter() -> None:
    """A fate too, and never the right one."""
    told, body = expecting(PERSON)
    told.fates(arrived(body))
    told.fates(MessageRedriven(queue_arn=QUEUE, dead_letter_queue_arn="d", message_id="1", body=body, receive_count=5))

    assert (DEAD_LETTER, True) == (told.track.fate, told.track.settled)


def test_a_wrong_fate_is_said_with_the_right_one() -> None:
    """What the demo prints when it fails."""
    told, _ = expecting(PERSON)
    told.fates(logged(PERSON, decision="silent", reason="suppressed"))

    assert (
        "EC2 SecurityGroup web (sg-0a1b2c3d4e5f60718): silent (suppressed); it had to be posted (console-session)"
        == told.track.wrong
    )


def test_what_is_still_on_its_way_is_wrong_in_the_end() -> None:
    """Waiting has its limits."""
    told, _ = expecting(PERSON)

    assert not told.fates.wait_until_settled(timeout=0.01)
    assert "still on its way" in str(told.track.wrong)


def test_a_notification_published_by_hand_is_followed_too() -> None:
    """While the cloud is kept."""
    told = Told()
    told.fates(arrived(json.dumps(PERSON.notification)))
    told.fates(logged(PERSON, decision="silent", reason="because"))

    assert ("EC2 SecurityGroup web (sg-0a1b2c3d4e5f60718)", "silent") == (told.track.title, told.track.fate)


def test_a_notification_published_again_is_another_one() -> None:
    """The second may meet another fate than the first."""
    told, body = expecting(PERSON)
    told.fates(arrived(body))
    told.fates(logged(PERSON, decision="silent", reason="first"))
    told.fates(arrived(body))
    told.fates(logged(PERSON, decision="silent", reason="second"))

    assert ["first", "second"] == [track.reason for track in told.fates.tracks]


def test_a_notification_that_nobody_can_read_is_followed_by_its_type() -> None:
    """What cannot be parsed is still shown."""
    told = Told()
    told.fates(arrived('{"messageType": "ConfigurationItemChangeNotification"}'))
    told.fates(arrived("no JSON"))

    titles = [track.title for track in told.fates.tracks]
    assert ["ConfigurationItemChangeNotification", "a message without a messageType"] == titles


def test_each_trouble_is_told_once() -> None:
    """A function that fails at every attempt says the same at each."""
    told = Told()
    for request in ("1", "2"):
        told.fates(
            FunctionFinished(
                function="dispatch",
                request_id=request,
                seconds=0.1,
                error_type="Runtime.ExitError",
                error_message="it died",
                response=None,
            )
        )
    told.fates(
        FunctionLogged(
            function="f",
            request_id="r",
            line="",
            record={"level": "ERROR", "service": "notify", "message": "no", "error": "why"},
        )
    )

    assert ["dispatch failed: Runtime.ExitError: it died", "notify: no: why"] == told.troubles
