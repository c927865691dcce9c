"""The locks: everything pinned with its hashes, and nothing about where it was fetched from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

LOCKS = ("requirements-dev.lock", "requirements-bootstrap.lock")

_REQUIREMENT = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]*)(\[[\w,-]+\])?==(?P<version>\S+)(?: ; (?P<marker>[^\\]+?))?")


def requirements(lock: Path) -> list[tuple[str, list[str]]]:
    """Each entry of a lock and its hashes; continued lines are joined."""
    entries = lock.read_text().replace("\\\n", " ").splitlines()
    split = ([part.strip() for part in entry.split("--hash=")] for entry in entries if entry.strip())
    return [(head, hashes) for head, *hashes in split]


@pytest.fixture(scope="module")
def pinned(house: Path) -> dict[str, set[str]]:
    """The versions that the development lock pins, by name; more than one where Pythons differ."""
    found: dict[str, set[str]] = {}
    for head, _ in requirements(house / "requirements-dev.lock"):
        matched = _REQUIREMENT.fullmatch(head)
        assert matched is not None, head
        found.setdefault(matched["name"], set()).add(matched["version"])
    return found


@pytest.fixture(scope="module")
def pyproject(house: Path) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((house / "pyproject.toml").read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_with_hashes(lock: str, house: Path) -> None:
    """What is installed is what was locked, to the byte."""
    entries = requirements(house / lock)
    loose = [
        head
        for head, hashes in entries
        if not _REQUIREMENT.fullmatch(head)
        or not hashes
        or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)
    ]

    assert entries
    assert [] == loose


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str, house: Path) -> None:
    """Where packages come from is the installer's business: a mirror works as well as the index."""
    assert not re.search(r"://|--(extra-)?index-url|--find-links| @ |^-", (house / lock).read_text(), re.MULTILINE)


def test_the_lock_of_the_cdk_command_line_pins_without_addresses(house: Path) -> None:
    """npm checks the integrity of what it fetches, from wherever."""
    packages = json.loads((house / "tools/cdk-cli/package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}

    assert all(package["integrity"].startswith("sha512-") for package in installed.values())
    assert not any("resolved" in package for package in installed.values())


def test_the_lock_holds_what_pyproject_asks_for_by_version(
    pinned: dict[str, set[str]], pyproject: dict[str, Any]
) -> None:
    """moto, the CDK and the tools that judge the code are the ones that were tried."""
    asked = [*pyproject["project"]["optional-dependencies"]["demo"], *pyproject["dependency-groups"]["dev"]]
    exact = dict(re.sub(r"\[.*\]", "", each).split("==") for each in asked if "==" in each)

    assert {name: {version} for name, version in exact.items()} == {name: pinned[name] for name in exact}


def test_the_lock_holds_every_dependency(pinned: dict[str, set[str]], pyproject: dict[str, Any]) -> None:
    """One that was added to pyproject.toml and not locked would be missing on every other machine."""
    asked = [
        *pyproject["project"]["dependencies"],
        *pyproject["project"]["optional-dependencies"]["demo"],
        *pyproject["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[\[<>=!~ ;]", each)[0].lower() for each in asked}

    assert set() == names - pinned.keys()


def test_the_bootstrap_installs_the_uv_that_the_lock_holds(pinned: dict[str, set[str]], house: Path) -> None:
    """One uv sets up the environment and is in it."""
    [(head, _)] = requirements(house / "requirements-bootstrap.lock")

    assert {head} == {f"uv=={version}" for version in pinned["uv"]}
