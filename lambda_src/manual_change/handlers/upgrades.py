"""Changes whose calls were told by themselves: the messages that told the calls tell the changes from now on.

A message is updated once a batch, however many of the batch's changes it is to tell. What cannot be updated now comes
again, and is never posted instead. A webhook's messages cannot be updated: there the channel has heard of the calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from manual_change.adapters.findings_table import Claim, Held
from manual_change.domain.slack_group import group_message
from manual_change.handlers.posting import FIRST_PAUSE
from manual_change.handlers.records import Later, Record
from manual_change.handlers.telling import Gathered, Telling, later

if TYPE_CHECKING:
    from manual_change.adapters.told_calls import Told, ToldCalls


@dataclass(frozen=True, slots=True, eq=False)
class Upgrade:
    """A change that took the place of calls that were told, claimed as if it were to be posted."""

    claim: Claim
    records: Sequence[Record]
    told: Sequence[Told]
    """The messages that told the calls."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message."""

    updated: bool
    """False: it is a webhook's, or Slack no longer lets it be updated."""
    tells: Sequence[str] = ()
    """Ids of the findings."""


@dataclass(frozen=True, slots=True)
class Upgrades:
    """Those of one batch."""

    telling: Telling
    told_calls: ToldCalls

    def tell(self, changes: Iterable[Gathered]) -> None:
        """Let changes take the place of their calls; those whose calls were told owe no message of their own then."""
        upgrades: list[Upgrade] = []
        for each in changes:
            done = self.telling.batch.attempt(each.records, partial(self._take_place, each, upgrades))
            each.owes_message = done and each.owes_message  # as `_take_place` left it
        outcomes: dict[Told, Outcome] = {}
        for told in dict.fromkeys(told for upgrade in upgrades for told in upgrade.told):
            sharing = [upgrade for upgrade in upgrades if told in upgrade.told]
            if sharing and not self._bring_up_to_date(told, sharing, outcomes):
                upgrades = [upgrade for upgrade in upgrades if upgrade not in sharing]  # they come again
        for upgrade in upgrades:
            self.telling.batch.attempt(upgrade.records, partial(self._mark_told, upgrade, outcomes))

    def _take_place(self, each: Gathered, upgrades: list[Upgrade]) -> None:
        told = self.told_calls.supersede(each.finding, now=self.telling.now())
        if isinstance(told, Held):
            raise Later(
                "another invocation is posting its call", after=max(told.until - self.telling.now(), FIRST_PAUSE)
            )
        if not told:
            return
        each.owes_message = False
        claims: list[Claim] = []
        self.telling.claim(each.finding, claims)
        upgrades += [Upgrade(claim, each.records, told) for claim in claims]

    def _bring_up_to_date(self, told: Told, sharing: Sequence[Upgrade], outcomes: dict[Told, Outcome]) -> bool:
        """Let a message tell the changes that share it; False where they come again, together."""
        records = [record for upgrade in sharing for record in upgrade.records]

        def update() -> None:
            try:
                outcomes[told] = self._update(told)
            except Exception:
                for upgrade in sharing:
                    self.telling.table.release(upgrade.claim.lease)
                raise

        return self.telling.batch.attempt(records, partial(later, update, records))

    def _update(self, told: Told) -> Outcome:
        if told.posted is None:
            return Outcome(updated=False)
        findings = self.told_calls.as_it_stands(told)
        updated = self.telling.posting.update(told.posted, group_message(findings, self.telling.look))
        return Outcome(updated, [finding.id for finding in findings])

    def _mark_told(self, upgrade: Upgrade, outcomes: dict[Told, Outcome]) -> None:
        first, claim = upgrade.told[0], upgrade.claim
        together = outcomes[first].tells
        self.telling.table.mark_sent(claim, now=self.telling.now(), posted=first.posted, together=together)
        updated = any(outcomes[told].updated for told in upgrade.told)
        self.telling.log("upgraded", "message-updated" if updated else "call-told-before", claim.finding)
