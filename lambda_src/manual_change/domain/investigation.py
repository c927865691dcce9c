"""The one sentence of the system: a change, the calls that could have made it, the policy, and out comes a finding."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from manual_change.domain.actor import ROOT
from manual_change.domain.api_call import ApiCall, Uncounted, uncounted
from manual_change.domain.attribution import (
    ALREADY_REPORTED,
    BY_MENTION,
    BY_RELATIONSHIP,
    Attribution,
    Neighbour,
    Window,
    attribute,
    attribute_by_relationship,
)
from manual_change.domain.change import CREATE, DELETE, Change
from manual_change.domain.evidence import Judged, judge
from manual_change.domain.finding import AUTOMATED, DROP, MANUAL, NOTIFY, SILENT, UNATTRIBUTED, Finding
from manual_change.domain.identifiers import Identifiers
from manual_change.domain.policy import ALWAYS, Policy

if TYPE_CHECKING:
    from manual_change.domain.noise import Noise

NO_CALL_FOUND = "no-call-found"
CLOUDTRAIL_UNREAD = "cloudtrail-unread"
SUPPRESSED = "suppressed"
MAINTENANCE_WINDOW = "maintenance-window"

_NOTHING_KNOWN = "CloudTrail knows no call that touches this resource before Config captured it"

_VIA = {
    "console": " in the console",
    "cli": " with the command line",
    "sdk": " with an SDK",
    "terraform": " with Terraform",
    "pulumi": " with Pulumi",
    "cdk": " with the CDK",
    "cloudformation": " through CloudFormation",
    "unknown": "",
}


def investigate(
    change: Change,
    calls: Iterable[ApiCall],
    policy: Policy,
    *,
    window: Window | None = None,
    explained: Collection[str] = (),
    neighbours: Iterable[Neighbour] = (),
    identifiers: Identifiers | None = None,
) -> tuple[Finding, Attribution | None]:
    """Who made a change, and what is to be done about it.

    Args:
        change: what Config recorded, and what is no noise.
        calls: the calls that could be responsible; more than that does no harm.
        policy: the team's.
        window: how far from capture a call may lie.
        explained: event ids of calls that explained earlier items of the same resource.
        neighbours: directly related resources captured in the same window, with the calls that acted on them.
        identifiers: of the change, where the caller has them already.

    Returns:
        The finding, and the attribution that it rests on (None: no call was found).
    """
    window = window or Window()
    attribution = attribute(
        change, calls, window=window, explained=explained, identifiers=identifiers
    ) or attribute_by_relationship(change, neighbours, window=window, explained=explained)
    if attribution is None:
        return _unattributed(change, policy), None
    return _attributed(attribution, policy), attribution


def left_open(finding: Finding, gap: str) -> Finding:
    """The finding, where CloudTrail was not read to the end, and why not.

    What was found stands, and what silences a change says what it rests on. Where no call was found, it is not known
    that there is none.
    """
    if finding.verdict == AUTOMATED:
        return replace(finding, evidence=(*finding.evidence, gap))
    if finding.verdict != UNATTRIBUTED or finding.change is None:
        return finding
    return replace(
        finding,
        reason=CLOUDTRAIL_UNREAD if finding.reason == NO_CALL_FOUND else finding.reason,
        explanation=f"who {_did(finding.change)} {finding.change.resource.label} is not known: {gap}",
        evidence=(gap, *(each for each in finding.evidence if each != _NOTHING_KNOWN)),
    )


def drop(change: Change | None, noise: Noise | Uncounted, *, call: ApiCall | None = None) -> Finding:
    """The finding about what is no change at all."""
    return Finding(
        decision=DROP,
        verdict=None,
        reason=noise.reason,
        explanation=noise.explanation,
        change=change,
        calls=(call.reference(),) if call else (),
    )


def investigate_call(call: ApiCall, policy: Policy) -> Finding:
    """Judge a call by itself, with no change beside it."""
    nothing = uncounted(call.record)
    return drop(None, nothing, call=call) if nothing else decide_call(call, judge(call, policy), policy)


def decide_call(call: ApiCall, judged: Judged, policy: Policy) -> Finding:
    """The finding about a call that counts, from who made it."""
    explanation = f"{judged.actor.name} called {call.action}{_via(judged)}"
    decision, reason, evidence = _decide(judged, policy, at=call.event_time, change=None, call=call)
    return Finding(
        decision=decision,
        verdict=MANUAL if judged.manual else AUTOMATED,
        reason=reason,
        explanation=f"{explanation}: {evidence[0]}",
        actor=judged.actor,
        calls=(call.reference(),),
        evidence=evidence,
    )


def _attributed(attribution: Attribution, policy: Policy) -> Finding:
    """All calls are judged; if any is manual, the finding is, and the manual call closest before capture leads."""
    change = attribution.change
    judgements = [(call, judge(call, policy)) for call in attribution.calls]
    judgements.sort(key=lambda pair: not pair[1].manual)  # stable: the closest stays first within each half
    lead, judged = judgements[0]
    decision, reason, evidence = _decide(judged, policy, at=change.captured_at, change=change, call=lead)
    if attribution.how == ALREADY_REPORTED:
        decision, reason = SILENT, ALREADY_REPORTED
        evidence = ("the call already explained an earlier item of this resource: one act, captured twice", *evidence)
    return Finding(
        decision=decision,
        verdict=MANUAL if judged.manual else AUTOMATED,
        reason=reason,
        explanation=_sentence(change, lead, judged, attribution),
        change=change,
        actor=judged.actor,
        calls=tuple(call.reference() for call, _ in judgements),
        evidence=evidence + _circumstances(attribution),
    )


def _unattributed(change: Change, policy: Policy) -> Finding:
    decision, reason = (NOTIFY if policy.notify_unattributed == ALWAYS else SILENT), NO_CALL_FOUND
    evidence: tuple[str, ...] = (_NOTHING_KNOWN,)
    window = policy.window_at(change.captured_at, change.resource.account)
    suppression = _suppression(policy, change.captured_at, change, None, ())
    if suppression:
        decision, reason, evidence = SILENT, SUPPRESSED, (f"suppressed: {suppression}", *evidence)
    elif window:
        decision, reason, evidence = SILENT, MAINTENANCE_WINDOW, (f"maintenance window: {window.reason}", *evidence)
    return Finding(
        decision=decision,
        verdict=UNATTRIBUTED,
        reason=reason,
        explanation=f"no API call was found that {_did(change)} {change.resource.label}",
        change=change,
        evidence=evidence,
    )


def _decide(
    judged: Judged, policy: Policy, *, at: datetime, change: Change | None, call: ApiCall
) -> tuple[str, str, tuple[str, ...]]:
    """(decision, reason, evidence): what is manual is told, unless the policy silences it.

    Nothing silences root and the principals that the policy always reports.
    """
    evidence: tuple[str, ...] = (judged.evidence,)
    if not judged.manual:
        return SILENT, judged.reason, evidence
    if judged.actor.kind == ROOT or judged.reason == "always-notify":
        return NOTIFY, judged.reason, evidence
    suppression = _suppression(policy, at, change, call, judged.principals)
    if suppression:
        return SILENT, SUPPRESSED, (f"suppressed: {suppression}", *evidence)
    window = policy.window_at(at, change.resource.account if change else call.account)
    if window:
        return SILENT, MAINTENANCE_WINDOW, (f"maintenance window: {window.reason}", *evidence)
    return NOTIFY, judged.reason, evidence


def _suppression(
    policy: Policy, at: datetime, change: Change | None, call: ApiCall | None, principals: tuple[str, ...]
) -> str | None:
    """The reason of the suppression that is in force, if one is."""
    if not policy.suppressions:
        return None
    resource = change.resource if change else None
    entry = policy.suppresses(
        at=at,
        account=resource.account if resource else call.account if call else "unknown",
        region=resource.region if resource else call.region if call else "unknown",
        resource_type=resource.type if resource else None,
        resource_names=(resource.id, resource.name, resource.arn) if resource else (),
        tags=change.tags if change else {},
        principals=principals,
        call=f"{call.event_source}:{call.action}" if call else None,
    )
    return entry.reason if entry else None


def _sentence(change: Change, lead: ApiCall, judged: Judged, attribution: Attribution) -> str:
    who = f"{judged.actor.name} called {lead.action}{_via(judged)}"
    when = f"{_duration(attribution.change.captured_at - lead.event_time)} AWS Config saw"
    label = change.resource.label
    if attribution.how == BY_RELATIONSHIP and attribution.neighbour:
        neighbour = attribution.neighbour.resource
        return f"{who} on {neighbour.label}, {when} {label}, which belongs to it, {_changed(change)}"
    return f"{who} {when} {label} {_changed(change)}"


def _circumstances(attribution: Attribution) -> tuple[str, ...]:
    said: list[str] = []
    if attribution.how == BY_MENTION:
        said.append("the call names the resource without having it as its subject; no other call names it")
    if attribution.how == BY_RELATIONSHIP and attribution.neighbour:
        neighbour = attribution.neighbour.resource
        said.append(f"no call names the resource; it is related to {neighbour.label}, captured in the same window")
    others = len(attribution.calls) - 1
    if others:
        said.append(f"{others} more call{'s' if others > 1 else ''} acted on it before capture")
    if attribution.related:
        names = ", ".join(dict.fromkeys(call.action for call in attribution.related))
        said.append(f"related calls that only mention it: {names}")
    return tuple(said)


def _via(judged: Judged) -> str:
    via = judged.actor.via
    return _VIA.get(via, f" through {via}")


def _did(change: Change) -> str:
    return {CREATE: "made", DELETE: "removed"}.get(change.change_type, "changed")


def _changed(change: Change) -> str:
    return {CREATE: "appear", DELETE: "disappear"}.get(change.change_type, "change")


def _duration(span: timedelta) -> str:
    """`41 s before`, `3 min 5 s before`, `2 s after`."""
    seconds = round(abs(span.total_seconds()))
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    words = " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
    return f"{words} {'before' if span >= timedelta(0) else 'after'}"
