"""The function that asks CloudTrail of other accounts, as Control Tower's audit role."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from manual_change.adapters.account_clients import AccountClients
from manual_change.adapters.lookup_function import LookupFunction
from manual_change.handlers import lookup
from manual_change.handlers.attribute import cloudtrail_of
from manual_change.handlers.lookup import ANSWER_BYTES, Lookup
from manual_change.settings import AttributeSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLACE = "https://cloudtrail.eu-west-1.amazonaws.com"


class CloudTrail:
    """Two pages of records, each of a size; a token is good only with the parameters that it was given for."""

    def __init__(self, record_bytes: int = 100, error: Exception | None = None) -> None:
        self.asked: list[str | None] = []
        self._text, self._error = "x" * record_bytes, error
        self._given_for: dict[str, dict[str, Any]] = {}

    def lookup_events(self, *, NextToken: str | None = None, **asked: Any) -> dict[str, Any]:  # noqa: N803
        self.asked.append(NextToken)
        if self._error:
            raise self._error
        if NextToken and self._given_for.get(NextToken) != asked:
            raise ClientError({"Error": {"Code": "InvalidNextTokenException", "Message": "-"}}, "LookupEvents")
        page = 2 if NextToken else 1
        events = [
            {"EventId": f"e-{page}-{number}", "EventTime": NOON, "CloudTrailEvent": self._text}
            for number in range(asked["MaxResults"])
        ]
        if page == 2:
            return {"Events": events, "ResponseMetadata": {}}
        self._given_for["page:2"] = asked
        return {"Events": events, "NextToken": "page:2", "ResponseMetadata": {}}


def look(cloudtrail: CloudTrail, token: str | None = None) -> dict[str, Any]:
    """One question of the attribute stage's."""
    stand_in: Any = cloudtrail
    clients = AccountClients(role_name="", sts=lambda: stand_in, make=lambda *_, **__: stand_in)
    asked = {"MaxResults": 50} | ({"NextToken": token} if token else {})
    return Lookup(clients).handle({"account": "1", "region": "eu-west-1", "asked": asked})


def test_the_function_hands_back_records_and_token() -> None:
    """As JSON: times and the rest stand in the records."""
    answer = look(CloudTrail())

    assert (50, "page:2") == (len(answer["Events"]), answer["NextToken"])
    assert {"EventId": "e-1-0", "CloudTrailEvent": "x" * 100} == json.loads(json.dumps(answer))["Events"][0]


def test_pages_that_are_too_large_for_an_answer_are_handed_over_in_parts() -> None:
    """Lambda's answers hold 6 MB; CloudTrail takes its token only with the parameters that it was given for."""
    cloudtrail = CloudTrail(record_bytes=250_000)
    answers = [look(cloudtrail)]
    while token := answers[-1].get("NextToken"):
        answers.append(look(cloudtrail, token))

    every = [f"e-{page}-{number}" for page in (1, 2) for number in range(50)]
    assert every == [event["EventId"] for answer in answers for event in answer["Events"]]
    assert [None] * 3 + ["page:2"] * 3 == cloudtrail.asked
    assert max(len(json.dumps(answer)) for answer in answers) <= ANSWER_BYTES + 1_000


def test_a_record_that_no_answer_holds_is_handed_over_all_the_same() -> None:
    """One by one it goes on, whatever comes of it."""
    answer = look(CloudTrail(record_bytes=ANSWER_BYTES))

    assert (1, "rest-of-page:1:") == (len(answer["Events"]), answer["NextToken"])


def test_what_cloudtrail_refuses_is_data() -> None:
    """An exception would lose its code on the way."""
    refused = ClientError({"Error": {"Code": "ThrottlingException", "Message": "no"}}, "LookupEvents")

    assert {"error": {"Code": "ThrottlingException", "Message": "no"}} == look(CloudTrail(error=refused))


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url=PLACE),
        ConnectTimeoutError(endpoint_url=PLACE),
        EndpointConnectionError(endpoint_url=PLACE),
    ],
    ids=lambda error: type(error).__name__,
)
def test_that_nobody_answers_is_data_too(error: Exception) -> None:
    """A function that broke off would ring the alarm that Control Tower's roles are gone."""
    assert {"unreachable": str(error)} == look(CloudTrail(error=error))


def test_who_does_not_answer_is_given_up_before_the_function_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the worst case: who am I, assume the role, ask; a function that is killed tells nobody why."""
    made: dict[str, Any] = {}

    def client(service: str, *, config: Any, **_: Any) -> Any:
        made[service] = config
        return {"sts": Sts(), "cloudtrail": CloudTrail()}[service]

    monkeypatch.setattr(lookup.boto3, "client", client)
    monkeypatch.setattr(lookup, "_function", lookup._function.__wrapped__)
    monkeypatch.setenv("MANUAL_CHANGE_EXECUTION_ROLE_NAME", "reader")
    lookup.handler({"account": "2", "region": "eu-west-1", "asked": {"MaxResults": 1}}, None)  # type: ignore[arg-type]

    assert 60 > sum(times * _longest(made[service]) for service, times in (("sts", 2), ("cloudtrail", 1)))


def _longest(config: Any) -> float:
    """Seconds that a request may take, all tries together."""
    return float(config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout))


class Sts:
    """The audit account's."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "1", "Arn": "arn:aws:sts::1:assumed-role/audit/lookup"}

    def assume_role(self, **_: Any) -> dict[str, Any]:
        key = {"AccessKeyId": "k", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": key | {"Expiration": datetime.now(UTC)}}


def test_the_audit_account_is_asked_about_itself_directly(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control Tower's audit role may do nothing there but assume roles of other accounts."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    own = aws("sts").get_caller_identity()["Account"]
    cloudtrail = cloudtrail_of(
        AttributeSettings(
            attributions_queue_url="-",
            findings_queue_url="-",
            findings_table="-",
            policy_parameter="-",
            lookup_function="lookup",
        )
    )

    assert "cloudtrail" == cloudtrail(own, "eu-west-1").meta.service_model.service_name
    other = cloudtrail("444455556666", "eu-west-1")
    assert isinstance(other, LookupFunction)
    assert ("lookup", "444455556666", "eu-west-1") == (other.function, other.account, other.region)
