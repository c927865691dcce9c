"""What is there already of a detector or a spoke: whether it is whole, its alarms heard, and its secret filled in."""

from __future__ import annotations

from collections.abc import Iterator

from manual_change_local.doctor.checks.check import FINE, MEND, NOTE, Check, not_seen
from manual_change_local.doctor.sight import Sight
from manual_change_local.doctor.unseen import Unseen


def detector(subject: str, sight: Sight) -> Iterator[Check]:
    """Functions, then a spoke's rules; each may be unseen by itself."""
    stages = sight.stages
    if isinstance(sight.functions, Unseen):
        yield not_seen(subject, sight.functions, "a detector may be there, and another would tell everything twice")
    elif sight.missing_stages:
        yield Check(
            subject,
            MEND,
            f"a part of a detector is here ({', '.join(stages)}); missing: {', '.join(sight.missing_stages)}",
            "it tells nothing, or not everything",
            "deploy its stack again, or destroy it",
        )
    elif stages:
        kind = "hub" if "coverage" in stages else "detector"
        yield Check(
            subject,
            NOTE,
            f"a {kind} is here: {', '.join(stages)}",
            "another would tell everything twice",
            "change what is there; deploy no second one",
        )
    yield from _spoke(subject, sight)
    if sight.functions == [] and sight.spoke_rules == []:
        yield Check(subject, FINE, "neither a detector nor a spoke is here yet", "nothing is in the way of one")


def _spoke(subject: str, sight: Sight) -> Iterator[Check]:
    if isinstance(sight.spoke_rules, Unseen):
        yield not_seen(subject, sight.spoke_rules, "a spoke may be there, with rules that are switched off")
        return
    off = [rule["Name"] for rule in sight.spoke_rules if rule.get("State") == "DISABLED"]
    if off:
        yield Check(
            subject,
            MEND,
            f"rules of the spoke are disabled: {', '.join(off)}",
            "the hub hears nothing of what they forward",
            "; ".join(f"aws events enable-rule --name {name}" for name in off),
        )
    elif sight.spoke_rules:
        names = ", ".join(rule["Name"] for rule in sight.spoke_rules)
        yield Check(subject, FINE, f"a spoke is here: {names}", "it forwards to its hub")


def alarms(subject: str, sight: Sight) -> Iterator[Check]:
    """Alarms are all that is left when Slack or the detector itself is broken."""
    found = sight.alarm_topics
    if found is None:
        return
    if isinstance(found, Unseen):
        yield not_seen(subject, found, "whether somebody hears the detector's alarms is not known")
        return
    if not found:
        yield Check(
            subject,
            MEND,
            "no alarm watches the detector's functions",
            "nobody is told when it breaks",
            "deploy its stack again",
        )
    for topic, attributes in found.items():
        yield _alarm_topic(subject, topic, attributes)


def _alarm_topic(subject: str, topic: str, attributes: dict[str, str] | Unseen) -> Check:
    subscribe = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint on-call@example.com"
    if isinstance(attributes, Unseen):
        return not_seen(subject, attributes, f"whether somebody is subscribed to {topic} is not known")
    if not attributes:
        return Check(
            subject, MEND, f"{topic} is gone", "alarms ring and nobody hears them", "deploy the detector's stack again"
        )
    confirmed, pending = (int(attributes.get(f"Subscriptions{state}", 0)) for state in ("Confirmed", "Pending"))
    if confirmed:
        return Check(subject, FINE, f"{confirmed} subscribed to {topic}", "somebody hears when the detector breaks")
    return Check(
        subject,
        MEND,
        f"nobody is subscribed to {topic}" + (f"; {pending} did not confirm yet" if pending else ""),
        "alarms ring and nobody hears them, also when Slack is what is broken",
        "confirm the subscription: the mail has a link" if pending else subscribe,
    )


def secret(subject: str, sight: Sight) -> Iterator[Check]:
    """Whether it holds something; what, only `--slack` looks."""
    found = sight.secret
    if found is None:
        return
    fill = f'aws secretsmanager put-secret-value --secret-id {sight.secret_arn} --secret-string "$(cat)"'
    if isinstance(found, Unseen):
        yield not_seen(subject, found, "whether the detector can post is not known")
    elif not found:
        yield Check(
            subject, MEND, "the detector's secret is gone", "no message can be posted", "deploy the stack again"
        )
    elif found.get("DeletedDate"):
        yield Check(
            subject,
            MEND,
            "the detector's secret is to be deleted",
            "no message can be posted",
            f"aws secretsmanager restore-secret --secret-id {sight.secret_arn}",
        )
    elif not found.get("VersionIdsToStages"):
        yield Check(
            subject,
            MEND,
            "the Slack secret holds nothing yet",
            "findings wait until it is filled in",
            f"{fill}, then paste and end with Ctrl-D (docs/slack.md)",
        )
    else:
        yield Check(subject, FINE, "the Slack secret is filled in", "--slack sees whether it opens Slack")
