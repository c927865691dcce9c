"""What could not be looked at: a permission is missing, AWS did not answer, or it does not know the credentials."""

from __future__ import annotations

from typing import NoReturn

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from manual_change_local.doctor.unseen import Unseen, asked

ACTION = "config:DescribeDeliveryChannels"


def an_error(code: str, message: str = "no") -> ClientError:
    """As boto3 raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeDeliveryChannels")


def failing(error: Exception) -> Unseen:
    """What becomes of a call that fails."""

    def ask() -> NoReturn:
        raise error

    answer = asked(ACTION, ask)
    assert isinstance(answer, Unseen)
    return answer


@pytest.mark.parametrize(
    "code", ["AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"]
)
def test_a_missing_permission_is_to_be_allowed(code: str) -> None:
    """However the service spells it."""
    unseen = failing(an_error(code))

    assert (True, f"allow {ACTION}, or ask somebody who may") == (unseen.forbidden, unseen.to_do)


@pytest.mark.parametrize(
    "error",
    [
        an_error("ThrottlingException", "Rate exceeded"),
        an_error("TooManyRequestsException"),
        an_error("InternalServiceError"),
        EndpointConnectionError(endpoint_url="https://config.eu-west-1.amazonaws.com"),
    ],
)
def test_what_did_not_answer_is_to_be_tried_again(error: Exception) -> None:
    """No permission would help."""
    unseen = failing(error)

    assert not unseen.forbidden
    assert "try again" in unseen.to_do
    assert "allow" not in unseen.to_do


def test_a_denial_by_the_organization_is_told_to_its_managers() -> None:
    """No permission in the account would help, and AWS says so."""
    unseen = failing(an_error("AccessDenied", "is not authorized … with an explicit deny in a service control policy"))

    assert "ask whoever manages the organization" in unseen.to_do
    assert "explicit deny" in unseen.why


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "InvalidClientTokenId", "ExpiredToken"])
def test_a_region_that_does_not_know_the_credentials_may_not_be_enabled(code: str) -> None:
    """Or they have expired."""
    assert "the account has not enabled it" in failing(an_error(code)).to_do


def test_what_is_not_there_is_an_answer() -> None:
    """No error."""

    def ask() -> NoReturn:
        raise an_error("NotFound")

    assert [] == asked(ACTION, ask, otherwise=[])


def test_other_errors_are_not_swallowed() -> None:
    """A mistake of ours is none of AWS."""

    def ask() -> NoReturn:
        raise KeyError("snsTopicARN")

    with pytest.raises(KeyError):
        asked(ACTION, ask)
