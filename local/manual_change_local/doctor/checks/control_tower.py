"""What Control Tower means for a detector: where it belongs, and what must not be touched."""

from __future__ import annotations

from collections.abc import Iterator

from manual_change_local.doctor.checks.check import FINE, NOTE, Check, not_seen
from manual_change_local.doctor.sight import TOWER_TOPIC, Sight
from manual_change_local.doctor.unseen import Unseen


def control_tower(subject: str, sight: Sight) -> Iterator[Check]:
    """By its roles, or by the names of what it records with."""
    if sight.in_audit is True:
        yield Check(
            subject,
            NOTE,
            "this is Control Tower's audit account",
            "all accounts' notifications come here",
            "a hub belongs here; other accounts need none",
        )
        yield from _topics(subject, sight)
    elif sight.in_tower is True:
        yield Check(
            subject,
            NOTE,
            "Control Tower manages this account",
            "its recorder must not be touched, and its notifications go to the audit account",
            "a hub belongs into the audit account; this one needs nothing, or a spoke",
        )
    else:
        unseen = next((each for each in (sight.in_audit, sight.in_tower) if isinstance(each, Unseen)), None)
        if unseen:
            yield not_seen(subject, unseen, "if Control Tower manages the account, its recorder must not be touched")
        else:
            yield Check(subject, FINE, "no sign of Control Tower", "none of its recorders and policies are in the way")


def _topics(subject: str, sight: Sight) -> Iterator[Check]:
    for region, found in sight.tower_topics.items():
        if isinstance(found, Unseen):
            yield not_seen(subject, found, f"whether {TOWER_TOPIC} is there in {region} is not known")
        elif found:
            yield Check(subject, FINE, f"{TOWER_TOPIC} is there in {region}", "a hub can subscribe to it")
        else:
            yield Check(
                subject,
                NOTE,
                f"there is no {TOWER_TOPIC} in {region}",
                "the region is not governed, or Control Tower's integration of AWS Config is off",
                "leave the region out, or bring spokes into it",
            )
