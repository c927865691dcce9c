"""What a policy decides about a principal, a change and a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from manual_change.domain.policy import AlwaysNotify, MaintenanceWindow, Policy, Suppression, TrustedPrincipal

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DEPLOY = "arn:aws:iam::111122223333:role/deploy-web"
SESSION = "arn:aws:sts::111122223333:assumed-role/deploy-web/run-17"


def a_suppression(**fields: Any) -> Policy:
    """A policy with one suppression."""
    return Policy(suppressions=(Suppression(**({"reason": "the DBAs own it"} | fields)),))


def silences(policy: Policy, **changed: Any) -> bool:
    """Whether the policy silences a change of a parameter group, made with ModifyDBParameterGroup."""
    asked: dict[str, Any] = {
        "at": NOON,
        "account": "111122223333",
        "region": "eu-west-1",
        "resource_type": "AWS::RDS::DBParameterGroup",
        "resource_names": ("prod-pg", "prod", "arn:aws:rds:eu-west-1:111122223333:pg:prod-pg"),
        "tags": {"team": "dba", "stage": "prod"},
        "principals": (DEPLOY, SESSION),
        "call": "rds.amazonaws.com:ModifyDBParameterGroup",
    }
    return policy.suppresses(**(asked | changed)) is not None


def test_a_principal_is_trusted_by_the_arn_of_its_role() -> None:
    """The path and the account are part of the ARN."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::111122223333:role/deploy-*"),))

    assert policy.trusts((DEPLOY, SESSION), "cli") is not None


def test_a_principal_is_trusted_by_the_arn_of_its_session() -> None:
    """`principal` is compared with the role's, the session's and the caller's ARN."""
    pattern = "arn:aws:sts::111122223333:assumed-role/deploy-web/*"

    assert Policy(trusted_principals=(TrustedPrincipal(pattern),)).trusts((DEPLOY, SESSION), "cli") is not None


STRANGE_PATHS = (
    "arn:aws:iam::444455556666:role/:role/deploy-web",
    "arn:aws:iam::444455556666:role/x:role/deploy-web",
    "arn:aws:iam::444455556666:role/team/deploy-web",
    "arn:aws:iam::444455556666:role/deploy-/alice",
    "arn:aws:iam::444455556666:role/deploy-web/alice",
    "arn:aws:iam::444455556666:user/deploy-/alice",
)
"""A path may hold any character from `!` to DEL (IAM API reference, CreateRole)."""


@pytest.mark.parametrize("look_alike", STRANGE_PATHS)
@pytest.mark.parametrize("trusted", ["role/deploy-*", "role/deploy-web", "role/deploy-???"])
def test_a_look_alike_is_not_trusted_where_any_account_is(look_alike: str, trusted: str) -> None:
    """The glob of the account spans digits, that of the name no path."""
    policy = Policy(trusted_principals=(TrustedPrincipal(f"arn:aws:iam::*:{trusted}"),))

    assert [True, False] == [policy.trusts((arn,), "cli") is not None for arn in (DEPLOY, look_alike)]


def test_a_look_alike_is_not_suppressed_either() -> None:
    """A suppression silences as trust does."""
    policy = a_suppression(principal="arn:aws:iam::*:role/deploy-*")

    assert [True] + [False] * len(STRANGE_PATHS) == [
        silences(policy, principals=(arn,)) for arn in (DEPLOY, *STRANGE_PATHS)
    ]


@pytest.mark.parametrize(
    "look_alike",
    [
        "arn:aws:iam::444455556666:role/deploy-web",
        "arn:aws:iam::111122223333:role/team/deploy-web",
        "arn:aws:iam::111122223333:user/deploy-web",
        "arn:aws:iam::111122223333:role/not-deploy-web",
        "arn:aws-cn:iam::111122223333:role/deploy-web",
    ],
)
def test_a_look_alike_is_not_trusted(look_alike: str) -> None:
    """The same name in another account, path, partition or kind of principal is somebody else."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::111122223333:role/deploy-*"),))

    assert policy.trusts((look_alike,), "terraform") is None


def test_nobody_without_an_arn_is_trusted() -> None:
    """A caller that AWS did not name matches no pattern, however wide."""
    assert Policy(trusted_principals=(TrustedPrincipal("*"),)).trusts((), "terraform") is None


@pytest.mark.parametrize("spelled", ["terraform", "ssm", "ssm.amazonaws.com"])
def test_via_narrows_trust(spelled: str) -> None:
    """A service may be named as `via` shows it or as AWS writes it."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::*:role/deploy-*", via=(spelled,)),))
    way = spelled.removesuffix(".amazonaws.com")

    assert [True, False] == [policy.trusts((DEPLOY,), via) is not None for via in (way, "console")]


def test_an_entry_without_via_trusts_any_way() -> None:
    """Left out, every field matches."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::*:role/deploy-*"),))

    assert policy.trusts((DEPLOY,), "console") is not None


def test_a_later_entry_trusts_what_the_first_does_not() -> None:
    """Entries are alternatives."""
    entries = (TrustedPrincipal("arn:aws:iam::*:role/other"), TrustedPrincipal("arn:aws:iam::*:role/deploy-*"))

    assert entries[1] == Policy(trusted_principals=entries).trusts((DEPLOY,), "cli")


def test_break_glass_roles_are_always_reported() -> None:
    """By whole ARN, as trust is."""
    policy = Policy(always_notify=(AlwaysNotify("arn:aws:iam::*:role/break-glass-*"),))
    held, other = "arn:aws:iam::111122223333:role/break-glass-1", "arn:aws:iam::111122223333:role/x/break-glass-1"

    assert [True, False, False] == [policy.always_notifies(arns, "cli") is not None for arns in ((held,), (other,), ())]


@pytest.mark.parametrize(
    "name",
    ["break-glass-1", "ops/break-glass-1", "my-break-glass", "a/b/my-break-glass-1", ":role/break-glass-1"],
)
def test_a_glob_that_always_reports_spans_paths_where_one_that_trusts_does_not(name: str) -> None:
    """A look-alike that is told of is no danger; a break-glass role below a path that is not told of is one."""
    pattern, held = "arn:aws:iam::*:role/*break-glass*", f"arn:aws:iam::111122223333:role/{name}"
    policy = Policy(always_notify=(AlwaysNotify(pattern),), trusted_principals=(TrustedPrincipal(pattern),))

    assert policy.always_notifies((held,), "cli") is not None
    assert ("/" not in name) is (policy.trusts((held,), "cli") is not None)


def test_what_always_reports_part_by_part_is_always_reported_still() -> None:
    """Brackets over a slash are literal part by part, and a class over the whole value: either is enough."""
    policy = Policy(always_notify=(AlwaysNotify("arn:aws:iam::*:role/[a/b]"),))
    roles = [f"arn:aws:iam::111122223333:role/{name}" for name in ("[a/b]", "a")]

    assert all(policy.always_notifies((role,), "cli") for role in roles)


@pytest.mark.parametrize("spelled", ["controltower", "controltower.amazonaws.com"])
def test_a_service_may_use_a_role_that_is_always_reported(spelled: str) -> None:
    """Control Tower works with an administrator's role; a person with the same role is reported."""
    entry = AlwaysNotify("arn:aws:iam::*:role/deploy-*", unless_via=(spelled,))
    policy = Policy(always_notify=(entry,))

    assert [entry, entry, None] == [
        policy.always_notifies((DEPLOY,), via) for via in ("console", "ssm", "controltower")
    ]


def test_a_suppression_with_only_a_reason_silences_everything() -> None:
    """Every field but `reason` may be left out."""
    assert silences(a_suppression())


@pytest.mark.parametrize(
    ("field", "match", "other"),
    [
        ("principal", "arn:aws:iam::*:role/deploy-*", "arn:aws:iam::*:role/dba-*"),
        ("resource_type", "AWS::RDS::*", "AWS::EC2::*"),
        ("resource", "prod-pg", "prod-p"),
        ("resource", "prod", "pro"),
        ("resource", "arn:aws:rds:*:pg:prod-*", "arn:aws:rds:*:db:*"),
        ("tags", {"team": "dba"}, {"team": "web"}),
        ("tags", {"team": "*", "stage": "pr*"}, {"team": "*", "owner": "*"}),
        ("call", "rds.amazonaws.com:Modify*", "rds.amazonaws.com:Delete*"),
        ("call", "*:ModifyDBParameterGroup", "ec2.amazonaws.com:Modify*"),
        ("account", "1111*", "2222*"),
        ("region", "eu-*", "us-*"),
        ("expires", date(2026, 11, 22), date(2026, 11, 21)),
        ("expires", NOON + timedelta(seconds=1), NOON),
    ],
)
def test_each_field_of_a_suppression_decides(field: str, match: Any, other: Any) -> None:
    """A suppression silences what matches every field given, and nothing else."""
    assert [True, False] == [silences(a_suppression(**{field: value})) for value in (match, other)]


def test_all_fields_must_match() -> None:
    """One field that does not match is enough to be heard."""
    policy = a_suppression(resource_type="AWS::RDS::*", region="us-*")

    assert not silences(policy)


@pytest.mark.parametrize(
    ("field", "absent"),
    [
        ("principal", {"principals": ()}),
        ("resource_type", {"resource_type": None}),
        ("resource", {"resource_names": (None, None)}),
        ("call", {"call": None}),
        ("tags", {"tags": {}}),
    ],
)
def test_a_field_that_is_given_does_not_match_nothing(field: str, absent: dict[str, Any]) -> None:
    """An unattributed change has no principal and no call: a suppression that names one leaves it alone."""
    pattern: Any = {"team": "*"} if field == "tags" else "?*"

    assert not silences(a_suppression(**{field: pattern}), **absent)


def test_a_date_counts_to_its_end_in_utc() -> None:
    """`expires: 2026-11-22` is in force on that day, wherever the change's own clock stood."""
    policy = a_suppression(expires=date(2026, 11, 22))
    last = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
    first_after = datetime(2026, 11, 23, 8, 0, tzinfo=timezone(timedelta(hours=9)))

    assert [True, True, False] == [
        silences(policy, at=moment) for moment in (last, first_after - timedelta(hours=1), last + timedelta(seconds=1))
    ]


def test_a_suppression_may_expire_never() -> None:
    """The last day of the calendar is a common way to write it."""
    assert silences(a_suppression(expires=date(9999, 12, 31)))


def test_the_first_suppression_that_matches_is_named() -> None:
    """Its reason is what people read."""
    first, second = Suppression(reason="first", region="us-*"), Suppression(reason="second")
    found = Policy(suppressions=(first, second)).suppresses(
        at=NOON,
        account="1",
        region="eu-west-1",
        resource_type=None,
        resource_names=(),
        tags={},
        principals=(),
        call=None,
    )

    assert second == found


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOON - timedelta(milliseconds=1), False),
        (NOON, True),
        (NOON + timedelta(minutes=59), True),
        (NOON + timedelta(hours=1), False),
    ],
)
def test_a_window_includes_its_start_and_not_its_end(moment: datetime, expected: bool) -> None:
    """Two windows that touch never both hold."""
    window = MaintenanceWindow(reason="migration", start=NOON, end=NOON + timedelta(hours=1))

    assert expected is (Policy(maintenance_windows=(window,)).window_at(moment, "111122223333") is not None)


@pytest.mark.parametrize(
    ("accounts", "expected"), [((), True), (("111122223333",), True), (("1111*",), True), (("444455556666",), False)]
)
def test_a_window_holds_for_its_accounts(accounts: tuple[str, ...], expected: bool) -> None:
    """Left out: all accounts."""
    window = MaintenanceWindow(reason="migration", start=NOON, end=NOON + timedelta(hours=1), accounts=accounts)

    assert expected is (Policy(maintenance_windows=(window,)).window_at(NOON, "111122223333") is not None)


def test_the_empty_policy_trusts_nobody_by_name() -> None:
    """Only CloudFormation is trusted; workloads and unattributed changes do not interrupt anybody."""
    policy = Policy()

    assert (True, False, "digest", None, None) == (
        policy.trust_cloudformation,
        policy.notify_workloads,
        policy.notify_unattributed,
        policy.trusts((DEPLOY, SESSION), "terraform"),
        policy.always_notifies((DEPLOY,), "cli"),
    )
