"""What people paste into Slack, and into the routes, is what the detector needs."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

from manual_change.domain.routing import Route, read_routes

if TYPE_CHECKING:
    from conftest import Document


def test_the_app_may_post_and_nothing_else(house: Path) -> None:
    """One scope: no reading of channels, no names, no files."""
    manifest = json.loads((house / "docs" / "slack-app-manifest.json").read_text(encoding="utf-8"))

    assert {"bot": ["chat:write"]} == manifest["oauth_config"]["scopes"]


def test_the_documented_routes_are_understood(documents: dict[str, Document]) -> None:
    """All three of them, on both sides: as the construct takes them, and as the function reads them."""
    [app] = documents["docs/slack.md"].blocks("python")
    [listed] = [
        node.value for node in ast.walk(ast.parse(app)) if isinstance(node, ast.keyword) and node.arg == "routes"
    ]
    assert isinstance(listed, ast.List)
    routes = [_route(call) for call in listed.elts]

    assert 3 == len(read_routes(json.dumps([route.to_json() for route in routes])))


def _route(call: ast.expr) -> Route:
    """`Route(channel="C0…", …)`, with values that are written out."""
    assert isinstance(call, ast.Call)
    return Route(**{str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords})
