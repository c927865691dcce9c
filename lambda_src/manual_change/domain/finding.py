"""A finding: what was decided about a change (or a call judged by itself), by whom it was made, on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from manual_change.domain.actor import Actor
from manual_change.domain.api_call import CallReference
from manual_change.domain.change import Change, Unreadable

VERSION: Final = 1
"""Version of the JSON contract (DESIGN, section 6) and of what travels on the findings queue."""

NOTIFY: Final = "notify"
SILENT: Final = "silent"
DROP: Final = "drop"

MANUAL: Final = "manual"
AUTOMATED: Final = "automated"
UNATTRIBUTED: Final = "unattributed"


def call_finding_id(event_id: str) -> str:
    """The id of the finding about this call by itself."""
    return _id_of(event_id)


def _id_of(subject: str) -> str:
    return sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One decision with its evidence. `calls[0]` leads; `actor` is None and `calls` empty when unattributed."""

    decision: str
    """`notify`, `silent` (a real change or call, judged automated or suppressed) or `drop` (no change at all)."""
    verdict: str | None
    """`manual`, `automated`, `unattributed`; None for a drop."""
    reason: str
    """A stable code of docs/judgement.md."""
    explanation: str
    """One sentence for a person."""
    change: Change | None = None
    actor: Actor | None = None
    calls: tuple[CallReference, ...] = ()
    evidence: tuple[str, ...] = ()
    """What was examined and found, in words, most telling first."""

    @property
    def id(self) -> str:
        """The same for the same change (or call) wherever and however often it is judged."""
        return _id_of(self.change.key if self.change else "|".join(call.event_id for call in self.calls))

    @property
    def account(self) -> str | None:
        """The account that it happened in; None where nothing says it.

        That is not always the principal's: what somebody does to another account's bucket is recorded in both (the
        CloudTrail user guide on `recipientAccountId`), and the record that came here says whose it is.
        """
        if self.change:
            return self.change.resource.account
        acted_in = self.calls[0].account if self.calls else ""
        return acted_in or (self.actor.account if self.actor else None)

    def to_json(self) -> dict[str, Any]:
        """The object of the JSON contract, without `source` (which only replay knows)."""
        return {
            "version": VERSION,
            "decision": self.decision,
            "verdict": self.verdict,
            "reason": self.reason,
            "explanation": self.explanation,
            "change": self.change.to_json() if self.change else None,
            "actor": self.actor.to_json() if self.actor else None,
            "calls": [call.to_json() for call in self.calls],
        }

    def to_message(self) -> dict[str, Any]:
        """What travels on the findings queue: the contract's object and what the message to people needs besides."""
        return self.to_json() | {
            "change": self.change.to_message() if self.change else None,
            "calls": [call.to_message() for call in self.calls],
            "evidence": list(self.evidence),
        }

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Finding:
        """Read what `to_message` wrote.

        Raises:
            Unreadable: the message is of another version or malformed.
        """
        if message.get("version") != VERSION:
            raise Unreadable(f"a finding of version {message.get('version')!r}; version {VERSION} is understood")
        try:
            return cls(
                decision=message["decision"],
                verdict=message["verdict"],
                reason=message["reason"],
                explanation=message["explanation"],
                change=Change.from_message(message["change"]) if message["change"] else None,
                actor=Actor.from_json(message["actor"]) if message["actor"] else None,
                calls=tuple(CallReference.from_json(call) for call in message["calls"]),
                evidence=tuple(message["evidence"]),
            )
        except (KeyError, TypeError) as error:
            raise Unreadable(f"a finding whose {error} is missing or malformed") from error
