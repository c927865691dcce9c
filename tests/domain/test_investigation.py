"""From a change and its calls, or from a call alone, to a finding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import Neighbour, Window
from manual_change.domain.change import Change, Relation
from manual_change.domain.finding import Finding
from manual_change.domain.investigation import investigate, investigate_call
from manual_change.domain.policy import AlwaysNotify, MaintenanceWindow, Policy, Suppression, TrustedPrincipal

Call = Callable[..., ApiCall]
Build = Callable[..., Change]
Identity = Callable[..., dict[str, Any]]

ROOT = {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}
TRUST = TrustedPrincipal("arn:aws:iam::111122223333:role/deploy", reason="the release pipeline")


def found(change: Change, *calls: ApiCall, policy: Policy | None = None, **more: Any) -> Finding:
    """The finding about a change."""
    return investigate(change, calls, policy or Policy(), **more)[0]


def said(finding: Finding) -> tuple[str, str | None, str]:
    """Decision, verdict, reason."""
    return finding.decision, finding.verdict, finding.reason


# A change and its calls


def test_a_persons_change_is_told(a_change: Build, a_call: Call) -> None:
    """With who, how and when."""
    finding = found(a_change(name="web"), a_call(userAgent="aws-cli/2"))

    assert ("notify", "manual", "iam-user") == said(finding)
    assert (
        "alice called AuthorizeSecurityGroupIngress with the command line 41 s before AWS Config saw web (sg-1) change"
        == finding.explanation
    )


def test_a_pipelines_change_is_silent(a_change: Build, a_call: Call, a_role_session: Identity) -> None:
    """The team named it."""
    finding = found(a_change(), a_call(by=a_role_session()), policy=Policy(trusted_principals=(TRUST,)))

    assert (("silent", "automated", "trusted-principal"), "pipeline") == (
        said(finding),
        finding.actor and finding.actor.kind,
    )


@pytest.mark.parametrize("person_first", [True, False])
def test_a_pipelines_call_never_hides_a_persons(
    a_change: Build, a_call: Call, a_role_session: Identity, person_first: bool
) -> None:
    """The manual call leads, and the finding is manual, whichever came first."""
    person = a_call(later=5 if person_first else 30)
    pipeline = a_call("RevokeSecurityGroupIngress", by=a_role_session(), later=20)
    finding = found(a_change(), person, pipeline, policy=Policy(trusted_principals=(TRUST,)))

    assert ("notify", "manual", "iam-user") == said(finding)
    assert ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"] == [
        call.event_name for call in finding.calls
    ]


def test_of_two_persons_the_one_closest_before_capture_leads(
    a_change: Build, a_call: Call, an_iam_user: Identity
) -> None:
    """Both are listed."""
    finding = found(a_change(), a_call(later=5), a_call("RevokeSecurityGroupIngress", by=an_iam_user("bob"), later=20))

    assert ("bob", 2) == (finding.actor and finding.actor.name, len(finding.calls))


def test_a_persons_call_after_capture_explains_nothing(a_change: Build, a_call: Call) -> None:
    """Config had seen the change by then."""
    assert ("silent", "unattributed", "no-call-found") == said(found(a_change(), a_call(later=60)))


@pytest.mark.parametrize(("setting", "decision"), [("never", "silent"), ("digest", "silent"), ("always", "notify")])
def test_a_change_without_a_call_is_unattributed(a_change: Build, setting: str, decision: str) -> None:
    """Whether it is told is the policy's business; it never vanishes."""
    finding = found(a_change(), policy=Policy(notify_unattributed=setting))

    assert (decision, "unattributed", "no-call-found") == said(finding)
    assert (None, ()) == (finding.actor, finding.calls)


@pytest.mark.parametrize(
    ("change_type", "words"), [("CREATE", "made sg-1"), ("UPDATE", "changed sg-1"), ("DELETE", "removed sg-1")]
)
def test_an_unattributed_change_says_what_happened(a_change: Build, change_type: str, words: str) -> None:
    """In one sentence."""
    assert found(a_change(change_type=change_type)).explanation.endswith(words)


def test_one_act_captured_twice_is_silent(a_change: Build, a_call: Call) -> None:
    """Its verdict stays what it was."""
    call = a_call()
    finding = found(a_change(), call, explained={call.event_id})

    assert ("silent", "manual", "already-reported") == said(finding)


def test_a_neighbours_call_is_told_as_such(a_change: Build, a_call: Call) -> None:
    """The evidence names the neighbour."""
    launch = a_call("RunInstances", request={})
    instance = a_change("i-1", type="AWS::EC2::Instance", change_type="CREATE")
    volume = a_change("vol-1", type="AWS::EC2::Volume", change_type="CREATE", relations=(Relation("x", "i-1"),))
    finding = found(volume, neighbours=[Neighbour(instance, (launch,))])

    assert ("notify", "manual", "iam-user") == said(finding)
    assert "alice called RunInstances on i-1, 41 s before AWS Config saw vol-1, which belongs to it, appear" == (
        finding.explanation
    )


def test_a_mention_is_told_as_such(a_change: Build, a_call: Call) -> None:
    """No other call names the resource."""
    mention = a_call("ModifyNetworkInterfaceAttribute", request={"networkInterfaceId": "eni-1", "groupSet": ["sg-1"]})

    assert any("without having it as its subject" in words for words in found(a_change(), mention).evidence)


def test_related_calls_are_listed_as_evidence(a_change: Build, a_call: Call) -> None:
    """They blame nobody."""
    mention = a_call("ModifyNetworkInterfaceAttribute", request={"networkInterfaceId": "eni-1", "groupSet": ["sg-1"]})
    finding = found(a_change(), a_call(), mention)

    assert ["AuthorizeSecurityGroupIngress"] == [call.event_name for call in finding.calls]
    assert "related calls that only mention it: ModifyNetworkInterfaceAttribute" in finding.evidence


# What silences


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (Policy(suppressions=(Suppression(reason="known", resource="sg-1"),)), "suppressed"),
        (Policy(suppressions=(Suppression(reason="known", call="ec2.amazonaws.com:Authorize*"),)), "suppressed"),
        (Policy(suppressions=(Suppression(reason="known", principal="arn:aws:iam::*:user/alice"),)), "suppressed"),
        (Policy(suppressions=(Suppression(reason="known", tags={"team": "web"}),)), "suppressed"),
    ],
)
def test_a_suppression_silences_a_persons_change(a_change: Build, a_call: Call, policy: Policy, reason: str) -> None:
    """It stays manual, and says why it is silent."""
    finding = found(a_change(tags={"team": "web"}), a_call(), policy=policy)

    assert ("silent", "manual", reason) == said(finding)
    assert "suppressed: known" == finding.evidence[0]


def test_a_maintenance_window_silences_a_persons_change(a_change: Build, a_call: Call, capture: Any) -> None:
    """The time of the change decides, not that of the call or of the judgement."""
    window = MaintenanceWindow(reason="migration", start=capture, end=capture + timedelta(hours=1))
    policy = Policy(maintenance_windows=(window,))

    assert [("silent", "manual", "maintenance-window"), ("notify", "manual", "iam-user")] == [
        said(found(change, a_call(), policy=policy)) for change in (a_change(), a_change(later=-1))
    ]


@pytest.mark.parametrize("notify", ["always", "digest"])
def test_an_unattributed_change_can_be_silenced_too(a_change: Build, capture: Any, notify: str) -> None:
    """By a suppression that asks for no principal and no call, or by a window."""
    suppression = Policy(suppressions=(Suppression(reason="known", region="eu-*"),), notify_unattributed=notify)
    window = MaintenanceWindow(reason="migration", start=capture, end=capture + timedelta(hours=1))

    assert [("silent", "unattributed", "suppressed"), ("silent", "unattributed", "maintenance-window")] == [
        said(found(a_change(), policy=policy))
        for policy in (suppression, Policy(maintenance_windows=(window,), notify_unattributed=notify))
    ]


@pytest.mark.parametrize("field", ["principal", "call"])
def test_a_suppression_of_somebody_leaves_an_unattributed_change_alone(a_change: Build, field: str) -> None:
    """Nobody is known to have made it."""
    suppression: Any = Suppression(**{"reason": "known", field: "arn:*" if field == "principal" else "ec2*:*"})
    policy = Policy(suppressions=(suppression,), notify_unattributed="always")

    assert ("notify", "unattributed", "no-call-found") == said(found(a_change(), policy=policy))


def silenced(capture: Any) -> Policy:
    """A policy that silences everything that can be silenced."""
    return Policy(
        trusted_principals=(TrustedPrincipal("arn:aws:*:*:*:*"),),
        always_notify=(AlwaysNotify("arn:aws:iam::*:user/alice"),),
        suppressions=(Suppression(reason="everything"),),
        maintenance_windows=(
            MaintenanceWindow(reason="always", start=capture - timedelta(days=1), end=capture + timedelta(days=1)),
        ),
    )


def test_nothing_silences_root(a_change: Build, a_call: Call, capture: Any) -> None:
    """No trust, no suppression, no window."""
    assert ("notify", "manual", "root") == said(found(a_change(), a_call(by=ROOT), policy=silenced(capture)))


def test_nothing_silences_whom_the_policy_always_reports(a_change: Build, a_call: Call, capture: Any) -> None:
    """Whatever else would."""
    assert ("notify", "manual", "always-notify") == said(found(a_change(), a_call(), policy=silenced(capture)))


def test_without_window_a_change_looks_back_half_an_hour(a_change: Build, a_call: Call) -> None:
    """The default of the settings."""
    assert [("notify", "manual", "iam-user"), ("silent", "unattributed", "no-call-found")] == [
        said(found(a_change(), a_call(later=later))) for later in (-1750, -1850)
    ]
    assert Window().lookback == timedelta(minutes=30)


# A call by itself


def test_a_persons_call_is_told(a_call: Call) -> None:
    """A finding without a change."""
    finding = investigate_call(a_call(userAgent="console.ec2.amazonaws.com"), Policy())

    assert (("notify", "manual", "iam-user"), None) == (said(finding), finding.change)
    assert finding.explanation.startswith("alice called AuthorizeSecurityGroupIngress in the console: ")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"errorCode": "AccessDenied"}, "failed-call"),
        ({"readOnly": True}, "read-only-call"),
        ({"name": "AssumeRole", "service": "sts"}, "changes-nothing"),
        ({"eventCategory": "Insight"}, "not-an-api-call"),
    ],
)
def test_a_call_that_changed_nothing_is_dropped(a_call: Call, fields: dict[str, Any], reason: str) -> None:
    """With its reason, and named."""
    call = a_call(**fields)
    finding = investigate_call(call, Policy())

    assert (("drop", None, reason), [call.event_id]) == (said(finding), [each.event_id for each in finding.calls])


def test_a_call_is_silenced_by_its_account_region_and_name(a_call: Call) -> None:
    """There is no resource to compare with."""
    silent = Suppression(reason="known", account="111122223333", region="eu-west-1", call="ec2*:Authorize*")
    spoken = Suppression(reason="known", resource_type="AWS::EC2::*")

    assert [("silent", "manual", "suppressed"), ("notify", "manual", "iam-user")] == [
        said(investigate_call(a_call(), Policy(suppressions=(entry,)))) for entry in (silent, spoken)
    ]


def test_a_call_in_a_maintenance_window_is_silent(a_call: Call, noon: Any) -> None:
    """The time of the call is the time of the change."""
    window = MaintenanceWindow(reason="migration", start=noon, end=noon + timedelta(minutes=1), accounts=("1111*",))

    assert ("silent", "manual", "maintenance-window") == said(
        investigate_call(a_call(), Policy(maintenance_windows=(window,)))
    )


# In words


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0", " in the console "),
        ("aws-cli/2", " with the command line "),
        ("Boto3/1", " with an SDK "),
        ("Terraform/1", " with Terraform "),
        ("Pulumi/1", " with Pulumi "),
        ("aws-cdk/2", " with the CDK "),
        ("?", "Ingress 41 s "),
    ],
)
def test_the_sentence_says_how(a_change: Build, a_call: Call, agent: str, words: str) -> None:
    """Where it is known."""
    assert words in found(a_change(), a_call(userAgent=agent)).explanation


@pytest.mark.parametrize(
    ("service", "words"), [("cloudformation", " through CloudFormation "), ("ssm", " through ssm ")]
)
def test_the_sentence_names_the_service_that_called(
    a_change: Build, a_call: Call, an_iam_user: Identity, service: str, words: str
) -> None:
    """AWS wrote it."""
    by = an_iam_user() | {"invokedBy": f"{service}.amazonaws.com"}

    assert words in found(a_change(), a_call(by=by)).explanation


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (0, "41 s before"),
        (41, "0 s before"),
        (43, "2 s after"),
        (-79, "2 min before"),
        (-144, "3 min 5 s before"),
        (-3559, "1 h before"),
    ],
)
def test_the_sentence_says_how_long_before(a_change: Build, a_call: Call, later: int, words: str) -> None:
    """In whole seconds, minutes and hours."""
    window = Window(lookback=timedelta(hours=2))

    assert f"{words} AWS Config saw" in found(a_change(), a_call(later=later), window=window).explanation


@pytest.mark.parametrize(
    ("change_type", "verb", "call"),
    [
        ("CREATE", "appear", "CreateSecurityGroup"),
        ("DELETE", "disappear", "DeleteSecurityGroup"),
    ],
)
def test_the_sentence_says_what_happened(a_change: Build, a_call: Call, change_type: str, verb: str, call: str) -> None:
    """To the resource."""
    assert found(a_change(change_type=change_type), a_call(call)).explanation.endswith(f"sg-1 {verb}")
