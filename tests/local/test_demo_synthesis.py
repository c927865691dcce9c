"""The demo finds a Node.js for the CDK, or says what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from manual_change_local.demo import synthesis
from manual_change_local.demo.errors import DemoError
from manual_change_local.demo.synthesis import Synthesis, node_environment


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Node.js of any kind."""
    monkeypatch.delenv("JSII_NODE", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(synthesis, "find_spec", lambda _name: None)


def test_the_callers_own_choice_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSII_NODE is theirs."""
    monkeypatch.setenv("JSII_NODE", "/somewhere/node")

    assert {} == node_environment()


def test_the_wheels_node_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes with the demo, so the machine needs none."""
    monkeypatch.delenv("JSII_NODE", raising=False)
    monkeypatch.setenv("PATH", "")

    assert Path(node_environment()["JSII_NODE"]).is_file()


@pytest.mark.usefixtures("no_node")
def test_the_machines_node_is_the_last_resort(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """jsii finds it on the PATH by itself."""
    node = tmp_path / "node"
    node.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert {} == node_environment()


@pytest.mark.usefixtures("no_node")
def test_without_any_node_the_error_names_the_mend(tmp_path: Path) -> None:
    """One line, before anything is started."""
    with pytest.raises(DemoError, match=r'pip install "manual-change-detector\[demo\]"'):
        Synthesis(tmp_path)


def test_a_synth_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With what the process wrote."""
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with (
        Synthesis(tmp_path) as synthesising,
        pytest.raises(DemoError, match=r"demo\.app failed"),
    ):
        synthesising.assembly()


def test_a_synth_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    """With everything that it started."""
    with Synthesis(tmp_path) as synthesising:
        group = synthesising._process.pid

    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
