"""One result of the doctor, and how it is marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from manual_change_local.doctor.sight import Sight
from manual_change_local.doctor.unseen import Unseen

FINE: Final = "fine"
MEND: Final = "mend"
"""Somebody has to do something for the detector to work here."""
NOTE: Final = "note"
"""Worth knowing."""
UNSEEN: Final = "unseen"
"""It could not be looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """One result. What is not fine says what it means, and what to do about it."""

    subject: str
    state: str
    """`fine`, `mend`, `note` or `unseen`."""
    found: str
    means: str = ""
    to_do: str = ""

    def to_json(self) -> dict[str, str]:
        """One object of the output."""
        return {
            "subject": self.subject,
            "state": self.state,
            "found": self.found,
            "means": self.means,
            "to_do": self.to_do,
        }


Judge = Callable[[str, Sight], Iterator[Check]]
"""What is made of one subject."""


def not_seen(subject: str, unseen: Unseen, means: str) -> Check:
    """What could not be looked at, and what lets it be seen."""
    return Check(subject, UNSEEN, f"could not look ({unseen.action}): {unseen.why}", means, unseen.to_do)
