"""Every reason code that the code gives is in the glossary and in docs/judgement.md, and the other way round."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from manual_change.domain import reasons
from manual_change.domain.finding import DROP, NOTIFY, SILENT
from manual_change.domain.reasons import REASONS

DECISIONS = frozenset({DROP, NOTIFY, SILENT})
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
MEANINGS = {
    "No change at all": reasons.NO_CHANGE,
    "Manual": reasons.MANUAL,
    "Automated": reasons.AUTOMATED,
    "Silenced": reasons.SILENCED,
    "Unattributed": reasons.UNATTRIBUTED,
    "Calls that waited": reasons.WAITED,
    "Quarantined": reasons.QUARANTINE,
}


def modules_that_decide(house: Path) -> Iterator[ModuleType]:
    """The domain without its glossary, and the handlers."""
    for room in ("domain", "handlers"):
        for path in sorted((house / "lambda_src/manual_change" / room).glob("*.py")):
            if path.stem not in ("__init__", "reasons"):
                yield import_module(f"manual_change.{room}.{path.stem}")


def codes_given_by(module: ModuleType) -> set[str]:
    """The strings that stand, in a module's source, where a reason does.

    That is: in the place of a field `reason` in a call, by keyword or by position, spelled out or by the name of a
    constant; as the first of a pair of a code and a sentence; and as the second in a row, after a decision.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and not _is_log_line(module, node):
            given = next((each.value for each in node.keywords if each.arg == "reason"), None)
            position = _place_of_reason(module, node.func)
            if given is None and position is not None and position < len(node.args):
                given = node.args[position]
            found |= _texts(module, given)
        elif isinstance(node, ast.Tuple) and len(node.elts) >= 2:
            first, second, *more = node.elts
            if not more and _is_sentence(second):
                found |= _texts(module, first)
            elif _texts(module, first) & DECISIONS:
                found |= _texts(module, second)
    return {text for text in found if CODE.fullmatch(text)}


def _is_log_line(module: ModuleType, call: ast.Call) -> bool:
    """Whether the call logs something that is no decision about a change: `decided("look-again", reason=…)`."""
    logs = isinstance(call.func, ast.Attribute) and call.func.attr == "decided"
    return logs and not _texts(module, call.args[0]) & DECISIONS


def _place_of_reason(module: ModuleType, called: ast.expr) -> int | None:
    """The position of the field `reason` in what is called, where that is a class of this code."""
    named = getattr(module, called.id, None) if isinstance(called, ast.Name) else None
    if not inspect.isclass(named) or not named.__module__.startswith("manual_change."):
        return None
    fields = list(inspect.get_annotations(named))
    return fields.index("reason") if "reason" in fields else None


def _texts(module: ModuleType, node: ast.expr | None) -> set[str]:
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.Name(id=name) if isinstance(getattr(module, name, None), str):
            return {getattr(module, name)}
        case ast.IfExp(body=body, orelse=other):
            return _texts(module, body) | _texts(module, other)
        case _:
            return set()


def _is_sentence(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    )


def test_the_glossary_holds_every_code_that_is_given_and_no_other(house: Path) -> None:
    """A code without a meaning, and a meaning without a code, are both mistakes."""
    given: set[str] = set().union(*(codes_given_by(module) for module in modules_that_decide(house)))

    assert set(REASONS) == given


def test_a_code_stands_in_one_table_of_the_glossary() -> None:
    """Otherwise one of its meanings would be lost."""
    assert len(REASONS) == sum(len(table) for table in MEANINGS.values())


@pytest.mark.parametrize("title", MEANINGS)
def test_the_document_explains_each_code_with_the_glossarys_meaning(title: str, house: Path) -> None:
    """docs/judgement.md: one row a code, below the heading of its table, with an example."""
    text = (house / "docs/judgement.md").read_text(encoding="utf-8")
    section = text.split(f"\n### {title}\n")[1].split("\n#")[0]
    rows = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in section.splitlines() if "| `" in row]

    assert dict(MEANINGS[title]) == {code.strip("|` "): meaning for code, meaning, _ in rows}
    assert all(example for *_, example in rows)
