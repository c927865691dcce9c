"""What an oversized notification left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from manual_change.adapters.config_history import ConfigHistory, HistoryUnavailable
from manual_change.domain.change import PropertyChange
from manual_change.domain.notification import Oversized, read_message

CAPTURED = datetime(2026, 11, 22, 12, 34, 56, 789000, tzinfo=UTC)


def an_oversized_notice(change_type: str = "UPDATE") -> Oversized:
    """What Config sends when the change is too large for a message."""
    message = read_message(
        {
            "messageType": "OversizedConfigurationItemChangeNotification",
            "configurationItemSummary": {
                "changeType": change_type,
                "awsAccountId": "111122223333",
                "awsRegion": "eu-west-1",
                "resourceType": "AWS::EC2::SecurityGroup",
                "resourceId": "sg-1",
                "configurationItemCaptureTime": "2026-11-22T12:34:56.789Z",
                "configurationItemStatus": "OK",
            },
        }
    )
    assert isinstance(message, Oversized)
    return message


def an_item(at: datetime, description: str, **changed: Any) -> dict[str, Any]:
    """An item as the API spells it."""
    return {
        "accountId": "111122223333",
        "awsRegion": "eu-west-1",
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-1",
        "resourceName": "web",
        "configurationItemCaptureTime": at,
        "configurationItemStatus": "OK",
        "configuration": json.dumps({"description": description}),
    } | changed


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """AWS Config, answering as it is told; it checks each request against the API's model."""
    client = boto3.client(
        "config", region_name="eu-west-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    with Stubber(client) as stubber:
        yield stubber


@pytest.fixture
def history(stub: Stubber) -> ConfigHistory:
    """The history that the stub has."""
    return ConfigHistory(lambda _account, _region: stub.client, here="eu-west-1")


def expect(stub: Stubber, *items: dict[str, Any], later: timedelta = timedelta(0), **more: str) -> None:
    """A page of the history."""
    stub.add_response(
        "get_resource_config_history",
        {"configurationItems": list(items)} | more,
        {
            "resourceType": "AWS::EC2::SecurityGroup",
            "resourceId": "sg-1",
            "laterTime": datetime(2026, 11, 22, 12, 34, 57, tzinfo=UTC) + later,
            "limit": 2,
        },
    )


def test_the_diff_is_rebuilt_from_the_item_and_the_one_before(stub: Stubber, history: ConfigHistory) -> None:
    """Two items in one request; the name that the summary lacks comes along."""
    expect(stub, an_item(CAPTURED, "new"), an_item(CAPTURED - timedelta(hours=1), "old"))

    change = history.change(an_oversized_notice())

    assert (PropertyChange("Configuration.Description", "old", "new"),) == change.properties
    assert ("web", False) == (change.resource.name, change.diff_left_out)


def test_the_change_keeps_its_identity(stub: Stubber, history: ConfigHistory) -> None:
    """The API's times are floating-point numbers; a change that is delivered twice must stay one change."""
    expect(
        stub,
        an_item(CAPTURED - timedelta(microseconds=1), "new"),
        an_item(CAPTURED - timedelta(hours=1), "old"),
    )
    notice = an_oversized_notice()

    assert notice.change.key == history.change(notice).key


def test_a_resource_that_is_new_has_no_properties(stub: Stubber, history: ConfigHistory) -> None:
    """There is no item before it, and Config's own notice of a new resource has none either."""
    expect(stub, an_item(CAPTURED, "new", configurationItemStatus="ResourceDiscovered"))

    change = history.change(an_oversized_notice("CREATE"))

    assert ("CREATE", (), False) == (change.change_type, change.properties, change.diff_left_out)


def test_a_later_item_of_the_same_second_is_passed_over(stub: Stubber, history: ConfigHistory) -> None:
    """The API knows only whole seconds, so the item may not be the first one."""
    expect(stub, an_item(CAPTURED + timedelta(milliseconds=100), "newer"), an_item(CAPTURED, "new"), nextToken="2")
    stub.add_response("get_resource_config_history", {"configurationItems": [an_item(CAPTURED - timedelta(1), "old")]})

    change = history.change(an_oversized_notice())

    assert (PropertyChange("Configuration.Description", "old", "new"),) == change.properties


def test_a_history_without_the_item_is_unavailable(stub: Stubber, history: ConfigHistory) -> None:
    """Comparing two older items would tell an older change."""
    expect(stub, an_item(CAPTURED - timedelta(hours=1), "old"), an_item(CAPTURED - timedelta(hours=2), "older"))

    with pytest.raises(HistoryUnavailable, match="does not hold the item"):
        history.change(an_oversized_notice())


def test_the_history_of_another_account_is_not_taken(stub: Stubber, history: ConfigHistory) -> None:
    """Resources of two accounts may have one id, as roles and tables do."""
    expect(stub, an_item(CAPTURED, "theirs", accountId="444455556666"), an_item(CAPTURED - timedelta(hours=1), "old"))

    with pytest.raises(HistoryUnavailable, match="answered for account 444455556666, not for 111122223333"):
        history.change(an_oversized_notice())


def a_role_that_is_too_large() -> Oversized:
    """IAM's items say `global`, wherever they were recorded."""
    notice = an_oversized_notice()
    role = replace(notice.item.resource, region="global", type="AWS::IAM::Role")
    return replace(notice, item=replace(notice.item, resource=role))


@pytest.mark.parametrize(
    ("came_from", "here", "asked"),
    [
        ("ap-northeast-1", "eu-west-1", ["ap-northeast-1", "us-east-1"]),
        ("us-east-1", "eu-west-1", ["us-east-1"]),
        (None, "eu-west-1", ["eu-west-1", "us-east-1"]),
        (None, "us-gov-east-1", ["us-gov-east-1", "us-gov-west-1"]),
        ("cn-northwest-1", "cn-north-1", ["cn-northwest-1", "cn-north-1"]),
    ],
)
def test_a_global_item_is_asked_for_where_it_was_recorded(came_from: str | None, here: str, asked: list[str]) -> None:
    """Where its notification came from; a topic's does not say: then here, and in the home of global services."""
    regions: list[str] = []

    def nothing_there(_account: str, region: str) -> Any:
        regions.append(region)
        raise ClientError({"Error": {"Code": "ResourceNotDiscoveredException", "Message": "-"}}, "Get")

    with pytest.raises(HistoryUnavailable, match=asked[0]):
        ConfigHistory(nothing_there, here=here).change(a_role_that_is_too_large(), came_from=came_from)

    assert asked == regions


def test_a_global_item_is_found_in_its_home_where_it_is_not_here(stub: Stubber) -> None:
    """A hub in Europe whose topics bring what us-east-1 recorded."""
    stub.add_client_error("get_resource_config_history", "ResourceNotDiscoveredException")
    items = [an_item(CAPTURED - timedelta(hours=ago), said) for ago, said in ((0, "new"), (1, "old"))]
    stub.add_response("get_resource_config_history", {"configurationItems": items})

    change = ConfigHistory(lambda _account, _region: stub.client, here="eu-west-1").change(a_role_that_is_too_large())

    assert (PropertyChange("Configuration.Description", "old", "new"),) == change.properties


@pytest.mark.parametrize("code", ["ResourceNotDiscoveredException", "AccessDeniedException"])
def test_a_history_that_config_does_not_have_is_unavailable(stub: Stubber, history: ConfigHistory, code: str) -> None:
    """Asking again would not help; the change goes on without its diff."""
    stub.add_client_error("get_resource_config_history", code)

    with pytest.raises(HistoryUnavailable, match=code):
        history.change(an_oversized_notice())


def test_throttling_is_not_taken_for_an_answer(stub: Stubber, history: ConfigHistory) -> None:
    """The record is delivered again, and the diff is not lost."""
    stub.add_client_error("get_resource_config_history", "ThrottlingException")

    with pytest.raises(ClientError, match="ThrottlingException"):
        history.change(an_oversized_notice())


def test_no_client_is_made_before_it_is_needed() -> None:
    """Most functions never see an oversized notice."""
    made: list[str] = []

    def connect(account: str, region: str) -> Any:
        made.append(f"{account} {region}")
        raise ConnectionError

    history = ConfigHistory(connect, here="eu-west-1")
    before = list(made)
    asked: Callable[[Oversized], object] = history.change
    with pytest.raises(ConnectionError):
        asked(an_oversized_notice())

    assert ([], ["111122223333 eu-west-1"]) == (before, made)
