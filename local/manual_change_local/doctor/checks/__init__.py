"""TABLE: what the doctor makes of what was seen. Each check: what was found, what it means, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from manual_change_local.doctor.looks import Denied, Sight

FINE: Final = "fine"
MEND: Final = "mend"
"""Somebody has to do something for the detector to work here."""
NOTE: Final = "note"
"""Worth knowing."""
UNSEEN: Final = "unseen"
"""It could not be looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """One result."""

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


def checks(sight: Sight) -> list[Check]:
    """Every check, in the order in which people would ask."""
    return [check for subject, judge in _TABLE for check in judge(subject, sight)]


def _unseen(subject: str, denied: Denied) -> Check:
    said = denied.said[:200]
    return Check(
        subject, UNSEEN, f"could not look ({denied.action}): {said}", to_do=f"allow {denied.action}, or ask whom may"
    )


def _organization(subject: str, sight: Sight) -> Iterator[Check]:
    found = sight.organization
    if isinstance(found, Denied):
        yield _unseen(subject, found)
    elif found is None:
        yield Check(subject, FINE, "the account is in no organization", "a detector of its own is all there can be")
    elif found["MasterAccountId"] == sight.account:
        yield Check(
            subject,
            NOTE,
            f"this is the management account of {found['Id']}",
            "StackSets leave it out, and no service control policy binds it",
            "deploy its spoke (or detector) by itself; put the hub elsewhere",
        )
    else:
        yield Check(subject, FINE, f"a member of {found['Id']}, managed by {found['MasterAccountId']}")


def _control_policies(subject: str, sight: Sight) -> Iterator[Check]:
    found = sight.control_policies
    if not isinstance(sight.organization, dict):
        return
    if isinstance(found, Denied):
        yield Check(
            subject,
            NOTE,
            f"not visible from here ({found.action})",
            "policies may deny a recorder, roles or rules; a deployment would say so",
        )
        return
    guarded = [name for name in found if name.startswith("aws-guardrails-")]
    if guarded:
        yield Check(
            subject,
            NOTE,
            f"Control Tower's controls are attached: {', '.join(guarded)}",
            "they deny changes of AWS Config and of what is called aws-controltower-*",
            "do not record here; use what Control Tower records",
        )
    else:
        yield Check(subject, FINE, f"attached to the account itself: {', '.join(found) or 'none'}")


def _recorder(subject: str, sight: Sight) -> Iterator[Check]:
    if isinstance(sight.recorders, Denied):
        yield _unseen(subject, sight.recorders)
        return
    recorder = sight.recorder
    if recorder is None:
        yield Check(
            subject, NOTE, f"AWS Config has no recorder in {sight.region}", "the detector can make one", "see below"
        )
        return
    if not sight.is_recording:
        yield Check(
            subject,
            MEND,
            f"the recorder {recorder['name']} does not record",
            "no change will be seen",
            f"aws configservice start-configuration-recorder --configuration-recorder-name {recorder['name']}, or ask "
            "whoever stopped it",
        )
    else:
        yield Check(subject, FINE, f"the recorder {recorder['name']} records")
    yield from _recording(subject, recorder)


def _recording(subject: str, recorder: Any) -> Iterator[Check]:
    group, mode = recorder.get("recordingGroup", {}), recorder.get("recordingMode", {})
    daily = [
        name
        for override in mode.get("recordingModeOverrides", ())
        if override.get("recordingFrequency") == "DAILY"
        for name in override.get("resourceTypes", ())
    ]
    if mode.get("recordingFrequency") == "DAILY":
        daily.insert(0, "every type that is not named otherwise")
    if daily:
        yield Check(
            subject,
            NOTE,
            f"recorded once a day: {', '.join(daily)}",
            "their changes are told up to a day late",
            "pass daily_resource_types, or record them continuously",
        )
    if not group.get("allSupported"):
        types = ", ".join(group.get("resourceTypes", ())[:5]) or "chosen types"
        yield Check(subject, NOTE, f"only {types} … are recorded", "what is not recorded is not seen")
    elif not group.get("includeGlobalResourceTypes"):
        yield Check(
            subject,
            NOTE,
            "IAM's users, groups, roles and policies are not recorded here",
            "their changes are seen only where a region of the account records them",
            "let one region do it (includeGlobalResourceTypes)",
        )


def _channel(subject: str, sight: Sight) -> Iterator[Check]:
    if isinstance(sight.channels, Denied):
        yield _unseen(subject, sight.channels)
        return
    if sight.recorder is None:
        return
    if not sight.channels:
        yield Check(
            subject, MEND, "there is no delivery channel", "AWS Config cannot record", "make one, with a bucket"
        )
        return
    topic = sight.topic
    if topic is None:
        yield Check(
            subject,
            NOTE,
            "the delivery channel has no topic",
            "changes come over EventBridge only, which delivers them on a best effort basis",
            "use ConfigSource.event_bridge(); or add a topic, which is surer",
        )
        return
    owner = topic.split(":")[4]
    if owner != sight.account:
        yield Check(
            subject,
            NOTE,
            f"it publishes to a topic of account {owner}: {topic}",
            "this account cannot subscribe to it, unless that topic's policy says so",
            f"put the detector (a hub) into account {owner}, or use EventBridge",
        )
        return
    attributes = sight.topic_attributes
    if isinstance(attributes, Denied):
        yield _unseen(subject, attributes)
    elif attributes and attributes.get("KmsMasterKeyId"):
        yield Check(
            subject,
            NOTE,
            f"{topic} is encrypted with {attributes['KmsMasterKeyId']}",
            "AWS Config publishes to it only if the key's policy lets it",
            "see whether messages come; otherwise use EventBridge",
        )
    else:
        yield Check(subject, FINE, f"it publishes to {topic}")


def _trail(subject: str, sight: Sight) -> Iterator[Check]:
    if isinstance(sight.trails, Denied):
        yield _unseen(subject, sight.trails)
    elif not sight.trails:
        yield Check(
            subject,
            MEND,
            "no trail logs here",
            "calls are still found in CloudTrail's Event history, but nobody is told when somebody tampers with the "
            "detector, and calls cannot be streamed",
            "make a trail for management events, best one for the whole organization",
        )
    else:
        names = ", ".join(str(trail["Name"]) for trail in sight.trails)
        everywhere = any(trail.get("IsMultiRegionTrail") for trail in sight.trails)
        state, means = (
            (FINE, "") if everywhere else (NOTE, "none covers all regions: IAM's calls are in the home region")
        )
        yield Check(subject, state, f"trails that log: {names}", means)


def _control_tower(subject: str, sight: Sight) -> Iterator[Check]:
    for found in (sight.is_audit, sight.is_member):
        if isinstance(found, Denied):
            yield _unseen(subject, found)
            return
    if sight.is_audit:
        yield Check(subject, NOTE, "this is Control Tower's audit account", "all accounts' notifications come here")
    elif sight.is_member:
        yield Check(subject, NOTE, "Control Tower manages this account", "its recorder must not be touched")
    else:
        yield Check(subject, FINE, "no sign of Control Tower")


def _detector(subject: str, sight: Sight) -> Iterator[Check]:
    if isinstance(sight.functions, Denied):
        yield _unseen(subject, sight.functions)
        return
    stages = sorted({str(function["Handler"]).split(".")[2] for function in sight.functions})
    kind = "hub" if "coverage" in stages else "detector"
    if stages:
        yield Check(subject, NOTE, f"a {kind} is here: {', '.join(stages)}", "another would tell everything twice")
    rules = [] if isinstance(sight.spoke_rules, Denied) else sight.spoke_rules
    off = [rule["Name"] for rule in rules if rule.get("State") == "DISABLED"]
    if off:
        yield Check(
            subject, MEND, f"rules of the spoke are disabled: {', '.join(off)}", "the hub hears nothing", "enable them"
        )
    elif rules:
        yield Check(subject, FINE, f"a spoke is here: {', '.join(rule['Name'] for rule in rules)}")
    if not stages and not rules:
        yield Check(subject, FINE, "neither a detector nor a spoke is here yet")


def _secret(subject: str, sight: Sight) -> Iterator[Check]:
    found = sight.secret
    if found is None:
        return
    if isinstance(found, Denied):
        yield _unseen(subject, found)
    elif not found:
        yield Check(
            subject, MEND, "the detector's secret is gone", "no message can be posted", "deploy the stack again"
        )
    elif not found.get("VersionIdsToStages"):
        yield Check(
            subject,
            MEND,
            "the Slack secret holds nothing yet",
            "findings wait until it is filled in",
            'aws secretsmanager put-secret-value --secret-id ARN --secret-string "$(cat)" (docs/slack.md)',
        )
    else:
        yield Check(subject, FINE, "the Slack secret is filled in")


def _elsewhere(subject: str, sight: Sight) -> Iterator[Check]:
    for region, found in sight.elsewhere.items():
        if isinstance(found, Denied):
            yield _unseen(f"{subject} {region}", found)
        else:
            yield Check(f"{subject} {region}", FINE if found else NOTE, "records" if found else "does not record")


Judge = Callable[[str, Sight], Iterator[Check]]

_TABLE: Final[tuple[tuple[str, Judge], ...]] = (
    ("organization", _organization),
    ("service control policies", _control_policies),
    ("recorder", _recorder),
    ("delivery channel", _channel),
    ("trail", _trail),
    ("Control Tower", _control_tower),
    ("detector", _detector),
    ("Slack secret", _secret),
    ("region", _elsewhere),
)
