"""The ladder of looks: when CloudTrail is asked about a change, and from which look on an answer stands.

CloudTrail knows a call minutes after it was made, and not in order: an answer that is found early may be another one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from manual_change.domain.attribution import ALREADY_REPORTED, BY_MENTION, Attribution
from manual_change.domain.finding import AUTOMATED, UNATTRIBUTED, Finding


@dataclass(frozen=True, slots=True)
class Ladder:
    """Looks are counted from 0."""

    looks: Sequence[timedelta]
    """When each is due, counted from AWS Config's capture; one at least, in order."""
    settled_after: timedelta
    """From when on CloudTrail is taken to know everything about the time of the change."""

    def rung(self, look: int) -> int:
        """The look that is due; a ladder that was made shorter since the change set out ends at its new end."""
        return min(look, len(self.looks) - 1)

    def is_settled(self, look: int) -> bool:
        """Whether CloudTrail knows by then, or will not be asked again: everything is read, and the answer stands."""
        return self._is_last(look) or self.looks[look] >= self.settled_after

    def stands(self, finding: Finding, attribution: Attribution | None, look: int) -> bool:
        """Whether the decision is final: a later look could not change it.

        A person's earlier call may arrive after a pipeline's later one, and the call that acted on a resource after
        one that only mentions it.
        """
        if finding.verdict == UNATTRIBUTED:
            return self._is_last(look)
        mentioned = attribution is not None and attribution.how == BY_MENTION
        if finding.verdict == AUTOMATED or finding.reason == ALREADY_REPORTED or mentioned:
            return self.is_settled(look)
        return True

    def wait(self, look: int) -> timedelta:
        """How long after this look the next one is due."""
        return self.looks[look + 1] - self.looks[look]

    def _is_last(self, look: int) -> bool:
        return look == len(self.looks) - 1
