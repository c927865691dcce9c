"""The house stands as it is meant to: source roots, packages, what is public."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGES = ("constructs/manual_change_detector", "lambda_src/manual_change", "local/manual_change_local")


def test_constructs_is_a_folder_and_no_package(house: Path) -> None:
    """With an `__init__.py` it would shadow the library `constructs`, and the CDK could not be imported."""
    assert not (house / "constructs" / "__init__.py").exists()


def test_every_package_says_that_it_is_typed(house: Path) -> None:
    """Type checkers look at a package's own types only where `py.typed` stands beside them."""
    assert set(PACKAGES) == {typed.parent.relative_to(house).as_posix() for typed in house.glob("*/*/py.typed")}


def test_the_public_api_is_named(house: Path) -> None:
    """`manual_change_detector` is imports and `__all__`, and the two agree, in the order of the alphabet."""
    module = ast.parse((house / PACKAGES[0] / "__init__.py").read_text())
    imported = [name.name for node in module.body if isinstance(node, ast.ImportFrom) for name in node.names]
    [listed] = [ast.literal_eval(node.value) for node in module.body if isinstance(node, ast.Assign)]

    assert sorted(imported) == listed
    assert {ast.Expr, ast.ImportFrom, ast.Assign} == {type(node) for node in module.body}


def test_every_module_says_what_is_true_of_it(house: Path) -> None:
    """A docstring at the top of each."""
    silent = [
        module.relative_to(house).as_posix()
        for root in ("constructs", "lambda_src", "local", "tests", "bench")
        for module in (house / root).rglob("*.py")
        if not ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    ]

    assert [] == silent


def test_nothing_is_called_after_nothing(house: Path) -> None:
    """`utils` and its like say where code was put, not what it is."""
    vague = re.compile(r"(utils?|helpers?|common|misc|managers?)(\.py)?")
    found = [
        path.relative_to(house).as_posix()
        for root in ("constructs", "lambda_src", "local", "tests", "bench")
        for path in (house / root).rglob("*")
        if vague.fullmatch(path.name)
    ]

    assert [] == found


def test_no_file_knows_the_machine_that_it_was_written_on(project_files: list[Path], house: Path) -> None:
    """A path below somebody's home works for that somebody."""
    home = re.compile(rb"(?<![\w.:/-])/(?:home|root|Users|work)/[\w.]")
    found = [
        path.relative_to(house).as_posix()
        for path in project_files
        if path.suffix != ".png" and home.search(path.read_bytes())
    ]

    assert [] == found
