"""Which findings share a message: those of one session, close in time; in a storm all of them.

One call makes several items (an instance, its volume, its network interface), and one person clicks several times. Both
are one act to those who read about it. A call belongs to one session, so the session is what findings are grouped by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from manual_change.domain.finding import Finding
from manual_change.domain.severity import severity

CLOSE: Final = timedelta(minutes=15)
"""Findings of one session further apart than this do not share a message: they were delivered together by chance."""

STORM: Final = 5
"""More messages than this at once are a storm: nobody reads them, and Slack takes one a second."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

Group = tuple[Finding, ...]
"""Findings that share a message, the worst first."""


def session_of(finding: Finding) -> str | None:
    """Whose session made the change; None where nobody is known."""
    actor = finding.actor
    if actor is None:
        return None
    where = finding.account or ""  # a message names one account
    return "|".join((where if finding.change else f"calls/{where}", actor.principal or f"{actor.kind}/{actor.name}"))


def happened_at(finding: Finding) -> datetime:
    """When the leading call was made, or the change captured."""
    if finding.calls:
        return finding.calls[0].event_time
    return finding.change.captured_at if finding.change else _NEVER


def groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """The findings as they share messages, the worst group first; one group of all where they would be a storm."""
    told = _by_session(findings)
    if len(told) > STORM:
        told = [[finding for group in told for finding in group]]
    return tuple(sorted((worst_first(group) for group in told), key=_order))


def _by_session(findings: Iterable[Finding]) -> list[list[Finding]]:
    by_session: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_session[session_of(finding) or finding.id].append(finding)
    return [group for session in by_session.values() for group in _close_together(session)]


def _close_together(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Cut where nothing happened for a while."""
    ordered = sorted(findings, key=happened_at)
    cut = [ordered[:1]]
    for finding in ordered[1:]:
        if happened_at(finding) - happened_at(cut[-1][-1]) > CLOSE:
            cut.append([])
        cut[-1].append(finding)
    return cut


def worst_first(findings: Iterable[Finding]) -> Group:
    """Findings in the order in which a message tells them."""
    return tuple(sorted(findings, key=lambda finding: (severity(finding).rank, happened_at(finding))))


def _order(group: Group) -> tuple[int, datetime]:
    return severity(group[0]).rank, happened_at(group[0])
