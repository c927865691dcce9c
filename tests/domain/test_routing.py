"""Which channel a finding goes to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from manual_change.domain.api_call import ApiCall
from manual_change.domain.change import Change
from manual_change.domain.finding import Finding
from manual_change.domain.investigation import investigate, investigate_call
from manual_change.domain.policy import Policy
from manual_change.domain.routing import RouteError, channel_for, read_routes

ROUTES = read_routes(
    """[{"channel": "C-ROOT", "severity": "critical"},
        {"channel": "C-PROD", "accounts": ["1111*"], "regions": ["eu-*"]},
        {"channel": "C-IAM", "resource_types": ["AWS::IAM::*"], "severity": "medium"}]"""
)
AFinding = Callable[..., Finding]


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


def test_a_call_by_itself_is_routed_by_its_principal(a_call: Callable[..., ApiCall]) -> None:
    """Its account is in the ARN."""
    assert "C-PROD" == channel_for(investigate_call(a_call(), Policy()), ROUTES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "routes are not JSON"),
        ("{}", "routes are a dict; a list is expected"),
        ("[7]", "route 1 is a int"),
        ('[{"channel": ""}]', "route 1 has the channel ''; a channel's id is expected, such as C0123456789"),
        ('[{"channel": "C1"}, {"chanel": "C1"}]', "route 2 has a field 'chanel'; a route has channel, accounts"),
        ('[{"channel": "C1", "accounts": "1*"}]', "accounts of route 1 is '1\\*'; a list of globs is expected"),
        ('[{"channel": "C1", "severity": "bad"}]', "severity of route 1 is 'bad'; critical, high, medium, low are"),
    ],
)
def test_a_route_that_cannot_work_is_refused(text: str, said: str) -> None:
    """With the entry and the mend."""
    with pytest.raises(RouteError, match=said):
        read_routes(text)
