"""Clock, credentials, trace headers, the journal, and who may touch moto."""

from __future__ import annotations

import ast
import logging
import threading
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import manual_change_local.cloud
from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.credentials import access_key_of, account_of
from manual_change_local.cloud.event_shape import event_of
from manual_change_local.cloud.function import request_id_of, trace_id
from manual_change_local.cloud.journal import Journal
from manual_change_local.cloud.observation import DeliveryFailed, FunctionStarted, Observation, ServerFailed
from manual_change_local.cloud.resource_types.contract import Deployed, Replaced, Wanted

CLOUD = Path(manual_change_local.cloud.__file__).parent


def a_start(pid: int = 1) -> FunctionStarted:
    """Something that happened."""
    return FunctionStarted(function="f", pid=pid)


def test_a_timer_is_as_fast_as_the_clock() -> None:
    """Seconds and timedeltas alike."""
    assert (3.0, 3.0) == (Clock(60).seconds(180), Clock(60).seconds(timedelta(minutes=3)))


@pytest.mark.parametrize("scale", [0, -1])
def test_a_clock_that_does_not_go_forward_is_refused(scale: float) -> None:
    """The error says what would be right."""
    with pytest.raises(ValueError, match="must be positive"):
        Clock(scale)


def test_an_access_key_says_its_account() -> None:
    """And has as many characters as AWS's, which is what moto looks for."""
    key = access_key_of("111122223333")

    assert (20, "111122223333", None) == (len(key), account_of(key), account_of("AKIAIOSFODNN7EXAMPLE"))


def test_a_trace_header_leads_back_to_the_invocation() -> None:
    """Whatever else it carries."""
    request_id = str(uuid.uuid4())

    assert request_id == request_id_of(trace_id(request_id))
    assert None is request_id_of("Root=1-nonsense")
    assert None is request_id_of("")


def test_an_observation_can_be_waited_for() -> None:
    """Whether it lies in the past or comes later."""
    journal = Journal()
    journal(a_start(1))
    timer = threading.Timer(0.05, lambda: journal(a_start(2)))
    timer.start()

    found = journal.wait_for(FunctionStarted, lambda started: started.pid == 2, timeout=5)

    timer.join()
    assert a_start(2) == found


def test_what_does_not_come_is_an_error_that_tells_what_came() -> None:
    """So that a failing test explains itself."""
    journal = Journal()
    journal(a_start(77))

    with pytest.raises(TimeoutError, match=r"no such DeliveryFailed within 0\.01 s(?s:.*)pid=77"):
        journal.wait_for(DeliveryFailed, timeout=0.01)


def test_an_observer_that_fails_is_logged_and_the_others_hear(caplog: pytest.LogCaptureFixture) -> None:
    """And it hears of the next thing again."""
    journal = Journal()
    heard: list[Observation] = []

    def fail(_: Observation) -> None:
        raise ValueError("mine")

    journal.subscribe(fail)
    journal.subscribe(heard.append)

    with caplog.at_level(logging.ERROR):
        journal(a_start(1))
        journal(a_start(2))
        assert journal.catch_up()

    assert [a_start(1), a_start(2)] == heard
    assert 2 == len(caplog.records)


@pytest.mark.parametrize(
    ("identity", "username"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "root"),
        ({"type": "IAMUser", "userName": "bob"}, "bob"),
        ({"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Admin/alice"}, "alice"),
        ({"type": "AWSService", "invokedBy": "config.amazonaws.com"}, "config.amazonaws.com"),
        ({"type": "AWSAccount", "accountId": "1"}, None),
    ],
)
def test_the_user_name_depends_on_the_identity(identity: dict[str, Any], username: str | None) -> None:
    """As Event history shows it."""
    record = {
        "eventID": "e",
        "eventName": "n",
        "eventTime": "2026-11-22T12:00:00Z",
        "eventSource": "s",
        "recipientAccountId": "1",
        "awsRegion": "r",
        "userIdentity": identity,
    }

    assert username == event_of(record).get("Username")


@pytest.mark.xdist_group("cloud")
def test_a_call_that_brings_moto_down_is_answered_and_observed(cloud: Any) -> None:
    """The caller sees InternalFailure at once, the journal has the trace."""
    with pytest.raises(ClientError, match=r"InternalFailure.*NotImplementedError"):
        cloud.client("cloudtrail").list_channels()

    (failure,) = cloud.journal.of(ServerFailed)
    assert "ListChannels" in failure.request


def test_a_type_that_cannot_be_deleted_is_no_type() -> None:
    """Whoever forgets it hears of it when the module is imported, not when a stack is destroyed."""

    class Forgetful(Replaced):
        def create(self, wanted: Wanted) -> Deployed:
            return wanted.as_deployed("made")

    with pytest.raises(TypeError, match=r"abstract method '?delete"):
        Forgetful()  # type: ignore[abstract]


def test_only_seams_touch_moto() -> None:
    """One room to look at when moto changes."""
    touching = {
        path.relative_to(CLOUD).parts[0]
        for path in CLOUD.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"moto", "werkzeug", "flask"})
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "moto" for name in node.names))
    }

    assert {"seams"} == touching
