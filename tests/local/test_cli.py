"""The command line's frame: help at once, one clear line for a mistake, the right exit status."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import click
import pytest

from manual_change_local.cli import COMMANDS, main


def test_the_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    """One source: pyproject.toml."""
    status = main(["--version"])

    assert (0, f"manual-change {version('manual-change-detector')}\n") == (status, capsys.readouterr().out)


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with a line of its own."""
    main(["--help"])
    said = capsys.readouterr().out

    assert list(COMMANDS) == [name for name in COMMANDS if re.search(rf"^  {name}  +\w", said, re.MULTILINE)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists(name: str) -> None:
    """A typo in the table fails here, not at somebody's prompt."""
    command = import_module(f"manual_change_local.commands.{name.replace('-', '_')}").command

    assert isinstance(command, click.Command)
    assert command.name == name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What it does and takes."""
    assert 0 == main([name, "--help"])
    assert capsys.readouterr().out.startswith(f"Usage: manual-change {name} [OPTIONS]")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["demo", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """It is there at once: no AWS, no CDK, no terminal library."""
    program = (
        "import sys; from manual_change_local.cli import main; main(sys.argv[1:]); "
        "print([name for name in ('aws_cdk', 'boto3', 'moto', 'rich', 'slack_sdk') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)

    assert "[]" == run.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["demmo"], "manual-change: No such command 'demmo'."),
        (["--loud"], "manual-change: No such option '--loud'."),
        (["demo", "--loud"], "manual-change demo: No such option '--loud'."),
        (["demo", "--port", "70000"], "manual-change demo: Invalid value for '--port': 70000 is not in the range"),
        (["demo", "--speed", "0"], "manual-change demo: Invalid value for '--speed': 0.0 is not in the range"),
        (["demo", "extra"], "manual-change demo: Got unexpected extra argument (extra)"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, with the command that was meant."""
    status = main(arguments)
    out, err = capsys.readouterr()

    assert (2, "", 1) == (status, out, err.count("\n"))
    assert err.startswith(said)


def test_without_a_command_the_help_is_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """And the status says that something was missing."""
    status = main([])

    assert 2 == status
    assert capsys.readouterr().err.startswith("Usage: manual-change")
