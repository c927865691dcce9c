"""`manual-change coverage` and `manual-change quarantine`: who reports to a hub, and what it could not trust."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from manual_change.adapters.organizations import Organizations
from manual_change.adapters.places import Places
from manual_change.adapters.quarantine import Quarantine
from manual_change.domain.coverage import Place
from manual_change.domain.origin import Distrust
from manual_change_local.cli import main

REGION = "eu-west-1"
SHOP, BANK = "111122223333", "444455556666"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Makes clients of an account with a hub's stack."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    resources = {
        "HubOrganizationTable1": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "organization",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        },
        "HubQuarantineQueue1": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "quarantine"}},
    }
    with mock_aws():
        boto3.client("cloudformation", region_name=REGION).create_stack(
            StackName="Hub", TemplateBody=json.dumps({"Resources": resources})
        )
        yield lambda service: boto3.client(service, region_name=REGION)


def report(aws: Callable[[str], Any], account: str, *, hours_ago: float, region: str = REGION) -> None:
    """Something came from a place."""
    now = datetime.now(UTC) - timedelta(hours=hours_ago)
    Places(lambda: aws("dynamodb"), "organization").reported(Place(account, region), now=now)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[Any]]:
    """The exit status, and each object of the output."""
    try:
        status = main([*arguments, "--format", "jsonl"])
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_places_are_listed_with_how_they_stand(aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]) -> None:
    """One is silent: the exit status says so."""
    report(aws, SHOP, hours_ago=1)
    report(aws, BANK, hours_ago=30)

    status, said = run(capsys, "coverage", "--stack", "Hub")

    assert (1, [(SHOP, "reported"), (BANK, "silent")]) == (status, [(line["account"], line["state"]) for line in said])


def test_a_longer_patience_finds_nobody_silent(aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]) -> None:
    """By the table's own name, too."""
    report(aws, BANK, hours_ago=30)

    assert 0 == run(capsys, "coverage", "--table", "organization", "--hours", "48")[0]


NO_GRACE = ("--hours", "0.000001")
"""Whoever joined longer ago than some milliseconds is expected to report."""


@pytest.fixture
def shop(aws: Callable[[str], Any]) -> str:
    """An account that AWS Organizations knows, besides the one that manages it."""
    organizations = aws("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Shops")["OrganizationalUnit"]["Id"]
    made = organizations.create_account(Email="shop@example.com", AccountName="shop")["CreateAccountStatus"]
    organizations.move_account(AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=unit)
    return str(made["AccountId"])


@pytest.mark.parametrize(
    ("arguments", "region", "state"),
    [(("--regions", REGION), REGION, "silent"), ((), "unknown", "never-heard-of")],
    ids=["regions are given", "no regions are"],
)
def test_accounts_that_never_reported_count(
    shop: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], region: str, state: str
) -> None:
    """Those that AWS Organizations knows, by their names."""
    status, said = run(capsys, "coverage", "--stack", "Hub", "--organization", *NO_GRACE, *arguments)

    [line] = [line for line in said if line["account"] == shop]
    assert (1, ("shop", region, state, None)) == (
        status,
        (line["name"], line["region"], line["state"], line["last_reported"]),
    )


def test_an_account_that_has_just_joined_is_new(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is expected of it for a day."""
    status, said = run(capsys, "coverage", "--stack", "Hub", "--organization")

    assert (0, ["new"]) == (status, [line["state"] for line in said if line["account"] == shop])


@pytest.mark.parametrize(
    ("arguments", "status", "state"), [(("--organization",), 0, "gone"), ((), 1, "silent")], ids=["asked", "not asked"]
)
def test_an_account_that_left_is_gone_where_aws_organizations_says_so(
    aws: Callable[[str], Any],
    shop: str,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    state: str,
) -> None:
    """It is shown, and nothing is expected of it."""
    report(aws, shop, hours_ago=1)
    report(aws, BANK, hours_ago=30)

    ended, said = run(capsys, "coverage", "--stack", "Hub", *arguments)

    assert (status, [state]) == (ended, [line["state"] for line in said if line["account"] == BANK])


def test_a_region_that_never_delivered_is_missed_of_those_that_reported(
    aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody was asked which accounts there are."""
    report(aws, SHOP, hours_ago=1)

    status, said = run(capsys, "coverage", "--stack", "Hub", "--regions", f"{REGION},us-east-1")

    assert (1, [(REGION, "reported"), ("us-east-1", "silent")]) == (
        status,
        [(line["region"], line["state"]) for line in said],
    )


@pytest.mark.parametrize("left_out", ["{shop}", "Shops", "Sho*"])
def test_what_the_hub_leaves_out_is_left_out(shop: str, capsys: pytest.CaptureFixture[str], left_out: str) -> None:
    """By account or by unit; nobody wants to hear from it."""
    exclude = ("--exclude", f" {left_out.format(shop=shop)},9999*")
    _, said = run(capsys, "coverage", "--stack", "Hub", "--organization", *NO_GRACE, *exclude)

    assert [] == [line for line in said if line["account"] == shop]


def test_to_leave_out_accounts_nobody_is_asked_about_units(
    shop: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may only list accounts can leave some out."""

    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListRoots")

    monkeypatch.setattr(Organizations, "inside", refuse)
    with pytest.raises(SystemExit):
        main(["coverage", "--stack", "Hub", "--organization", *NO_GRACE, "--exclude", f"{shop[:6]}*,1111*"])

    said = capsys.readouterr()
    assert ("", False) == (said.err, shop in said.out)


def test_people_are_told_what_to_do_about_an_account_that_was_never_heard_of(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one that manages the organization is such a one, too."""
    with pytest.raises(SystemExit):
        main(["coverage", "--stack", "Hub", "--organization", *NO_GRACE])

    said = capsys.readouterr().out
    assert f"never-heard-of  {shop}" in said
    assert "2 never heard of: deploy a spoke into each, or leave it out of the hub" in said


def test_a_list_of_accounts_that_cannot_be_read_is_said(
    aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the hub's own table says is shown all the same; it is not all, so that the status is 1."""

    def refuse(*_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListAccounts")

    report(aws, SHOP, hours_ago=1)
    monkeypatch.setattr(Organizations, "all", refuse)
    with pytest.raises(SystemExit) as ended:
        main(["coverage", "--stack", "Hub", "--organization"])

    said = capsys.readouterr()
    assert (1, True) == (ended.value.code, f"reported  {SHOP}" in said.out)
    assert "the list of accounts is not whole: An error occurred (AccessDeniedException)" in said.err


def test_the_table_is_for_people(aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]) -> None:
    """A line a place, and the sum."""
    report(aws, SHOP, hours_ago=1)
    with pytest.raises(SystemExit):
        main(["coverage", "--stack", "Hub"])

    said = capsys.readouterr().out
    assert f"reported  {SHOP}" in said
    assert "1 places, 0 silent" in said


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["coverage"], 2, "--stack NAME or --table NAME"),
        (["coverage", "--stack", "Nowhere"], 1, "Nowhere"),
        (["coverage", "--table", "nowhere"], 1, "ResourceNotFoundException"),
        (["quarantine"], 2, "--stack NAME or --queue URL"),
    ],
)
def test_what_cannot_be_done_is_said(
    aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, says: str
) -> None:
    """Wrong usage is 2, the rest 1."""
    del aws

    assert status == main(arguments)
    assert says in capsys.readouterr().err


def set_aside(aws: Callable[[str], Any]) -> str:
    """One message by dispatch, one by EventBridge; the queue's URL."""
    url = str(aws("sqs").get_queue_url(QueueName="quarantine")["QueueUrl"])
    event = {"account": SHOP, "source": "aws.config", "detail": {}}
    Quarantine(aws("sqs"), url).put(json.dumps(event), Distrust("another-account", "it speaks about B"))
    aws("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"account": BANK, "source": "custom", "detail": {}}))
    return url


def test_the_quarantine_says_who_sent_what_and_why_it_is_there(
    aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever put it there; it stays there."""
    set_aside(aws)

    _, said = run(capsys, "quarantine", "--stack", "Hub")

    expected = [("another-account", SHOP, "aws.config"), ("not-from-aws", BANK, "custom")]
    assert expected == sorted((each["reason"], each["account"], each["message"]["source"]) for each in said)


def test_of_a_message_that_was_too_long_it_says_so(
    aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """How long it was, and still who sent it."""
    url = str(aws("sqs").get_queue_url(QueueName="quarantine")["QueueUrl"])
    event = {"detail-type": "x", "detail": "x" * 300_000, "account": SHOP, "source": "aws.config"}
    Quarantine(aws("sqs"), url).put(json.dumps(event), Distrust("another-account", "it speaks about B"))

    assert main(["quarantine", "--queue", url]) == 0
    assert f"from account {SHOP} (the beginning of 300,085 bytes): " in capsys.readouterr().out


def test_what_is_deleted_is_gone(aws: Callable[[str], Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Only when it is asked for."""
    url = set_aside(aws)
    run(capsys, "quarantine", "--queue", url, "--delete")

    assert main(["quarantine", "--queue", url]) == 0
    assert "the quarantine is empty" in capsys.readouterr().out
