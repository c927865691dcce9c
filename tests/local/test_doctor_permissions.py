"""What the doctor may need: the document's policy is the list, and the list is what is called."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from manual_change_local.doctor.looks import ACTIONS


@pytest.fixture(scope="module")
def house() -> Path:
    """The root of the project."""
    return Path(__file__).parents[2]


def test_the_policy_of_the_document_is_what_is_called(house: Path) -> None:
    """No more, and no less."""
    document = (house / "docs/doctor.md").read_text(encoding="utf-8")
    [policy] = re.findall(r"```json\n(.*?)```", document, re.DOTALL)

    assert list(ACTIONS) == json.loads(policy)["Statement"][0]["Action"]


def test_every_call_that_is_made_is_on_the_list(house: Path) -> None:
    """The code's calls of boto3 clients, by their names; and what is told as unseen, by its action."""
    looks = sorted((house / "local/manual_change_local/doctor/looks").glob("*.py"))
    source = "\n".join(module.read_text(encoding="utf-8").replace("from __future__", "# from") for module in looks)
    verbs = ("get_", "list_", "describe_")
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith(verbs)
    } - {"get_paginator"}
    paged = set(re.findall(r'get_paginator\("(\w+)"\)', source))
    told = set(re.findall(r'asked\(\s*"(\w+:\w+)"', source))

    outside = {"sts:GetCallerIdentity", "secretsmanager:GetSecretValue"}  # the first look of all, and `--slack`
    named = {action.split(":")[1] for action in ACTIONS} - {"GetSecretValue"}
    assert named == {name.title().replace("_", "") for name in called | paged}
    assert set(ACTIONS) == told | outside
