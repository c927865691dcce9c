"""Which channel a finding goes to."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from manual_change.domain.account import Account
from manual_change.domain.api_call import ApiCall
from manual_change.domain.change import Change
from manual_change.domain.finding import Finding
from manual_change.domain.investigation import investigate, investigate_call
from manual_change.domain.policy import Policy
from manual_change.domain.routing import Route, RouteError, channel_for, read_routes

ROUTES = read_routes(
    """[{"channel": "C-ROOT", "severity": "critical"},
        {"channel": "C-PROD", "accounts": ["1111*"], "regions": ["eu-*"]},
        {"channel": "C-IAM", "resource_types": ["AWS::IAM::*"], "severity": "medium"}]"""
)
AFinding = Callable[..., Finding]
AnIdentity = Callable[..., dict[str, object]]


@pytest.fixture
def a_finding(a_change: Callable[..., Change], a_call: Callable[..., ApiCall]) -> AFinding:
    """Builds a finding about a change."""
    return lambda **change: investigate(a_change(**change), [a_call()], Policy())[0]


@pytest.mark.parametrize(
    ("change", "channel"),
    [
        ({"properties": {"Configuration.IpPermissions.0": (None, {"ipRanges": ["0.0.0.0/0"]})}}, "C-ROOT"),
        ({}, "C-PROD"),
        ({"region": "us-east-1"}, None),
        ({"account": "444455556666"}, None),
        ({"account": "444455556666", "region": "global", "type": "AWS::IAM::Role"}, "C-IAM"),
    ],
)
def test_the_first_route_that_fits_is_taken(
    a_finding: AFinding, change: dict[str, object], channel: str | None
) -> None:
    """None: the default channel."""
    assert channel == channel_for(a_finding(**change), ROUTES)


BANK = "444455556666"


@pytest.mark.parametrize(
    ("by", "acted_in", "channel"),
    [
        ("111122223333", "111122223333", "C-PROD"),
        (BANK, "111122223333", "C-PROD"),
        ("111122223333", BANK, None),
    ],
    ids=("at home", "from another account", "in another account"),
)
def test_a_call_by_itself_is_routed_by_where_it_acted(
    a_call: Callable[..., ApiCall], an_iam_user: AnIdentity, by: str, acted_in: str, channel: str | None
) -> None:
    """Somebody of another account may change a bucket's policy: those who own the bucket hear of it."""
    finding = investigate_call(a_call(by=an_iam_user(account=by), account=acted_in), Policy())

    assert (channel, channel) == (
        channel_for(finding, ROUTES),
        channel_for(Finding.from_message(finding.to_message()), ROUTES),
    )


def test_a_role_assumed_from_elsewhere_acts_where_the_role_is(
    a_call: Callable[..., ApiCall], a_role_session: AnIdentity
) -> None:
    """Its session's ARN and the record name the same account, whoever assumed it."""
    by_role = a_role_session("break-glass", "alice@example.com", account=BANK)
    finding = investigate_call(a_call(by=by_role, account=BANK), Policy())

    assert (BANK, None) == (finding.account, channel_for(finding, ROUTES))


def test_a_finding_that_names_no_account_of_its_call_is_routed_by_its_principal(
    a_call: Callable[..., ApiCall],
) -> None:
    """One that was on its way while the detector was brought up to date."""
    message = investigate_call(a_call(), Policy()).to_message()
    del message["calls"][0]["account"]

    assert "C-PROD" == channel_for(Finding.from_message(message), ROUTES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "routes are not JSON"),
        ("{}", "routes are a dict; a list is expected"),
        ("[7]", "route 1 is a int"),
        ('[{"channel": ""}]', "route 1: the channel is ''; a channel's id is expected, such as C0123456789"),
        ('[{"channel": "C1"}, {"chanel": "C1"}]', "route 2 has a field 'chanel'; a route has channel, accounts"),
        ('[{"channel": "C1", "accounts": "1*"}]', "route 1: accounts is '1\\*'; a list of globs is expected"),
        ('[{"channel": "C1", "regions": []}]', "route 1: regions is \\(\\); a list of globs is expected"),
        ('[{"accounts": ["1*"]}]', "route 1: the channel is None"),
        ('[{"channel": "C1", "severity": "bad"}]', "route 1: severity is 'bad'; critical, high, medium, low are"),
    ],
)
def test_a_route_that_cannot_work_is_refused(text: str, said: str) -> None:
    """With the entry and the mend."""
    with pytest.raises(RouteError, match=said):
        read_routes(text)


def test_a_route_reads_back_what_it_says() -> None:
    """The construct writes it, the function reads it."""
    routes = (
        Route(channel="C1"),
        Route(channel="C2", accounts=("1*",), organizational_units=("Prod",), severity="high"),
    )

    assert routes == read_routes(json.dumps([route.to_json() for route in routes]))
    assert {"channel": "C1"} == routes[0].to_json()


@pytest.mark.parametrize(
    ("account", "channel"),
    [
        (Account(id="111122223333", organizational_units=("ou-1", "Prod")), "C-PROD"),
        (Account(id="111122223333", organizational_units=("Sandbox",)), None),
        (Account(id="111122223333"), None),
        (None, None),
    ],
)
def test_a_unit_may_have_a_channel_of_its_own(
    a_finding: AFinding, account: Account | None, channel: str | None
) -> None:
    """Where the directory does not know the account, the default channel is told."""
    routes = [Route(channel="C-PROD", organizational_units=("Prod",))]

    assert channel == channel_for(a_finding(), routes, account=account)
