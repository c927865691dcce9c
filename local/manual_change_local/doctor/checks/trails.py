"""What CloudTrail's trails mean for a detector: Event history needs none, streams and alarms do."""

from __future__ import annotations

from collections.abc import Iterator

from manual_change_local.doctor.checks.check import FINE, MEND, NOTE, Check, not_seen
from manual_change_local.doctor.sight import Sight, Trail
from manual_change_local.doctor.unseen import Unseen

_WITHOUT = (
    "calls are still found in CloudTrail's Event history, but nobody is told when somebody tampers with the detector, "
    "and calls cannot be streamed"
)


def trail(subject: str, sight: Sight) -> Iterator[Check]:
    """Whether calls that change something reach EventBridge: a trail must log management events that write."""
    if isinstance(sight.trails, Unseen):
        yield not_seen(subject, sight.trails, "without a trail nobody is told when somebody tampers with the detector")
        return
    logging = [each for each in sight.trails if each.logs is True]
    useful = [each for each in logging if each.writes is not False]
    unsure = [each for each in sight.trails if isinstance(each.logs, Unseen)]
    if useful:
        yield from _useful(subject, useful)
    for each in logging:
        if each.writes is False:
            yield _reads_only(subject, each, needed=not useful and not unsure)
    for each in unsure:
        if isinstance(each.logs, Unseen) and not useful:
            yield not_seen(subject, each.logs, f"there is the trail {each.name}, and it may be stopped")
    if not logging and not unsure:
        yield _none(subject, sight.trails)


def _useful(subject: str, useful: list[Trail]) -> Iterator[Check]:
    names = ", ".join(each.name for each in useful)
    if any(each.everywhere for each in useful):
        yield Check(subject, FINE, f"trails that log: {names}", "tampering with the detector is told")
    else:
        yield Check(
            subject,
            NOTE,
            f"trails that log: {names}",
            "none covers all regions: IAM's calls are in the home region",
            "make one a multi-region trail (aws cloudtrail update-trail --is-multi-region-trail --name NAME)",
        )


def _reads_only(subject: str, each: Trail, *, needed: bool) -> Check:
    return Check(
        subject,
        MEND if needed else NOTE,
        f"the trail {each.name} logs no management events that write",
        _WITHOUT if needed else "it tells nothing of changes; another trail does",
        f"let it log them: aws cloudtrail put-event-selectors --trail-name {each.name} "
        "--event-selectors ReadWriteType=All,IncludeManagementEvents=true"
        if needed
        else "nothing, as long as the other trail stays",
    )


def _none(subject: str, stopped: list[Trail]) -> Check:
    if stopped:
        names = ", ".join(each.name for each in stopped)
        return Check(
            subject,
            MEND,
            f"no trail logs here; stopped: {names}",
            _WITHOUT,
            f"aws cloudtrail start-logging --name {stopped[0].name}, or ask whoever stopped it",
        )
    return Check(
        subject,
        MEND,
        "no trail logs here",
        _WITHOUT,
        "make a trail for management events, best one for the whole organization: aws cloudtrail create-trail --name "
        "management-events --is-multi-region-trail --s3-bucket-name BUCKET; then aws cloudtrail start-logging",
    )
