"""The Lambda asset: what the handlers need, staged from what is installed.

The asset holds the package `manual_change` and the files of its pure-Python dependencies as they are installed beside
it. No Docker, no network; a checkout and an installed wheel with the same dependencies give the same content, and the
CDK derives the asset's hash from the content alone.
"""

from __future__ import annotations

import atexit
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Final

from aws_cdk import aws_lambda as lambda_

import manual_change

RUNTIME: Final = lambda_.Runtime("python3.14", lambda_.RuntimeFamily.PYTHON)
"""Spelled out, because `Runtime.PYTHON_3_14` would ask for a newer aws-cdk-lib than anything else here does."""

ARCHITECTURE: Final = lambda_.Architecture.ARM_64

REQUIREMENTS: Final = ("aws-lambda-powertools", "slack-sdk")
"""The distributions that `manual_change` imports. Boto3 and what it brings come with the Lambda runtime."""

PROVIDED_BY_LAMBDA: Final = frozenset({"boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six"})

_COMPILED: Final = frozenset({".so", ".pyd", ".dylib", ".dll"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class RuntimeAssetError(RuntimeError):
    """The Lambda asset cannot be staged from what is installed; the message names the distribution and the mend."""


def lambda_code() -> lambda_.Code:
    """The code of every stage, for one stack (the CDK ties a `Code` to the stack that uses it first)."""
    return lambda_.Code.from_asset(str(_staged()))


@cache
def _staged() -> Path:
    """Staged once in a process and removed when it ends: the CDK copies it into each cloud assembly at once."""
    folder = Path(mkdtemp(prefix="manual-change-runtime-"))
    atexit.register(shutil.rmtree, folder)
    for source, target in asset_files():
        copy = folder / target
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    return folder


def asset_files(requirements: Sequence[str] = REQUIREMENTS) -> Iterator[tuple[Path, PurePosixPath]]:
    """Each file of the asset: where it is installed, and its path in the asset.

    Args:
        requirements: the distributions that go with the package; what they require goes too.

    Raises:
        RuntimeAssetError: a dependency is not installed, lists no files, or is not pure Python.
    """
    package = Path(manual_change.__path__[0])
    for source in sorted(package.rglob("*.py")):
        yield source, PurePosixPath("manual_change", *source.relative_to(package).parts)
    for needed in sorted(_closure(requirements)):
        yield from _files_of(distribution(needed))


def _closure(requirements: Sequence[str]) -> set[str]:
    """The distributions needed, their own requirements included, by normalised name."""
    found: set[str] = set()
    waiting = [(_normalised(name), "manual-change-detector") for name in requirements]
    while waiting:
        name, wanted_by = waiting.pop()
        if name in found or name in PROVIDED_BY_LAMBDA:
            continue
        if not _installed(name):
            raise RuntimeAssetError(
                f"{wanted_by} needs {name} in the Lambda asset, and {sys.executable} does not have it; "
                f"install it there: pip install {name}"
            )
        found.add(name)
        waiting.extend((needed, name) for needed in _required_by(distribution(name)))
    return found


def _required_by(installed: Distribution) -> Iterator[str]:
    """What a distribution cannot do without. An extra is nothing of that kind; what is for other Pythons or platforms
    (the condition after the semicolon) counts if it is installed."""
    for requirement in installed.requires or ():
        named, _, condition = requirement.partition(";")
        matched = _NAME.match(named.strip())
        if matched is None or "extra" in condition:
            continue
        name = _normalised(matched[0])
        if not condition.strip() or _installed(name):
            yield name


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _files_of(installed: Distribution) -> Iterator[tuple[Path, PurePosixPath]]:
    name = installed.metadata["Name"]
    listed = [file for file in installed.files or () if not file.parts[0].endswith((".dist-info", ".egg-info", ".pth"))]
    modules = [file for file in listed if file.suffix == ".py" and ".." not in file.parts]
    compiled = [file for file in listed if file.suffix in _COMPILED]
    if compiled:
        raise RuntimeAssetError(
            f"{name} {installed.version} is not pure Python: {compiled[0]} is built for this machine and would not run "
            f"in Lambda ({ARCHITECTURE.name}); install its pure-Python wheel"
        )
    if not modules:
        raise RuntimeAssetError(
            f"{name} {installed.version} lists no Python files, as an editable installation does; "
            f"install it as a wheel: pip install {name}"
        )
    for file in sorted(modules):
        yield Path(str(installed.locate_file(file))), PurePosixPath(*file.parts)
