"""What the documents say is so: links lead somewhere, targets, options, settings and versions exist."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from manual_change import metric_names, settings
from manual_change.domain import policy
from manual_change.domain.policy_document import read_policy
from manual_change_local.cli import COMMANDS

if TYPE_CHECKING:
    from conftest import Document

_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_MAKE = re.compile(r"\bmake (?:[A-Z]+=\S+ )*(?P<target>[a-z][a-z-]*)\b")


@pytest.fixture(scope="module")
def pyproject(house: Path) -> dict[str, Any]:
    """What pyproject.toml says of the project."""
    project: dict[str, Any] = tomllib.loads((house / "pyproject.toml").read_text())["project"]
    return project


@pytest.fixture(scope="module")
def architecture(documents: dict[str, Document]) -> Document:
    """What there is, and how it works together."""
    return documents["docs/architecture.md"]


def code_in(document: Document) -> str:
    """Everything in a document that is spelled as code."""
    return "\n".join(re.findall(r"`([^`\n]+)`", document.prose))


def test_every_link_inside_the_project_leads_somewhere(documents: dict[str, Document]) -> None:
    """To a file that is there and, behind a `#`, to a heading in it."""
    broken = []
    for document in documents.values():
        for link in _LINK.finditer(document.prose):
            target, _, anchor = link["target"].partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            place = (document.path.parent / target).resolve() if target else document.path
            other = next((each for each in documents.values() if each.path == place), None)
            if not place.exists() or (anchor and (other is None or anchor not in other.anchors)):
                broken.append(f"{document.name}: {link['target']}")

    assert [] == broken


def test_every_document_is_reached_from_the_readme(documents: dict[str, Document]) -> None:
    """What nobody can find is not documented. A recorded case's page stands beside its inputs and is read there."""
    recorded_cases = {name for name in documents if name.startswith("tests/cases/")}
    reached, waiting = set(recorded_cases), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in documents:
            continue
        reached.add(name)
        here = documents[name]
        for link in _LINK.finditer(here.prose):
            place = (here.path.parent / link["target"].partition("#")[0]).resolve()
            waiting += [other.name for other in documents.values() if other.path == place]

    assert set() == documents.keys() - reached


def test_every_make_target_that_is_named_exists(documents: dict[str, Document], house: Path) -> None:
    """`make demo` in a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", (house / "Makefile").read_text(), re.MULTILINE))
    named = {
        (document.name, each["target"])
        for document in documents.values()
        for code in [*re.findall(r"`([^`\n]+)`", document.prose), *document.blocks("sh")]
        for each in _MAKE.finditer(code)
    }

    assert ("README.md", "demo") in named
    assert set() == {(name, target) for name, target in named if target not in targets}


def test_make_help_lists_every_target(house: Path) -> None:
    """Whatever people may call has a line of its own."""
    makefile = (house / "Makefile").read_text()
    [phony] = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)

    assert set(phony.split()) == set(re.findall(r"^([a-z][a-z-]*):.*## ", makefile, re.MULTILINE))


def command_lines(document: Document) -> Iterator[list[str]]:
    """Each call of `manual-change` in the shell blocks of a document, as words; continued lines are joined."""
    for block in document.blocks("sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0].rpartition("/")[2] == "manual-change":
                yield words[1:]


def test_every_command_line_in_the_documents_is_understood(documents: dict[str, Document]) -> None:
    """Each subcommand exists and takes the options that it is given."""
    tried = 0
    for document in documents.values():
        for name, *arguments in command_lines(document):
            assert name in COMMANDS, f"{document.name}: manual-change {name}"
            command: click.Command = import_module(f"manual_change_local.commands.{name.replace('-', '_')}").command
            while isinstance(command, click.Group):
                command = command.commands[arguments.pop(0)]
            with click.Context(command) as context:
                command.make_parser(context).parse_args(arguments)
            tried += 1

    assert tried


def test_every_subcommand_is_documented(documents: dict[str, Document]) -> None:
    """With an example that people can copy."""
    named = {words[0] for document in documents.values() for words in command_lines(document)}

    assert set(COMMANDS) == named


def test_the_versions_of_python_are_the_same_everywhere(pyproject: dict[str, Any], house: Path) -> None:
    """What the classifiers promise, the workflow tries, and the lowest is required."""
    classified = [
        version
        for classifier in pyproject["classifiers"]
        if (version := classifier.rpartition(" :: ")[2]) and re.fullmatch(r"3\.\d+", version)
    ]
    [tried] = re.findall(r"^ +python: (\[.+\])$", (house / ".github/workflows/test.yml").read_text(), re.MULTILINE)

    assert classified == json.loads(tried)
    assert f">={classified[0]}" == pyproject["requires-python"]


def test_the_changelog_has_an_entry_for_the_version(pyproject: dict[str, Any], documents: dict[str, Document]) -> None:
    """A release that tells nobody what changed is none."""
    assert f"## [{pyproject['version']}]" in documents["CHANGELOG.md"].text


@pytest.mark.parametrize("stage", [settings.DispatchSettings, settings.AttributeSettings, settings.NotifySettings])
def test_every_setting_is_documented(stage: type[Any], architecture: Document) -> None:
    """docs/architecture.md names each environment variable of each stage."""
    variables = {settings.PREFIX + field.name.upper() for field in dataclasses.fields(stage)}

    assert set() == variables - set(code_in(architecture).split("\n"))


def test_every_metric_is_documented(architecture: Document) -> None:
    """By the name under which CloudWatch shows it."""
    names = {
        value
        for name, value in vars(metric_names).items()
        if name.isupper() and isinstance(value, str) and value[:1].isupper()
    }

    assert set() == names - set(code_in(architecture).split("\n"))


def test_every_policy_in_the_documents_is_valid(documents: dict[str, Document]) -> None:
    """What people copy from docs/policy.md is accepted."""
    policies = [
        block
        for name in ("docs/policy.md", "README.md")
        for block in documents[name].blocks("json")
        if '"version": 1' in block
    ]

    for text in policies:
        read_policy(text)

    assert policies


@pytest.mark.parametrize(
    "part",
    [policy.Policy, policy.TrustedPrincipal, policy.AlwaysNotify, policy.Suppression, policy.MaintenanceWindow],
)
def test_every_field_of_the_policy_is_documented(part: type[Any], documents: dict[str, Document]) -> None:
    """docs/policy.md names each."""
    fields = {field.name for field in dataclasses.fields(part)}

    assert set() == fields - set(code_in(documents["docs/policy.md"]).split("\n"))
