"""The hub's survey, once an hour: which accounts and regions report, and which are silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3

from manual_change.adapters.account_directory import AccountDirectory
from manual_change.adapters.places import Places
from manual_change.adapters.recording import Recording
from manual_change.adapters.subscriptions import Subscriptions
from manual_change.domain.account import Account, Listing
from manual_change.domain.coverage import UNASKED, Checkpoint, NoTime, Place, survey
from manual_change.handlers.environment import environment
from manual_change.handlers.organization import BRIEF, BRIEF_SECONDS, PATIENT, clients_in_accounts, directory_of
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import PLACES, SILENT_PLACES, UNASKED_PLACES, UNREAD_DIRECTORY
from manual_change.settings import CoverageSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SPARE_SECONDS: Final = 2 * BRIEF_SECONDS
"""Nothing is asked when less is left of the function's time: enough for one request, and to write down that it was
asked. A survey that Lambda ends writes no number."""

PATIENCE_SECONDS: Final = 4 * 60.0
"""For one place, whose fifteen requests would use up every survey if each were answered at the last try: less than the
time that the list leaves."""

SHARE_OF_THE_LIST: Final = 0.5
"""Of the time there is: for reading the list of accounts. The rest is for asking those that are silent."""

AskInTime = Callable[[Place, Checkpoint], str | None]
"""`Ask` that passes a checkpoint before each request."""


@dataclass(slots=True)
class Coverage:
    """The function with what it needs from outside: everything that a test replaces."""

    settings: CoverageSettings
    places: Places
    telemetry: Telemetry
    directory: AccountDirectory = field(default_factory=AccountDirectory)
    ask: AskInTime | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    timer: Callable[[], float] = time.monotonic

    def handle(self, *, seconds_left: float) -> dict[str, int | bool]:
        """Survey, log each silent place with what is wrong there, and count. When each was asked is kept, so that the
        next survey asks others first where this one runs out of time; what was not asked is logged and counted, too.

        Without the whole list of accounts nobody knows how many places are silent: those that never reported are not
        counted, closed and excluded ones may be. That is counted instead, and the alarm on silent places stays as it
        is until a survey knows again.
        """
        begin = self.timer()
        deadline = begin + seconds_left - SPARE_SECONDS
        listing = self._listing(until=begin + (deadline - begin) * SHARE_OF_THE_LIST)
        reports = survey(
            self.places.all(),
            listing.accounts,
            regions=self.settings.regions,
            now=self.now(),
            silent_after=self.settings.silent_after,
            excluded=lambda account: (
                account in listing.inside or Account(id=account).is_one_of(self.settings.excluded_accounts)
            ),
            ask=partial(self._ask, self.ask, deadline) if self.ask else None,
            answered=self.places.answers() if self.ask else None,
            unanswered=self.places.failures() if self.ask else None,
            everybody=listing.is_everybody,
        )
        expected = sum(report.is_expected for report in reports)
        silent = [report for report in reports if report.is_silent]
        for report in silent:
            self.telemetry.logger.warning(
                "a place is silent",
                extra={"account": report.place.account, "region": report.place.region, "why": report.why},
            )
        unasked = sum(report.state == UNASKED for report in reports)
        if unasked:
            self.telemetry.logger.warning("there was no time to ask every place", extra={"unasked": unasked})
        self.telemetry.count(UNREAD_DIRECTORY, 1 if listing.missing else 0)
        if not listing.missing:
            self.telemetry.count(PLACES, expected)
            self.telemetry.count(SILENT_PLACES, len(silent))
            self.telemetry.count(UNASKED_PLACES, unasked)
        self.telemetry.flush()
        return {
            "places": expected,
            "silent": len(silent),
            "unasked": unasked,
            "list_is_whole": not listing.missing,
        }

    def _listing(self, *, until: float) -> Listing:
        return self.directory.listing(
            units=self.settings.excluded_organizational_units, in_time=lambda: self.timer() <= until
        )

    def _ask(self, ask: AskInTime, deadline: float, place: Place) -> str | None:
        begin = self.timer()

        def checkpoint() -> None:
            now = self.timer()
            if now - begin > PATIENCE_SECONDS:
                raise _TooSlow(
                    f"it answers too slowly: it was not asked to the end within {PATIENCE_SECONDS:.0f} seconds"
                )
            if now > deadline:
                raise NoTime

        checkpoint()
        wrong: str | None
        try:
            wrong = ask(place, checkpoint)
        except _TooSlow as slow:
            wrong = str(slow)
        if wrong is None:
            self.places.answered(place, now=self.now())
        else:
            self.places.unanswered(place, now=self.now())
        return wrong


class _TooSlow(Exception):
    """A place takes the time of others; the message is what is said of it."""


def ask_both(subscriptions: Subscriptions, recording: Recording) -> AskInTime:
    """Whether the hub would hear of a place, and whether there is anything to hear."""
    return lambda place, checkpoint: subscriptions.ask(place, checkpoint) or recording.ask(place, checkpoint)


@cache
def _function() -> Coverage:
    """Built at the first invocation, kept while the process lives."""
    settings = CoverageSettings.from_environment(environment())
    telemetry = Telemetry(stage="coverage", detector=settings.detector, log_level=settings.log_level)
    return Coverage(
        settings=settings,
        places=Places(cache(lambda: boto3.client("dynamodb", config=BRIEF)), settings.organization_table),
        telemetry=telemetry,
        directory=directory_of(settings, telemetry=telemetry, config=PATIENT),
        ask=ask_both(_subscriptions(settings), _recording(settings)) if settings.lookup_role_name else None,
    )


def _subscriptions(settings: CoverageSettings) -> Subscriptions:
    return Subscriptions(
        cache(lambda region: boto3.client("sns", region_name=region, config=BRIEF)), settings.subscriptions
    )


def _recording(settings: CoverageSettings) -> Recording:
    return Recording(
        client_for=clients_in_accounts(settings.lookup_role_name, config=BRIEF).client,
        bus_arn=settings.bus_arn,
        changes_rule=settings.changes_rule_name,
        tampering_rule=settings.tampering_rule_name,
        further_rules=settings.further_rule_names,
        from_topics=settings.changes_from_topics,
    )


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, int | bool]:  # noqa: ARG001 - Lambda hands it over
    """Lambda's entry point, on a schedule."""
    return _function().handle(seconds_left=context.get_remaining_time_in_millis() / 1000)
