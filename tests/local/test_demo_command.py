"""What the demo says when it cannot go on: one line with the mend, and status 1."""

from __future__ import annotations

import os
import signal
from typing import Any, NoReturn

import pytest

from manual_change_local.cli import main
from manual_change_local.cloud import CloudError
from manual_change_local.demo import performance
from manual_change_local.demo.errors import DemoError
from manual_change_local.slack_stand_in import PortTaken


@pytest.fixture(autouse=True)
def a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The command changes its process (environment, signals), which here is the tests' own."""
    environment = dict(os.environ, AWS_PROFILE="mine", AWS_SECRET_ACCESS_KEY="mine")
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(signal, "signal", lambda _number, _handler: None)
    return environment


@pytest.mark.parametrize(
    "error",
    [
        CloudError("port 4566 of 127.0.0.1 is in use; choose another"),
        CloudError("the Python package moto is not installed; pip install 'manual-change-detector[demo]'"),
        DemoError("the CDK needs Node.js, and there is none"),
        PortTaken("the Slack stand-in cannot listen"),
    ],
)
def test_what_can_be_mended_is_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback for a port that is taken or a package that is missing."""

    def cannot(*_: Any, **__: Any) -> NoReturn:
        raise error

    monkeypatch.setattr(performance, "perform", cannot)

    assert (1, f"manual-change: {error}\n") == (main(["demo"]), capsys.readouterr().err)


@pytest.mark.parametrize("status", [0, 1])
def test_the_exit_status_is_the_performances(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """0 only if exactly the owed message arrived."""
    monkeypatch.setattr(performance, "perform", lambda *_, **__: status)

    with pytest.raises(SystemExit) as ended:
        main(["demo"])
    assert status == ended.value.code


def test_the_callers_aws_account_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, a_process_of_its_own: dict[str, str]
) -> None:
    """A profile that does not exist must not break the demo, and one that does must not be used."""
    monkeypatch.setattr(performance, "perform", lambda *_, **__: 0)
    with pytest.raises(SystemExit):
        main(["demo"])

    assert {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull} == {
        name: value for name, value in a_process_of_its_own.items() if name.startswith("AWS_")
    }
