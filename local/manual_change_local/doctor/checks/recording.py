"""What AWS Config's recorder means for a detector: whether it records, what, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from manual_change_local.doctor.checks.check import FINE, MEND, NOTE, Check, not_seen
from manual_change_local.doctor.sight import Sight
from manual_change_local.doctor.unseen import Unseen

_SHOWN = 5
"""Resource types that are named; there are hundreds."""


def recorder(subject: str, sight: Sight) -> Iterator[Check]:
    """The customer-managed recorder of the region."""
    if isinstance(sight.recorders, Unseen):
        yield not_seen(subject, sight.recorders, "whether AWS Config records decides which source fits")
        return
    found = sight.recorder
    if found is None:
        yield Check(
            subject,
            NOTE,
            f"AWS Config has no recorder in {sight.region}",
            "nothing is recorded, so no change can be seen yet",
            "a detector can bring one; a spoke or a hub forwards only what is recorded otherwise",
        )
        return
    yield from _status(subject, sight, found["name"])
    yield from _failure(subject, sight, found)
    yield from _what(subject, found.get("recordingGroup", {}))
    yield from _how_often(subject, sight)


def _status(subject: str, sight: Sight, name: str) -> Iterator[Check]:
    if isinstance(sight.is_recording, Unseen):
        yield not_seen(subject, sight.is_recording, f"there is the recorder {name}, and it may be stopped")
    elif sight.is_recording:
        yield Check(subject, FINE, f"the recorder {name} records", "changes in this region are noticed")
    else:
        yield Check(
            subject,
            MEND,
            f"the recorder {name} does not record",
            "no change will be seen",
            ("make a delivery channel, which it needs; then " if sight.channels == [] else "")
            + f"aws configservice start-configuration-recorder --configuration-recorder-name {name}, or ask whoever "
            "stopped it",
        )


def _failure(subject: str, sight: Sight, found: Any) -> Iterator[Check]:
    """`Failure` in the API reference, `FAILURE` from the service."""
    status = sight.status
    if isinstance(status, Unseen) or str(status.get("lastStatus", "")).casefold() != "failure":
        return
    said = ": ".join(status[key] for key in ("lastErrorCode", "lastErrorMessage") if status.get(key))
    yield Check(
        subject,
        MEND,
        f"the recorder {found['name']} failed at its last item: {said or 'AWS Config does not say why'}",
        "changes are recorded late or not at all",
        f"mend what it says; mostly its role ({found.get('roleARN', 'see the recorder')}) may not read or deliver",
    )


def _what(subject: str, group: Any) -> Iterator[Check]:
    excluded = group.get("exclusionByResourceTypes", {}).get("resourceTypes", ())
    if excluded:
        yield Check(
            subject,
            NOTE,
            f"not recorded: {_some(excluded)}",
            "their changes are not seen",
            "record them if people change them by hand; otherwise nothing",
        )
    elif not group.get("allSupported"):
        yield Check(
            subject,
            NOTE,
            f"only {_some(group.get('resourceTypes', ())) or 'chosen types'} are recorded",
            "changes of everything else are not seen",
            "record all supported types, or those that people change by hand",
        )
    elif not group.get("includeGlobalResourceTypes"):
        yield Check(
            subject,
            NOTE,
            "IAM's users, groups, roles and policies are not recorded here",
            "their changes are seen only where a region of the account records them",
            "let one region do it (includeGlobalResourceTypes)",
        )


def _how_often(subject: str, sight: Sight) -> Iterator[Check]:
    if sight.daily:
        types = "every type that is not named otherwise" if "AWS::*" in sight.daily else _some(sight.daily)
        yield Check(
            subject,
            NOTE,
            f"recorded once a day: {types}",
            "their changes are told up to a day late",
            "pass them as daily_resource_types (below), or record them continuously",
        )


def _some(types: Any) -> str:
    return ", ".join(types[:_SHOWN]) + (f" and {len(types) - _SHOWN} more" if len(types) > _SHOWN else "")


def elsewhere(subject: str, sight: Sight) -> Iterator[Check]:
    """Further regions."""
    for region, found in sight.elsewhere.items():
        if isinstance(found, Unseen):
            yield not_seen(f"{subject} {region}", found, "whether AWS Config records there is not known")
        elif found:
            yield Check(f"{subject} {region}", FINE, "records", "a detector or spoke there has something to tell")
        else:
            yield Check(
                f"{subject} {region}",
                NOTE,
                "does not record",
                "changes there are not seen",
                "record there, if people may use the region; otherwise nothing",
            )
