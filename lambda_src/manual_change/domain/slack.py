"""A finding as a Slack message: Block Kit blocks and the text of its notification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from manual_change.domain import slack_markup as markup
from manual_change.domain.actor import Actor
from manual_change.domain.api_call import CallReference
from manual_change.domain.change import UPDATE
from manual_change.domain.console import config_timeline_url, owning_stack
from manual_change.domain.finding import Finding
from manual_change.domain.severity import severity
from manual_change.domain.slack_difference import difference_lines
from manual_change.domain.slack_look import PLAIN, Look
from manual_change.domain.slack_text import CALL, Texts

NAME_LENGTH: Final = 250
"""Of a name, label or ARN in a message."""
EXPLANATION_LENGTH: Final = 600
EVIDENCE_LENGTH: Final = 300
MOST_EVIDENCE: Final = 4
MOST_CALLS: Final = 5

Message = dict[str, Any]
"""What a webhook takes: `text`, `blocks`, `unfurl_links`, `unfurl_media`."""


def finding_message(finding: Finding, look: Look = PLAIN) -> Message:
    """The message about one finding."""
    return _FindingMessage(finding, look).message()


def message(text: str, blocks: list[dict[str, Any]]) -> Message:
    """Blocks and the text that notifications show; links in it are not turned into previews."""
    return {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def type_label(resource_type: str) -> str:
    """`EC2 SecurityGroup` for `AWS::EC2::SecurityGroup`."""
    return " ".join(part for part in resource_type.split("::") if part != "AWS") or resource_type


class _FindingMessage:
    """The parts of one message, top to bottom."""

    def __init__(self, finding: Finding, look: Look) -> None:
        self._finding = finding
        self._look = look
        self._texts = look.texts
        self._change = finding.change
        self._lead_call = finding.calls[0] if finding.calls else None

    def message(self) -> Message:
        blocks = [
            markup.header(self._headline(), self._texts.more),
            markup.section(self._lead()),
        ]
        fields = [markup.mrkdwn(field) for field in self._fields()]
        if fields:
            blocks.append({"type": "section", "fields": fields})
        if self._change:
            lines = difference_lines(self._change, self._texts)
            if lines:
                blocks.append(markup.section(lines))
        blocks.append({"type": "context", "elements": [markup.mrkdwn(self._why())]})
        links = " · ".join(self._links())
        if links:
            blocks.append({"type": "context", "elements": [markup.mrkdwn(links)]})
        return message(self._notification(), blocks)

    def _headline(self) -> str:
        said = self._headline_template().format(
            who=_cut(self._who, 40), did=self._did, was=self._was, what=self._what_and_which
        )
        account, region = self._place()
        place = self._look.place(account, [region] if region else [])
        return self._texts.rated(severity(self._finding).level, said + place)

    @property
    def _what_and_which(self) -> str:
        """`EC2 SecurityGroup web`: a name where there is one, the id otherwise."""
        if self._change is None:
            return _cut(self._what, 60)
        resource = self._change.resource
        return f"{_cut(self._what, 30)} {_cut(resource.name or resource.id, 30)}"

    def _headline_template(self) -> str:
        actor = self._finding.actor
        if actor is None:
            return self._texts.headline_unattributed
        by_kind = {
            "person": self._texts.headline_person,
            "root": self._texts.headline_root,
            "unknown": self._texts.headline_unknown,
        }
        return by_kind.get(actor.kind, self._texts.headline_machine)

    def _lead(self) -> str:
        call = self._call(self._lead_call) if self._lead_call else ""
        if self._change is None:
            return self._texts.lead_call.format(who=self._code(self._who), call=call or self._code(self._what))
        which = self._code(self._change.resource.label)
        what = markup.prose(self._what, NAME_LENGTH, self._texts.more)
        if self._finding.actor is None:
            return self._texts.lead_unattributed.format(what=what, which=which, was=self._was)
        lead = self._texts.lead.format(who=self._code(self._who), did=self._did, what=what, which=which, call=call)
        return lead.removesuffix(": ")

    def _fields(self) -> Iterator[str]:
        account, region = self._place()
        if account:
            yield self._field(self._texts.account, self._look.account(account))
        if region:
            yield self._field(self._texts.region, self._code(region))
        when = self._when()
        if when:
            yield self._field(self._texts.when, when)
        actor = self._finding.actor
        if actor:
            yield self._field(self._texts.how, how(actor, self._texts))
            if actor.principal:
                yield self._field(self._texts.principal, self._code(actor.principal))
        if len(self._finding.calls) > 1:
            yield self._field(self._texts.calls, "\n".join(self._calls()))

    def _place(self) -> tuple[str | None, str | None]:
        if self._change:
            return self._change.resource.account, self._change.resource.region
        return self._finding.account, self._lead_call.region if self._lead_call else None

    def _when(self) -> str | None:
        if self._lead_call and self._change:
            lag = (self._change.captured_at - self._lead_call.event_time).total_seconds()
            called = markup.moment(self._lead_call.event_time)
            return self._texts.captured.format(when=called, lag=f"{lag:,.0f}") if lag >= 0 else called
        if self._change:
            return self._texts.captured_only.format(when=markup.moment(self._change.captured_at))
        return markup.moment(self._lead_call.event_time) if self._lead_call else None

    def _calls(self) -> Iterator[str]:
        for call in self._finding.calls[:MOST_CALLS]:
            yield f"{self._call(call)} {markup.moment(call.event_time)}"
        left_out = len(self._finding.calls) - MOST_CALLS
        if left_out > 0:
            yield self._texts.more_calls.format(count=left_out)

    def _why(self) -> str:
        pieces = [markup.prose(self._finding.explanation, EXPLANATION_LENGTH, self._texts.more)]
        pieces += [
            markup.prose(piece, EVIDENCE_LENGTH, self._texts.more) for piece in self._finding.evidence[:MOST_EVIDENCE]
        ]
        return f"*{self._texts.why}*: " + "\n• ".join(piece for piece in pieces if piece)

    def _links(self) -> Iterator[str]:
        account, _ = self._place()
        if self._lead_call and self._lead_call.console_url:
            yield self._look.link(self._lead_call.console_url, self._texts.cloudtrail_link, account=account)
        if self._change:
            timeline = config_timeline_url(self._change.resource)
            yield self._look.link(timeline, self._texts.timeline_link, account=account)
            stack = owning_stack(self._change)
            if stack:
                label = self._texts.stack_link.format(stack=stack.name)
                yield self._look.link(stack.url, label, account=account) if stack.url else markup.escape(label)

    def _notification(self) -> str:
        """What a notification shows, where there are no blocks: who, what, which and where, on one line."""
        headline = markup.prose(self._headline(), 2 * markup.HEADER_LENGTH, self._texts.more)
        if self._change is None or self._change.resource.name in (None, self._change.resource.id):
            return headline
        return f"{headline}: {markup.prose(self._change.resource.id, 2 * NAME_LENGTH, self._texts.more)}"

    @property
    def _who(self) -> str:
        actor = self._finding.actor
        return actor.name or actor.principal or actor.kind if actor else ""

    @property
    def _what(self) -> str:
        if self._change:
            return type_label(self._change.resource.type)
        return spelled(self._lead_call) if self._lead_call else self._finding.reason

    @property
    def _did(self) -> str:
        return self._texts.did[self._kind_of_change]

    @property
    def _was(self) -> str:
        return self._texts.was[self._kind_of_change]

    @property
    def _kind_of_change(self) -> str:
        if self._change is None:
            return CALL
        return self._change.change_type if self._change.change_type in self._texts.did else UPDATE

    def _call(self, call: CallReference) -> str:
        return self._code(spelled(call))

    def _code(self, text: str) -> str:
        return markup.code(text, NAME_LENGTH, self._texts.more)

    def _field(self, label: str, text: str) -> str:
        return f"*{label}*\n{text}"


def how(actor: Actor, texts: Texts) -> str:
    """`console · `203.0.113.7` · with MFA`."""
    via = texts.via.get(actor.via)
    mfa = {True: texts.mfa, False: texts.no_mfa, None: texts.mfa_not_recorded}[actor.mfa]
    parts = [via or markup.code(actor.via, NAME_LENGTH, texts.more)]
    if actor.source_ip:
        parts.append(markup.code(actor.source_ip, NAME_LENGTH, texts.more))
    return " · ".join([*parts, mfa])


def spelled(call: CallReference) -> str:
    """`ec2:AuthorizeSecurityGroupIngress`, as IAM spells it."""
    return f"{call.event_source.removesuffix('.amazonaws.com')}:{call.event_name}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
