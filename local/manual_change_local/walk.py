"""A decision as a walk through the rules: which fired, which did not, and which calls were weighed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from manual_change.domain.api_call import ApiCall, uncounted
from manual_change.domain.attribution import Attribution, Standing, Window, standing, touches
from manual_change.domain.change import Change
from manual_change.domain.evidence import asked, judge
from manual_change.domain.finding import DROP, Finding
from manual_change.domain.identifiers import identifiers_of
from manual_change.domain.moment import format_moment
from manual_change.domain.noise import RULES
from manual_change.domain.patterns import matches
from manual_change.domain.policy import AlwaysNotify, Policy, TrustedPrincipal

FIRED: Final = "fired"
PASSED: Final = "passed"
NOTE: Final = "note"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the walk."""

    stage: str
    """`noise`, `calls`, `actor`, `decision`."""
    outcome: str
    """`fired`, `passed` (asked, and it did not apply) or `note`."""
    words: str


def walk(
    change: Change,
    calls: Sequence[ApiCall],
    finding: Finding,
    attribution: Attribution | None,
    policy: Policy,
    window: Window,
    excluded_resource_types: Sequence[str] = (),
) -> Iterator[Step]:
    """Each rule that was asked about a change, in order, down to the decision."""
    for rule in RULES:
        noise = rule.ask(change, excluded_resource_types)
        if noise:
            yield Step("noise", FIRED, f"{rule.question} {noise.explanation}")
            break
        yield Step("noise", PASSED, rule.question)
    if finding.decision != DROP:
        yield from _weighed(change, calls, window)
        if attribution:
            yield Step("calls", FIRED, f"held responsible by {attribution.how}: {_named(attribution.calls)}")
            lead = next(call for call in attribution.calls if call.event_id == finding.calls[0].event_id)
            yield from _actor(lead, policy)
        else:
            yield Step("calls", FIRED, "no call explains the change: unattributed")
    yield _decision(finding)


def walk_call(call: ApiCall, finding: Finding, policy: Policy) -> Iterator[Step]:
    """Each rule that was asked about a call judged by itself."""
    nothing = uncounted(call.record)
    if nothing:
        yield Step("calls", FIRED, nothing.explanation)
    else:
        yield Step("calls", PASSED, "did it fail, read, or change nothing?")
        yield from _actor(call, policy)
    yield _decision(finding)


def _weighed(change: Change, calls: Sequence[ApiCall], window: Window) -> Iterator[Step]:
    identifiers = identifiers_of(change)
    names = ", ".join(sorted({*identifiers.unique, *identifiers.plain, *identifiers.inner}))
    yield Step("calls", NOTE, f"the resource is called {names}")
    span = f"{format_moment(window.begin(change))} to {format_moment(window.end(change))}"
    yield Step("calls", NOTE, f"calls from {span} count")
    naming = [call for call in calls if touches(change, identifiers, call)]
    for call in sorted(naming, key=lambda each: each.event_time):
        stands = standing(change, identifiers, call, window)
        outcome = FIRED if stands in (Standing.SUBJECT, Standing.MENTION) else PASSED
        yield Step("calls", outcome, f"{_named([call])}: {stands}")
    others = len(calls) - len(naming)
    if others:
        yield Step("calls", NOTE, f"{others} other record{'s' * (others > 1)} do{'es' * (others == 1)} not name it")


def _actor(call: ApiCall, policy: Policy) -> Iterator[Step]:
    yield from _compared(call, policy)
    for row, evidence in asked(call, policy):
        yield Step("actor", FIRED if evidence else PASSED, f"{row.number}. {row.question} {evidence or ''}".rstrip())


def _compared(call: ApiCall, policy: Policy) -> Iterator[Step]:
    """What the policy's principals are compared with, and those that nearly match."""
    judged = judge(call, policy)
    arns, via = judged.principals, judged.actor.via
    entries: tuple[AlwaysNotify | TrustedPrincipal, ...] = (*policy.always_notify, *policy.trusted_principals)
    if arns and entries:
        yield Step("actor", NOTE, f"principals of the policy are compared with {' and '.join(arns)}")
    for entry in entries:
        if entry.is_about(*arns):
            match entry:
                case TrustedPrincipal() if not entry.calls_like(via):
                    said = f"is trusted only via {', '.join(entry.via)}, and this call came via {via}"
                    yield Step("actor", NOTE, f"{entry.principal} {said}")
                case AlwaysNotify() if entry.excepts(via):
                    yield Step("actor", NOTE, f"{entry.principal} is reported, but not when {via} calls")
        elif matches(entry.principal, *arns):
            said = "nearly matches: a * spans neither parts of an ARN nor slashes; write the path out if it is meant"
            yield Step("actor", NOTE, f"{entry.principal} {said}")


def _decision(finding: Finding) -> Step:
    verdict = f" ({finding.verdict})" if finding.verdict else ""
    return Step("decision", FIRED, f"{finding.decision}{verdict}, {finding.reason}: {finding.explanation}")


def _named(calls: Sequence[ApiCall]) -> str:
    return ", ".join(f"{call.service}:{call.event_name} at {format_moment(call.event_time)}" for call in calls)
