"""Reading the policy document: every problem named with its entry and its mend."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.policy import (
    AlwaysNotify,
    MaintenanceWindow,
    Policy,
    PolicyError,
    Suppression,
    TrustedPrincipal,
)
from manual_change.domain.policy_document import read_policy

DEPLOY = "arn:aws:iam::111122223333:role/deploy-*"

DOCUMENT = {
    "version": 1,
    "trusted_principals": [{"principal": DEPLOY, "via": ["terraform"], "reason": "the release pipeline"}],
    "always_notify": [{"principal": "arn:aws:iam::*:role/break-glass-*", "reason": "break glass"}],
    "suppressions": [
        {
            "reason": "DBAs own parameter groups",
            "principal": "*",
            "resource_type": "AWS::RDS::*",
            "resource": "*",
            "tags": {"team": "dba"},
            "call": "rds.amazonaws.com:Modify*",
            "account": "*",
            "region": "*",
            "expires": "2027-01-31",
        }
    ],
    "maintenance_windows": [
        {
            "reason": "migration",
            "start": "2026-12-01T18:00:00Z",
            "end": "2026-12-01T22:00:00Z",
            "accounts": ["111122223333"],
        }
    ],
    "trust_cloudformation": True,
    "notify_workloads": False,
    "notify_unattributed": "digest",
}
"""The example of DESIGN, section 5.5, word for word."""


def problems_of(document: object) -> list[str]:
    """What the reader complains about, none where it reads the document."""
    try:
        read_policy(document if isinstance(document, dict) else json.dumps(document))
    except PolicyError as error:
        return list(error.problems)
    return []


def with_entry(key: str, **fields: Any) -> dict[str, Any]:
    """A document whose one entry of a list is sound but for these fields; `...` leaves one out."""
    sound = {
        "trusted_principals": {"principal": DEPLOY, "reason": "why"},
        "always_notify": {"principal": DEPLOY, "reason": "why"},
        "suppressions": {"reason": "why"},
        "maintenance_windows": {"reason": "why", "start": "2026-12-01T18:00:00Z", "end": "2026-12-01T22:00:00Z"},
    }
    entry = {name: value for name, value in (sound[key] | fields).items() if value is not ...}
    return {"version": 1, key: [entry]}


def test_the_documented_example_is_read_whole() -> None:
    """Each field arrives where it belongs."""
    expected = Policy(
        trusted_principals=(TrustedPrincipal(DEPLOY, via=("terraform",), reason="the release pipeline"),),
        always_notify=(AlwaysNotify("arn:aws:iam::*:role/break-glass-*", reason="break glass"),),
        suppressions=(
            Suppression(
                reason="DBAs own parameter groups",
                resource_type="AWS::RDS::*",
                tags={"team": "dba"},
                call="rds.amazonaws.com:Modify*",
                expires=date(2027, 1, 31),
            ),
        ),
        maintenance_windows=(
            MaintenanceWindow(
                reason="migration",
                start=datetime(2026, 12, 1, 18, tzinfo=UTC),
                end=datetime(2026, 12, 1, 22, tzinfo=UTC),
                accounts=("111122223333",),
            ),
        ),
    )

    assert expected == read_policy(json.dumps(DOCUMENT))


def test_the_empty_policy_is_valid() -> None:
    """Only its version must be there."""
    assert Policy() == read_policy('{"version": 1}')


def test_settings_that_differ_from_the_defaults_are_read() -> None:
    """Each of the three switches."""
    document = {
        "version": 1,
        "trust_cloudformation": False,
        "notify_workloads": True,
        "notify_unattributed": "always",
    }

    assert Policy(trust_cloudformation=False, notify_workloads=True, notify_unattributed="always") == read_policy(
        document
    )


@pytest.mark.parametrize("text", ["", "{", b"\xff", "[" * 100_000, "not json"])
def test_what_is_no_json_is_said_to_be_none(text: str | bytes) -> None:
    """Also bytes that are no UTF-8 and nesting beyond what can be read."""
    with pytest.raises(PolicyError, match="the document is not JSON"):
        read_policy(text)


@pytest.mark.parametrize(
    ("document", "entry", "mend"),
    [
        ([], "policy", "use an object"),
        ({}, "version", "version 1 is understood"),
        ({"version": 2}, "version", "version 1 is understood"),
        ({"version": "1"}, "version", "version 1 is understood"),
        ({"version": True}, "version", "version 1 is understood"),
        ({"version": 1, "trusted_principal": []}, "trusted_principal", "did you mean 'trusted_principals'?"),
        ({"version": 1, "trusted_principals": {}}, "trusted_principals", "use a list"),
        ({"version": 1, "suppressions": ["x"]}, "suppressions[0]", "use an object"),
        ({"version": 1, "trust_cloudformation": "yes"}, "trust_cloudformation", "use true or false"),
        ({"version": 1, "notify_workloads": 1}, "notify_workloads", "use true or false"),
        ({"version": 1, "notify_unattributed": "sometimes"}, "notify_unattributed", '"never", "digest" or "always"'),
        ({"version": 1, "notify_unattributed": None}, "notify_unattributed", "use a text"),
        (with_entry("trusted_principals", principal=...), "trusted_principals[0].principal", "add it"),
        (with_entry("trusted_principals", principal="deploy-*"), "trusted_principals[0].principal", "whole ARN"),
        (with_entry("trusted_principals", principal="*"), "trusted_principals[0].principal", "whole ARN"),
        (
            with_entry("trusted_principals", principal="arn:aws:s3:::bucket"),
            "trusted_principals[0].principal",
            "arn:aws:iam: or arn:aws:sts:",
        ),
        (with_entry("trusted_principals", reason=...), "trusted_principals[0].reason", "add it"),
        (with_entry("trusted_principals", reason=" "), "trusted_principals[0].reason", "say why"),
        (with_entry("trusted_principals", via="terraform"), "trusted_principals[0].via", "list of texts"),
        (with_entry("trusted_principals", via=["Terraform!"]), "trusted_principals[0].via", "a service's name"),
        (with_entry("trusted_principals", via=["teraform"]), "trusted_principals[0].via", "did you mean 'terraform'?"),
        (with_entry("always_notify", unless_via=["cli"]), "always_notify[0].unless_via", "which AWS writes"),
        (with_entry("always_notify", unless_via=["Control Tower"]), "always_notify[0].unless_via", "name of a service"),
        (with_entry("always_notify", unless_via=["cloudformatoin"]), "always_notify[0].unless_via", "did you mean"),
        (with_entry("always_notify", unless_via="ssm"), "always_notify[0].unless_via", "list of texts"),
        (with_entry("suppressions", principal="deploy-*"), "suppressions[0].principal", "whole ARN"),
        (with_entry("suppressions", principal=""), "suppressions[0].principal", "whole ARN"),
        (with_entry("always_notify", principal=7), "always_notify[0].principal", "use a text"),
        (with_entry("always_notify", reason=...), "always_notify[0].reason", "add it"),
        (with_entry("always_notify", expires="2027-01-31"), "always_notify[0].expires", "known are"),
        (with_entry("suppressions", reason=...), "suppressions[0].reason", "add it"),
        (with_entry("suppressions", resourcetype="x"), "suppressions[0].resourcetype", "did you mean 'resource_type'?"),
        (with_entry("suppressions", tags=["team"]), "suppressions[0].tags", "an object of texts"),
        (with_entry("suppressions", tags={"team": 1}), "suppressions[0].tags", "an object of texts"),
        (with_entry("suppressions", call="Modify*"), "suppressions[0].call", "service.amazonaws.com:Name"),
        (with_entry("suppressions", call="rds:Modify*"), "suppressions[0].call", "rds.amazonaws.com:Modify*"),
        (with_entry("suppressions", account="1234"), "suppressions[0].account", "12 digits"),
        (with_entry("suppressions", region="eu-west1"), "suppressions[0].region", "eu-west-1"),
        (with_entry("suppressions", resource_type="AWS:RDS:*"), "suppressions[0].resource_type", "AWS::RDS::*"),
        (with_entry("maintenance_windows", accounts=["1234"]), "maintenance_windows[0].accounts", "12 digits"),
        (with_entry("suppressions", region=["eu-west-1"]), "suppressions[0].region", "use a text"),
        (with_entry("suppressions", expires="soon"), "suppressions[0].expires", '"2027-01-31"'),
        (with_entry("suppressions", expires="2027-02-30"), "suppressions[0].expires", '"2027-01-31"'),
        (with_entry("suppressions", expires=20270131), "suppressions[0].expires", '"2027-01-31"'),
        (with_entry("maintenance_windows", start=...), "maintenance_windows[0].start", "use a time"),
        (with_entry("maintenance_windows", end="later"), "maintenance_windows[0].end", "use a time"),
        (with_entry("maintenance_windows", end="2026-12-01T18:00:00Z"), "maintenance_windows[0]", "later than start"),
        (with_entry("maintenance_windows", accounts="111122223333"), "maintenance_windows[0].accounts", "list of"),
        (with_entry("maintenance_windows", reason=...), "maintenance_windows[0].reason", "add it"),
    ],
)
def test_each_problem_names_its_entry_and_its_mend(document: object, entry: str, mend: str) -> None:
    """One line for each problem: where, what was found, what would be right."""
    problems = problems_of(document)

    assert [True] * 2 == [
        any(problem.startswith(f"{entry} ") for problem in problems),
        any(mend in problem for problem in problems),
    ], problems


def test_all_problems_are_told_at_once() -> None:
    """A person mends them in one go."""
    document = {"version": 3, "suppressions": [{}, {"reason": "x", "call": "y"}], "notify_workloads": "no"}

    assert 4 == len(problems_of(document))


def test_the_error_shows_every_problem() -> None:
    """`str(error)` is what the command line and the synthesis print."""
    with pytest.raises(PolicyError) as raised:
        read_policy({"version": 2, "suppressions": [{}]})

    assert all(problem in str(raised.value) for problem in raised.value.problems)


@pytest.mark.parametrize("expires", ["2027-01-31T18:00:00Z", "2027-01-31T18:00:00+09:00"])
def test_an_expiry_may_be_an_instant(expires: str) -> None:
    """With any offset."""
    policy = read_policy(with_entry("suppressions", expires=expires))

    assert datetime.fromisoformat(expires) == policy.suppressions[0].expires


def test_only_what_differs_from_the_defaults_is_written() -> None:
    """A reader sees what the team decided."""
    entry = {"reason": "why", "region": "eu-*"}
    written = Policy(suppressions=(Suppression(**entry),)).to_json()  # type: ignore[arg-type]

    assert {
        "version": 1,
        "suppressions": [entry],
        "trust_cloudformation": True,
        "notify_workloads": False,
        "notify_unattributed": "digest",
    } == written


def test_a_long_value_is_shown_shortened() -> None:
    """The problem is to be read."""
    [problem] = problems_of({"version": 1, "suppressions": "x" * 100})

    assert f'suppressions is "{"x" * 56}...; use a list' == problem


def test_a_time_that_is_there_and_malformed_is_not_said_to_be_missing() -> None:
    """What was found is shown."""
    found = [problems_of(with_entry("maintenance_windows", start=value))[0] for value in ("soon", ...)]

    assert ["is 'soon'", "is missing"] == [
        problem.removeprefix("maintenance_windows[0].start ").split(";")[0] for problem in found
    ]


TEXTS = st.text(max_size=8)
REASONS = TEXTS.filter(str.strip)
ACCOUNTS = st.sampled_from(["*", "1111*", "111122223333", "11112222[34]???"])
NAMES = st.text(min_size=1, max_size=8).filter(lambda name: not name.endswith("/"))
PRINCIPALS = st.builds("arn:aws:iam::{}:role/{}".format, ACCOUNTS, NAMES)
DAYS = st.dates(date(2000, 1, 1), date(9000, 1, 1))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
POLICIES = st.builds(
    Policy,
    trusted_principals=st.lists(
        st.builds(
            TrustedPrincipal,
            PRINCIPALS,
            via=st.lists(st.sampled_from(["cdk", "ssm", "ssm.amazonaws.com"])).map(tuple),
            reason=REASONS,
        ),
        max_size=2,
    ).map(tuple),
    always_notify=st.lists(
        st.builds(
            AlwaysNotify,
            PRINCIPALS,
            unless_via=st.lists(st.sampled_from(["controltower", "ssm.amazonaws.com"])).map(tuple),
            reason=REASONS,
        ),
        max_size=2,
    ).map(tuple),
    suppressions=st.lists(
        st.builds(
            Suppression,
            reason=REASONS,
            principal=st.builds("*{}".format, TEXTS) | PRINCIPALS,
            resource_type=st.sampled_from(["*", "AWS::RDS::*", "AWS::EC2::Instance", "Shop::Own::Type"]),
            resource=TEXTS,
            tags=st.dictionaries(TEXTS, TEXTS, max_size=2),
            call=st.just("*") | st.builds("{}:{}".format, st.sampled_from(["*", "rds.amazonaws.com", "rd*"]), TEXTS),
            account=ACCOUNTS,
            region=st.sampled_from(["*", "eu-*", "eu-west-1", "global"]),
            expires=st.none() | DAYS | MOMENTS,
        ),
        max_size=2,
    ).map(tuple),
    maintenance_windows=st.lists(
        st.tuples(REASONS, MOMENTS, MOMENTS, st.lists(ACCOUNTS, max_size=2).map(tuple))
        .filter(lambda parts: parts[1] < parts[2])
        .map(lambda parts: MaintenanceWindow(reason=parts[0], start=parts[1], end=parts[2], accounts=parts[3])),
        max_size=2,
    ).map(tuple),
    trust_cloudformation=st.booleans(),
    notify_workloads=st.booleans(),
    notify_unattributed=st.sampled_from(["never", "digest", "always"]),
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(POLICIES)
def test_what_a_policy_writes_is_read_back(policy: Policy) -> None:
    """The construct writes the document, the Lambdas read it: nothing may change on the way."""
    assert policy == read_policy(json.dumps(policy.to_json()))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*DOCUMENT, "other"]), JSON) | JSON)
def test_any_document_is_a_policy_or_a_list_of_problems(document: object) -> None:
    """Nothing else is raised, and no problem comes without its mend."""
    assert all("; " in problem for problem in problems_of([document]) + problems_of(document))
