"""Findings that share a message: what one session did, or a storm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from manual_change.domain import slack_markup as markup
from manual_change.domain.actor import ROOT
from manual_change.domain.console import config_timeline_url
from manual_change.domain.finding import Finding
from manual_change.domain.grouping import happened_at, session_of
from manual_change.domain.severity import severity
from manual_change.domain.slack import Message, finding_message, how, message, spelled, type_label
from manual_change.domain.slack_difference import difference_lines
from manual_change.domain.slack_look import PLAIN, Look
from manual_change.domain.slack_text import SIGNS, Texts

MOST_SHOWN: Final = 6
"""Resources of a session that are told with what changed; the rest are listed."""
MOST_LISTED: Final = 15
MOST_WHO: Final = 10
MOST_ACCOUNTS: Final = 5
LABEL_LENGTH: Final = 120
LISTED_LENGTH: Final = 80
DIFFERENCE_LENGTH: Final = 700
LIST_LENGTH: Final = 2_800
"""Of a section of lines: 3,000, without the line that counts what was left out."""


def group_message(findings: Sequence[Finding], look: Look = PLAIN, *, again: bool = False) -> Message:
    """One message about findings of a group, the worst first.

    Args:
        findings: one at least, as `grouping.groups` gives them.
        look: language, account names, way into the console.
        again: an earlier message told the leading calls already; this one says what they did besides.
    """
    if len(findings) == 1 and not again:
        return finding_message(findings[0], look)
    if len({session_of(finding) or finding.id for finding in findings}) > 1:
        return _storm(findings, look)
    return _session(findings, look, again=again)


def _session(findings: Sequence[Finding], look: Look, *, again: bool) -> Message:
    texts, lead = look.texts, findings[0]
    said = _session_headline(findings, texts, again=again) + _place(findings, look)
    headline = texts.rated(severity(lead).level, said)
    blocks = [
        markup.header(headline, texts.more),
        markup.section(_session_lead(findings, texts)),
        {"type": "section", "fields": [markup.mrkdwn(field) for field in _session_fields(findings, look)]},
    ]
    shown = findings[:MOST_SHOWN]
    blocks += [markup.section(_told(finding, look)) for finding in shown]
    listed = [_line(finding, look) for finding in findings[len(shown) :]]
    if listed:
        blocks.append(markup.section(_fitted(listed[:MOST_LISTED], len(listed), texts)))
    why = markup.prose(lead.evidence[0] if lead.evidence else lead.explanation, 300, texts.more)
    if why:
        blocks.append({"type": "context", "elements": [markup.mrkdwn(f"*{texts.why}*: {why}")]})
    return message(_notification(headline, findings, texts), blocks)


def _session_headline(findings: Sequence[Finding], texts: Texts, *, again: bool) -> str:
    actor = findings[0].actor
    who = _who(findings[0], texts)[:60]
    if again:
        return texts.group_again.format(who=who, count=len(findings))
    if not any(finding.change for finding in findings):
        return texts.group_calls.format(who=who, count=len(findings))
    template = texts.group_headline_root if actor and actor.kind == ROOT else texts.group_headline
    return template.format(who=who, count=len(findings))


def _place(findings: Sequence[Finding], look: Look) -> str:
    """Where the session was, behind its headline: one region, or the account alone."""
    regions = {finding.change.resource.region for finding in findings if finding.change}
    return look.place(findings[0].account, regions if len(regions) == 1 else ())


def _session_lead(findings: Sequence[Finding], texts: Texts) -> str:
    calls = len({call.event_id for finding in findings for call in finding.calls})
    who = markup.code(_who(findings[0], texts), LABEL_LENGTH, texts.more)
    if calls == 1:
        return texts.group_lead_one.format(who=who, when=markup.moment(happened_at(findings[0])))
    return texts.group_lead.format(who=who, calls=calls, **_span(findings))


def _session_fields(findings: Sequence[Finding], look: Look) -> Iterator[str]:
    lead = findings[0]
    texts, actor = look.texts, lead.actor
    if lead.account:
        yield f"*{texts.account}*\n{look.account(lead.account)}"
    regions = dict.fromkeys(finding.change.resource.region for finding in findings if finding.change)
    if regions:
        yield f"*{texts.region}*\n{' '.join(markup.code(each, 40, texts.more) for each in list(regions)[:MOST_WHO])}"
    if actor:
        yield f"*{texts.how}*\n{how(actor, texts)}"
        if actor.principal:
            yield f"*{texts.principal}*\n{markup.code(actor.principal, 250, texts.more)}"
    else:
        yield f"*{texts.when}*\n{markup.moment(happened_at(lead))}"


def _told(finding: Finding, look: Look) -> str:
    """What became of one resource, and the values before and after."""
    said = _line(finding, look)
    if finding.change is None:
        return said
    lines = difference_lines(finding.change, look.texts, limit=DIFFERENCE_LENGTH)
    return f"{said}\n{lines}" if lines else said


def _line(finding: Finding, look: Look, *, who: bool = False) -> str:
    """`🟡 *EC2 SecurityGroup* `web (sg-1)` was changed: `ec2:AuthorizeSecurityGroupIngress``, and where to look."""
    texts, change = look.texts, finding.change
    parts = [SIGNS[severity(finding).level]]
    call = finding.calls[0] if finding.calls else None
    if change:
        parts.append(f"*{markup.prose(type_label(change.resource.type), LISTED_LENGTH, texts.more)}*")
        parts.append(markup.code(change.resource.label, LABEL_LENGTH, texts.more))
        parts.append(texts.was.get(change.change_type, texts.was["UPDATE"]))
    if call:
        parts.append(markup.code(spelled(call), LISTED_LENGTH, texts.more))
    if who:
        parts.append(markup.code(_who(finding, texts), LISTED_LENGTH, texts.more))
    if call and call.console_url:
        parts.append(look.link(call.console_url, texts.cloudtrail_link, account=finding.account))
    elif change:
        url = config_timeline_url(change.resource)
        parts.append(look.link(url, texts.timeline_link, account=change.resource.account))
    return " ".join(parts)


def _storm(findings: Sequence[Finding], look: Look) -> Message:
    texts = look.texts
    people = {session_of(finding) for finding in findings}
    said = texts.storm_headline.format(count=len(findings), people=len(people))
    headline = texts.rated(severity(findings[0]).level, said)
    lines = [_line(finding, look, who=True) for finding in findings[:MOST_LISTED]]
    blocks: list[dict[str, Any]] = [
        markup.header(headline, texts.more),
        markup.section(texts.storm_lead.format(**_span(findings))),
        {"type": "section", "fields": [markup.mrkdwn(field) for field in _counts(findings, look)]},
        markup.section(_fitted(lines, len(findings), texts)),
    ]
    return message(_notification(headline, findings, texts), blocks)


def _counts(findings: Sequence[Finding], look: Look) -> Iterator[str]:
    """How many of which severity, by whom, and in which accounts."""
    texts = look.texts
    levels = Counter(severity(finding).level for finding in findings)
    yield "\n".join(f"{SIGNS[level]} {texts.severity[level]}: *{levels[level]:,}*" for level in SIGNS if levels[level])
    accounts = Counter(finding.change.resource.account for finding in findings if finding.change)
    if accounts:
        lines = [f"{look.account(account)}: *{count:,}*" for account, count in accounts.most_common(MOST_ACCOUNTS)]
        yield "\n".join([f"*{texts.account}*", *lines])
    who = Counter(_who(finding, texts) for finding in findings).most_common(MOST_WHO)
    lines = [f"{markup.code(name, LISTED_LENGTH, texts.more)}: *{count:,}*" for name, count in who]
    yield "\n".join([f"*{texts.storm_who}*", *lines])


def _fitted(lines: Sequence[str], total: int, texts: Texts) -> str:
    """As many lines as fit into a section, and how many more there are."""
    kept: list[str] = []
    room = LIST_LENGTH
    for line in lines:
        room -= markup.length(line) + 1
        if room < 0:
            break
        kept.append(line)
    if total > len(kept):
        kept.append(texts.group_more.format(count=total - len(kept)))
    return "\n".join(kept)


def _notification(headline: str, findings: Sequence[Finding], texts: Texts) -> str:
    """The headline and the first resources by name: what a locked telephone shows."""
    said = markup.prose(headline, 2 * markup.HEADER_LENGTH, texts.more)
    labels = [finding.change.resource.label for finding in findings[:3] if finding.change]
    return f"{said}: {markup.prose(', '.join(labels), 300, texts.more)}" if labels else said


def _span(findings: Sequence[Finding]) -> dict[str, str]:
    moments = [happened_at(finding) for finding in findings]
    return {"first": markup.moment(min(moments)), "last": markup.moment(max(moments))}


def _who(finding: Finding, texts: Texts) -> str:
    actor = finding.actor
    return actor.name or actor.principal or actor.kind if actor else texts.storm_nobody
