"""Who may import what: the table of the house (docs/architecture.md, "Rooms")."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

IMPURE = frozenset(
    "asyncio concurrent ftplib getpass glob http io locale logging multiprocessing os pathlib platform random secrets"
    " select shutil signal smtplib socket socketserver sqlite3 ssl subprocess sys tempfile threading time"
    " urllib.request uuid".split()
)
"""Standard library that reads the clock, the machine, the network or chance."""


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of modules and what they may import besides the standard library."""

    folder: str
    may: tuple[str, ...]
    stub: tuple[str, ...] = ()
    """For types only, below `if TYPE_CHECKING`."""
    never: frozenset[str] = frozenset()
    """Of the standard library."""


ROOMS = {
    "manual_change.domain": Room("lambda_src/manual_change/domain", ("manual_change.domain",), never=IMPURE),
    "manual_change.settings": Room("lambda_src/manual_change/settings.py", ()),
    "manual_change.metric_names": Room("lambda_src/manual_change/metric_names.py", ()),
    "manual_change.adapters": Room(
        "lambda_src/manual_change/adapters",
        ("manual_change.domain", "manual_change.adapters", "boto3", "botocore", "slack_sdk", "aws_lambda_powertools"),
        stub=("mypy_boto3_",),
    ),
    "manual_change.handlers": Room(
        "lambda_src/manual_change/handlers",
        (
            "manual_change.domain",
            "manual_change.adapters",
            "manual_change.handlers",
            "manual_change.settings",
            "manual_change.metric_names",
            "aws_lambda_powertools",
            "boto3",  # handlers make the clients that adapters work with
            "botocore.config",
            "botocore.exceptions",
        ),
        stub=("mypy_boto3_",),
    ),
    "manual_change_detector": Room(
        "constructs/manual_change_detector",
        (
            "manual_change_detector",
            "aws_cdk",
            "constructs",
            "manual_change.settings",
            "manual_change.metric_names",
            "manual_change.domain.heartbeat",
            "manual_change.domain.origin",
            "manual_change.domain.partition",
            "manual_change.domain.policy",
            "manual_change.domain.policy_document",
            "manual_change.domain.presets",
            "manual_change.domain.principal_check",
            "manual_change.domain.routing",
            "manual_change.domain.notification",
        ),
    ),
    "manual_change_local": Room(
        "local/manual_change_local",
        (
            "manual_change",
            "manual_change_local",
            "boto3",
            "botocore",
            "click",
            "flask",
            "moto",
            "orjson",
            "rich",
            "werkzeug",
        ),
        stub=("mypy_boto3_",),
    ),
}

EXCEPTIONS = {
    # the package's own path, which the asset is staged from
    "constructs/manual_change_detector/runtime.py": ("manual_change",),
    # the demos' apps, each synthesised in a process of its own
    "local/manual_change_local/demo/app.py": ("aws_cdk", "manual_change_detector"),
    "local/manual_change_local/demo_org/app.py": ("aws_cdk", "manual_change_detector"),
}


PACKAGES = ("constructs", "manual_change", "manual_change.domain")
"""What is imported from these are modules."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement's module."""

    module: str
    line: int
    for_types: bool


def imports_of(source: str) -> Iterator[Import]:
    """What a module imports, wherever in it; `from a import b` is an import of `a`, or of the module `a.b`."""

    def visit(node: ast.AST, for_types: bool) -> Iterator[Import]:
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body, orelse=rest):
                for child in body:
                    yield from visit(child, True)
                for child in rest:
                    yield from visit(child, for_types)
            case ast.Import(names=names):
                yield from (Import(name.name, node.lineno, for_types) for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0) if module in PACKAGES:
                yield from (Import(f"{module}.{name.name}", node.lineno, for_types) for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield Import(module, node.lineno, for_types)
            case ast.ImportFrom():
                yield Import("." * node.level + (node.module or ""), node.lineno, for_types)
            case _:
                for child in ast.iter_child_nodes(node):
                    yield from visit(child, for_types)

    return visit(ast.parse(source), False)


def within(module: str, names: tuple[str, ...]) -> bool:
    """Whether the module is one of these, or inside one."""
    return any(module == name or module.startswith(f"{name}.") for name in names)


def forbidden(source: str, room: Room, exceptions: tuple[str, ...] = ()) -> list[str]:
    """The imports of a module that its room does not allow, each with its line."""
    found = []
    for imported in imports_of(source):
        module = imported.module
        if module.split(".")[0] in sys.stdlib_module_names:
            allowed = not within(module, tuple(room.never))
        else:
            allowed = (
                within(module, room.may)
                or module in exceptions
                or (imported.for_types and module.startswith(room.stub or ("\0",)))
            )
        if not allowed:
            found.append(f"line {imported.line}: {module}")
    return found


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_only_what_it_may(name: str, house: Path) -> None:
    """The domain is pure, the handlers know no construct, the construct knows no handler."""
    room = ROOMS[name]
    place = house / room.folder
    modules = [place] if place.is_file() else sorted(place.rglob("*.py"))

    trespasses = {
        where: found
        for module in modules
        if (where := module.relative_to(house).as_posix())
        and (found := forbidden(module.read_text(encoding="utf-8"), room, EXCEPTIONS.get(where, ())))
    }

    assert modules
    assert {} == trespasses


def test_every_module_stands_in_a_room(house: Path) -> None:
    """A new folder or module says here what it may import; a package's `__init__` only describes it."""
    rooms = [house / room.folder for room in ROOMS.values()]
    strays = [
        module.relative_to(house).as_posix()
        for root in ("constructs", "lambda_src", "local")
        for module in (house / root).rglob("*.py")
        if not any(module == place or place in module.parents for place in rooms)
        and list(imports_of(module.read_text(encoding="utf-8")))
    ]

    assert [] == strays


@pytest.mark.parametrize("module", ["os", "logging", "urllib.request", "boto3", "manual_change.adapters.queues"])
def test_the_domain_may_not_reach_outside(module: str) -> None:
    """What this test looks for, it finds: also in a function, also for types."""
    source = f"def now():\n    import {module}\n"

    assert [f"line 2: {module}"] == forbidden(source, ROOMS["manual_change.domain"])


@pytest.mark.parametrize("clock", ["now", "utcnow", "today"])
def test_the_domain_never_asks_what_time_it_is(clock: str, house: Path) -> None:
    """Times come in with what is judged, so that a replay is repeatable."""
    asked = [
        f"{module.name}, line {node.lineno}"
        for module in (house / ROOMS["manual_change.domain"].folder).rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == clock
    ]

    assert [] == asked
