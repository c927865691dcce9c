"""What people paste into Slack, and into the routes, is what the detector needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from manual_change.domain.routing import read_routes

if TYPE_CHECKING:
    from conftest import Document


def test_the_app_may_post_and_nothing_else(house: Path) -> None:
    """One scope: no reading of channels, no names, no files."""
    manifest = json.loads((house / "docs" / "slack-app-manifest.json").read_text(encoding="utf-8"))

    assert {"bot": ["chat:write"]} == manifest["oauth_config"]["scopes"]


def test_the_documented_routes_are_understood(documents: dict[str, Document]) -> None:
    """All three of them."""
    [routes] = documents["docs/slack.md"].blocks("json")

    assert 3 == len(read_routes(routes))
