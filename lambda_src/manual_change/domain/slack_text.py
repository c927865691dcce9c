"""The fixed text of messages: one table for each language. What a finding says in words (its explanation and evidence)
comes from the judgement and is English in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from manual_change.domain.change import CREATE, DELETE, UPDATE
from manual_change.domain.severity import CRITICAL, HIGH, LOW, MEDIUM

CALL: Final = "CALL"
"""Beside the change types: a finding about a call by itself."""


SIGNS: Final[Mapping[str, str]] = {CRITICAL: "🔴", HIGH: "🟠", MEDIUM: "🟡", LOW: "⚪"}
"""By severity: what catches the eye. The word beside it says the same to those who do not tell the colours apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Everything a message says by itself. Braces name what is filled in."""

    did: Mapping[str, str]
    """By change type: what somebody did."""
    was: Mapping[str, str]
    """By change type: what became of the resource."""

    severity: Mapping[str, str]
    """By severity: the word."""
    headline: str
    """What stands before every headline about a finding: sign and word of its severity."""
    headline_person: str
    headline_root: str
    headline_unknown: str
    headline_machine: str
    headline_unattributed: str
    lead: str
    lead_call: str
    lead_unattributed: str

    account: str
    region: str
    when: str
    captured: str
    """How long after the call Config captured the change."""
    captured_only: str
    how: str
    principal: str
    calls: str
    why: str
    via: Mapping[str, str]
    """By `Actor.via`; a service that is not here stands for itself."""
    mfa: str
    no_mfa: str
    mfa_not_recorded: str

    added: str
    removed: str
    became: str
    same: str
    """Before a value whose beginning is the same on both sides."""
    nothing_to_compare: str
    """A change whose diff Config left out."""
    more_characters: str
    more_lines: str
    more_differences: str
    more_calls: str

    cloudtrail_link: str
    timeline_link: str
    stack_link: str
    """The CloudFormation stack that owns the resource."""

    group_headline: str
    """About several resources that one session changed."""
    group_headline_root: str
    group_again: str
    """As `group_headline`, where an earlier message told the same call already."""
    group_calls: str
    """About several calls without a resource."""
    group_lead: str
    group_lead_one: str
    """Where it was a single call."""
    group_more: str
    storm_headline: str
    storm_lead: str
    storm_who: str
    """Before the counts by who did it."""
    storm_nobody: str

    digest_headline: str
    digest_lead: str
    digest_more: str

    def rated(self, level: str, what: str) -> str:
        """A headline with its severity before it."""
        return self.headline.format(sign=SIGNS[level], severity=self.severity[level], what=what)

    def more_lines_left_out(self, lines: int) -> str:
        """How many lines of a document were left out."""
        return self.more_lines.format(count=lines)

    def more(self, characters: int) -> str:
        """How much of a value was left out."""
        return self.more_characters.format(count=characters)


ENGLISH: Final = Texts(
    did={CREATE: "created", UPDATE: "changed", DELETE: "deleted", CALL: "called"},
    severity={CRITICAL: "Critical", HIGH: "High", MEDIUM: "Medium", LOW: "Low"},
    headline="{sign} {severity}: {what}",
    was={CREATE: "was created", UPDATE: "was changed", DELETE: "was deleted", CALL: "was called"},
    headline_person="{who} {did} {what} by hand",
    headline_root="ROOT {did} {what}",
    headline_unknown="{who} {did} {what}, not proven to be a machine",
    headline_machine="{who} {did} {what}",
    headline_unattributed="{what} {was}, and no API call explains it",
    lead="{who} {did} *{what}* {which}: {call}",
    lead_call="{who} called {call}",
    lead_unattributed="*{what}* {which} {was}. CloudTrail has no call that explains it.",
    account="Account",
    region="Region",
    when="When",
    captured="{when}\nseen by AWS Config {lag} s later",
    captured_only="{when}\nwhen AWS Config saw it",
    how="How",
    principal="Principal",
    calls="API calls",
    why="Why",
    via={
        "console": "console",
        "cli": "command line",
        "sdk": "SDK",
        "terraform": "Terraform",
        "pulumi": "Pulumi",
        "cdk": "CDK",
        "cloudformation": "CloudFormation",
        "unknown": "tool unknown",
    },
    mfa="with MFA",
    no_mfa="⚠️ without MFA",
    mfa_not_recorded="MFA not recorded",
    added="added {after}",
    removed="removed {before}",
    became="{before} → {after}",
    same="({count:,} same characters) …",
    nothing_to_compare="AWS Config's notice was too large to hold what changed; the timeline shows it.",
    more_characters="… ({count:,} more characters)",
    more_lines="… ({count:,} more lines)",
    more_differences="and {count:,} more properties",
    more_calls="and {count:,} more",
    cloudtrail_link="CloudTrail event",
    timeline_link="AWS Config timeline",
    stack_link="CloudFormation stack {stack}",
    group_headline="{who} changed {count:,} resources by hand",
    group_headline_root="ROOT changed {count:,} resources",
    group_again="{who} also changed, with a call told before: {count:,} more",
    group_calls="{who} made {count:,} calls by hand",
    group_lead="{who} made {calls} API calls between {first} and {last}.",
    group_lead_one="{who} made one API call, {when}.",
    group_more="and {count:,} more; the findings table has all of them",
    storm_headline="{count:,} changes by {people:,} principals at once",
    storm_lead="Too many for a message each, the worst first. Made between {first} and {last}; "
    "the findings table has all of them.",
    storm_who="Who",
    storm_nobody="nobody known",
    digest_headline="🔍 Changes that no API call explains: {count:,}",
    digest_lead="AWS Config recorded these changes between {first} and {last}. "
    "CloudTrail has no call that explains them.",
    digest_more="and {count:,} more",
)

JAPANESE: Final = Texts(
    did={CREATE: "作成しました", UPDATE: "変更しました", DELETE: "削除しました", CALL: "呼び出しました"},
    severity={CRITICAL: "重大", HIGH: "高", MEDIUM: "中", LOW: "低"},
    headline="{sign} {severity}: {what}",
    was={CREATE: "作成されました", UPDATE: "変更されました", DELETE: "削除されました", CALL: "呼び出されました"},
    headline_person="{who} が {what} を手動で{did}",
    headline_root="ルートユーザーが {what} を{did}",
    headline_unknown="{who} が {what} を{did}(機械によるものと確認できません)",
    headline_machine="{who} が {what} を{did}",
    headline_unattributed="{what} が{was}(該当する API 呼び出しがありません)",
    lead="{who} が *{what}* {which} を{did}: {call}",
    lead_call="{who} が {call} を呼び出しました",
    lead_unattributed="*{what}* {which} が{was}。CloudTrail に該当する API 呼び出しがありません。",
    account="アカウント",
    region="リージョン",
    when="日時",
    captured="{when}\nその {lag} 秒後に AWS Config が検出",
    captured_only="{when}\nAWS Config が検出した日時",
    how="方法",
    principal="プリンシパル",
    calls="API 呼び出し",
    why="判定の根拠",
    via={
        "console": "コンソール",
        "cli": "コマンドライン",
        "sdk": "SDK",
        "terraform": "Terraform",
        "pulumi": "Pulumi",
        "cdk": "CDK",
        "cloudformation": "CloudFormation",
        "unknown": "ツール不明",
    },
    mfa="MFA あり",
    no_mfa="⚠️ MFA なし",
    mfa_not_recorded="MFA の記録なし",
    added="追加: {after}",
    removed="削除: {before}",
    became="{before} → {after}",
    same="(先頭 {count:,} 文字は同じ) …",
    nothing_to_compare="AWS Config の通知が大きすぎて差分が含まれていません。タイムラインで確認できます。",
    more_characters="… (ほか {count:,} 文字)",
    more_lines="… (ほか {count:,} 行)",
    more_differences="ほか {count:,} 件のプロパティ",
    more_calls="ほか {count:,} 件",
    cloudtrail_link="CloudTrail イベント",
    timeline_link="AWS Config タイムライン",
    stack_link="CloudFormation スタック {stack}",
    group_headline="{who} が {count:,} 件のリソースを手動で変更しました",
    group_headline_root="ルートユーザーが {count:,} 件のリソースを変更しました",
    group_again="{who} が通知済みの呼び出しでさらに {count:,} 件を変更しました",
    group_calls="{who} が手動で {count:,} 件の呼び出しを行いました",
    group_lead="{who} が {first} から {last} までに {calls} 件の API 呼び出しを行いました。",
    group_lead_one="{who} が {when} に 1 件の API 呼び出しを行いました。",
    group_more="ほか {count:,} 件(すべて検出結果テーブルにあります)",
    storm_headline="{people:,} 個のプリンシパルによる {count:,} 件の変更",
    storm_lead="{first} から {last} までの変更です。個別には通知せず、重大なものから示します。"
    "すべて検出結果テーブルにあります。",
    storm_who="実行者",
    storm_nobody="不明",
    digest_headline="🔍 該当する API 呼び出しのない変更: {count:,} 件",
    digest_lead="AWS Config が {first} から {last} までに記録した変更です。"
    "CloudTrail に該当する API 呼び出しがありません。",
    digest_more="ほか {count:,} 件",
)

LANGUAGES: Final[Mapping[str, Texts]] = {"en": ENGLISH, "ja": JAPANESE}


def texts_in(language: str) -> Texts:
    """The fixed text in a language.

    Raises:
        ValueError: there is no table for it.
    """
    if language not in LANGUAGES:
        raise ValueError(f"messages are written in {' or '.join(sorted(LANGUAGES))}; the language is {language!r}")
    return LANGUAGES[language]
