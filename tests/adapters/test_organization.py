"""What a hub does in and knows of other accounts: clients, turns, places, the directory, the quarantine."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from manual_change.adapters.account_clients import MOST_CLIENTS, SPARE, AccountClients
from manual_change.adapters.account_directory import AccountDirectory, Listed, source_of
from manual_change.adapters.lookup_function import LookupFunction, LookupFunctionFailed
from manual_change.adapters.organizations import Organizations
from manual_change.adapters.places import AT_MOST_EVERY, Places
from manual_change.adapters.turns import Turns
from manual_change.domain.account import Account
from manual_change.domain.coverage import Place

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OWN, OTHER = "123456789012", "444455556666"


# Clients of other accounts


class Sts:
    """Hands out credentials that last an hour."""

    def __init__(self, clock: Callable[[], datetime], partition: str) -> None:
        self.assumed: list[str] = []
        self._clock, self._partition = clock, partition

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": OWN, "Arn": f"arn:{self._partition}:sts::{OWN}:assumed-role/attribute/function"}

    def assume_role(self, *, RoleArn: str, RoleSessionName: str) -> dict[str, Any]:  # noqa: N803 - AWS's own words
        self.assumed.append(RoleArn)
        if RoleSessionName != "manual-change-detector" or "999999999999" in RoleArn:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        key = f"key-{len(self.assumed)}"
        expires = self._clock() + timedelta(hours=1)
        return {"Credentials": {"AccessKeyId": key, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expires}}


class Made(NamedTuple):
    """A client: of what, where, and with whose key."""

    service: str
    region: str
    key: str | None

    def close(self) -> None:
        """It holds nothing."""


class At:
    """A clock, the roles assumed, and the clients made."""

    def __init__(self, role_name: str = "lookup", partition: str = "aws") -> None:
        self.now = NOON
        self.sts = Sts(lambda: self.now, partition)
        stand_in: Any = self.sts
        self.clients = AccountClients(
            role_name=role_name,
            sts=lambda: stand_in,
            make=lambda service, region, **credentials: Made(service, region, credentials.get("aws_access_key_id")),
            now=lambda: self.now,
        )


def test_its_own_account_needs_no_role() -> None:
    """The hub's account is one of the accounts."""
    at = At()

    assert (("cloudtrail", "eu-west-1", None), []) == (
        at.clients.client("cloudtrail", OWN, "eu-west-1"),
        at.sts.assumed,
    )


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc"])
def test_another_account_is_entered_by_its_role(partition: str) -> None:
    """In the function's own partition: an organization does not reach beyond it, and IAM's items name no region."""
    at = At(partition=partition)

    assert ("cloudtrail", "eu-west-1", "key-1") == at.clients.client("cloudtrail", OTHER, "eu-west-1")
    assert [f"arn:{partition}:iam::{OTHER}:role/lookup"] == at.sts.assumed


def test_one_sets_of_credentials_serves_every_region_and_service() -> None:
    """STS is asked once an hour and account."""
    at = At()
    for service, region in (("cloudtrail", "eu-west-1"), ("cloudtrail", "us-east-1"), ("config", "eu-west-1")):
        at.clients.client(service, OTHER, region)

    assert 1 == len(at.sts.assumed)


def test_credentials_are_renewed_before_they_end() -> None:
    """An invocation that begins with them must not see them end."""
    at = At()
    at.clients.client("cloudtrail", OTHER, "eu-west-1")
    at.now += timedelta(hours=1) - SPARE

    assert ("cloudtrail", "eu-west-1", "key-2") == at.clients.client("cloudtrail", OTHER, "eu-west-1")


def test_without_a_role_everything_is_done_here() -> None:
    """A detector of one account."""
    at = At(role_name="")

    assert ("cloudtrail", "eu-west-1", None) == at.clients.client("cloudtrail", OTHER, "eu-west-1")


class Connection:
    """A client with a connection that somebody has to close."""

    open = 0

    def __init__(self, *_: str, **__: str) -> None:
        Connection.open += 1

    def close(self) -> None:
        Connection.open -= 1


def test_thousands_of_accounts_need_no_thousands_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function may have 1,024 of them; the latest used are kept, and what has ended is closed."""
    monkeypatch.setattr(Connection, "open", 0)
    at = At()
    at.clients.make = Connection
    for number in range(2000):
        at.clients.client("cloudtrail", f"{number:012d}", "eu-west-1")
        in_use = at.clients.client("config", OTHER, "eu-west-1")
    assert MOST_CLIENTS == Connection.open
    assert in_use is at.clients.client("config", OTHER, "eu-west-1"), "what is used again and again is kept"

    at.now += timedelta(hours=1)
    assert in_use is not at.clients.client("config", OTHER, "eu-west-1")
    assert MOST_CLIENTS == Connection.open


def test_a_role_that_cannot_be_assumed_is_the_callers_business() -> None:
    """Nothing is remembered of it: the role may be there a minute later."""
    at = At()
    for _ in range(2):
        with pytest.raises(ClientError, match="AssumeRole"):
            at.clients.client("cloudtrail", "999999999999", "eu-west-1")

    assert 2 == len(at.sts.assumed)


# Turns


def test_one_invocation_at_a_time_has_the_turn(aws: Callable[[str], Any], organization_table: str) -> None:
    """Of one account and region; others go on."""
    turns = Turns(aws("dynamodb"), organization_table, lease=timedelta(minutes=5))
    first = turns.take(OTHER, "eu-west-1", now=NOON)

    taken = [turns.take(*place, now=NOON) for place in ((OTHER, "eu-west-1"), (OTHER, "us-east-1"), (OWN, "eu-west-1"))]

    assert (True, [False, True, True]) == (first is not None, [turn is not None for turn in taken])


def test_a_turn_that_is_given_back_may_be_taken(aws: Callable[[str], Any], organization_table: str) -> None:
    """At once."""
    turns = Turns(aws("dynamodb"), organization_table, lease=timedelta(minutes=5))
    first = turns.take(OTHER, "eu-west-1", now=NOON)
    assert first is not None
    turns.give_back(first)

    assert turns.take(OTHER, "eu-west-1", now=NOON) is not None


def test_the_turn_of_a_killed_invocation_ends_by_itself(aws: Callable[[str], Any], organization_table: str) -> None:
    """And what that one gives back late does not take the turn from the next."""
    turns = Turns(aws("dynamodb"), organization_table, lease=timedelta(minutes=5))
    killed = turns.take(OTHER, "eu-west-1", now=NOON)
    later = NOON + timedelta(minutes=5)
    heir = turns.take(OTHER, "eu-west-1", now=later)
    assert killed is not None
    assert heir is not None
    turns.give_back(killed)

    assert turns.take(OTHER, "eu-west-1", now=later) is None


# Places


def test_a_place_is_written_down_now_and_then(aws: Callable[[str], Any], organization_table: str) -> None:
    """Not at each of a thousand notifications."""
    places = Places(lambda: aws("dynamodb"), organization_table)
    here = Place(OTHER, "eu-west-1")
    for minutes in (0, 59, 60, 61):
        places.reported(here, now=NOON + timedelta(minutes=minutes))

    assert ({here: NOON + timedelta(minutes=60)}, timedelta(minutes=60)) == (places.all(), AT_MOST_EVERY)


def test_a_place_that_answered_has_not_reported(aws: Callable[[str], Any], organization_table: str) -> None:
    """The survey tells the two apart."""
    places = Places(lambda: aws("dynamodb"), organization_table)
    places.answered(Place(OTHER, "eu-west-1"), now=NOON)

    assert ({}, {Place(OTHER, "eu-west-1"): NOON}) == (places.all(), places.answers())


def test_a_place_that_did_not_answer_is_remembered_as_such(aws: Callable[[str], Any], organization_table: str) -> None:
    """It is neither among those that did nor among those that reported."""
    places = Places(lambda: aws("dynamodb"), organization_table)
    places.unanswered(Place(OTHER, "eu-west-1"), now=NOON)

    assert ({}, {}, {Place(OTHER, "eu-west-1"): NOON}) == (places.all(), places.answers(), places.failures())


def test_only_places_are_places(aws: Callable[[str], Any], organization_table: str) -> None:
    """The table holds turns and accounts, too."""
    Turns(aws("dynamodb"), organization_table, lease=timedelta(minutes=5)).take(OTHER, "eu-west-1", now=NOON)

    assert {} == Places(lambda: aws("dynamodb"), organization_table).all()


# The directory


@pytest.fixture
def organization(aws: Callable[[str], Any]) -> tuple[Any, str]:
    """An organization with Workloads/Prod, and one account in it."""
    client = aws("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    parent = root
    for name in ("Workloads", "Prod"):
        parent = client.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]
    account = client.create_account(Email="shop@example.com", AccountName="shop")["CreateAccountStatus"]["AccountId"]
    client.move_account(AccountId=account, SourceParentId=root, DestinationParentId=parent)
    return client, account


def test_organizations_knows_names_and_units(organization: tuple[Any, str]) -> None:
    """Root first."""
    client, account = organization
    found = AccountDirectory(Organizations(lambda: client)).find(account)

    assert ("shop", True) == (found.name, found.is_in(["Workloads/Prod"]))


def test_what_was_found_out_is_kept_for_the_other_functions(
    aws: Callable[[str], Any], organization: tuple[Any, str], organization_table: str
) -> None:
    """A second process asks the table, not Organizations."""
    client, account = organization
    table = (aws("dynamodb"), organization_table)
    AccountDirectory(Organizations(lambda: client), table).find(account)

    assert "shop" == AccountDirectory(Organizations(_nobody), table).find(account).name


def test_an_account_that_moved_is_found_where_it_is_a_day_later(organization: tuple[Any, str]) -> None:
    """Directories change, and slowly."""
    client, account = organization
    clock = [NOON]
    directory = AccountDirectory(Organizations(lambda: client), now=lambda: clock[0])
    before = directory.find(account)
    root = client.list_roots()["Roots"][0]["Id"]
    parent = client.list_parents(ChildId=account)["Parents"][0]["Id"]
    client.move_account(AccountId=account, SourceParentId=parent, DestinationParentId=root)
    same = directory.find(account)
    clock[0] += timedelta(days=1)

    assert (before, ()) == (same, directory.find(account).organizational_units)


def test_whoever_may_not_ask_calls_accounts_by_their_ids() -> None:
    """Once told, never a failure."""
    said: list[str] = []
    directory = AccountDirectory(Organizations(_nobody), complain=said.append)

    assert [Account(id=OTHER), Account(id=OWN)] == [directory.find(OTHER), directory.find(OWN)]
    assert 1 == len(said)


class OutOfOrder:
    """DynamoDB, where one operation fails."""

    def __init__(self, operation: str) -> None:
        self._operation = operation

    def get_item(self, **_: Any) -> Any:
        return self._answer("GetItem")

    def put_item(self, **_: Any) -> Any:
        return self._answer("PutItem")

    def _answer(self, operation: str) -> Any:
        if operation == self._operation:
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, operation)
        return {}


@pytest.mark.parametrize(
    ("operation", "says"), [("GetItem", "cannot be read from the table"), ("PutItem", "cannot be kept in the table")]
)
def test_a_table_that_fails_does_not_make_an_account_unknown(operation: str, says: str) -> None:
    """An account that is excluded by its unit would be told about. The failure is told, once."""
    said: list[str] = []
    table: Any = OutOfOrder(operation)
    listed = json.dumps({each: {"name": "shop", "organizational_units": ["Sandbox"]} for each in (OWN, OTHER)})
    directory = AccountDirectory(Listed(lambda: listed), (table, "organization"), complain=said.append)

    assert [True] * 4 == [directory.find(account).is_in(["Sandbox"]) for account in (OTHER, OTHER, OWN, OWN)]
    assert [True] == [says in problem and operation in problem for problem in said]


def _nobody() -> Any:
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeAccount")


def test_a_team_may_list_its_accounts_itself() -> None:
    """By name alone, or with units."""
    listed = Listed(lambda: json.dumps({OWN: "audit", OTHER: {"name": "shop", "organizational_units": ["Prod"]}}))
    directory = AccountDirectory(listed)

    assert [
        Account(id=OWN, name="audit"),
        Account(id=OTHER, name="shop", organizational_units=("Prod",)),
    ] == list(directory.listing().accounts)
    assert Account(id="1") == directory.find("1")
    assert frozenset({OTHER}) == directory.listing(units=["Pr*"]).inside


def test_only_aws_organizations_says_who_is_not_in_the_organization(organization: tuple[Any, str]) -> None:
    """And only with a list that is whole; a team may list some of its accounts."""
    client, account = organization
    listed = Listed(lambda: json.dumps({account: "shop"}))
    sources = Organizations(lambda: client), listed, Organizations(_nobody)

    assert [True, False, False] == [AccountDirectory(source).listing().is_everybody for source in sources]


@pytest.mark.parametrize(
    ("setting", "kind"), [("", "NoneType"), ("organizations", "Organizations"), (f"s3://b/k#{64 * '0'}", "Listed")]
)
def test_the_setting_names_the_source(setting: str, kind: str) -> None:
    """Clients are made when they are needed."""
    assert kind == type(source_of(setting, organizations=_nobody, s3=_nobody)).__name__


def test_a_setting_that_names_no_source_is_refused() -> None:
    """With what is understood."""
    with pytest.raises(ValueError, match="s3://BUCKET/KEY#SHA256"):
        source_of("s3://bucket/accounts.json", organizations=_nobody, s3=_nobody)


def test_a_list_that_somebody_has_changed_is_refused(aws: Callable[[str], Any]) -> None:
    """It says whose changes are dropped and where others are told: no name is worth believing it."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    deployed, changed = ({OTHER: {"name": "shop", "organizational_units": [unit]}} for unit in ("Prod", "Sandbox"))
    s3.put_object(Bucket="assets", Key="accounts.json", Body=json.dumps(changed).encode())
    digest = sha256(json.dumps(deployed).encode()).hexdigest()
    source = source_of(f"s3://assets/accounts.json#{digest}", organizations=_nobody, s3=lambda: s3)

    with pytest.raises(ValueError, match=r"s3://assets/accounts\.json is not the file that was deployed"):
        AccountDirectory(source).find(OTHER)


# Control Tower's way


class Lambda:
    """Answers as the lookup function would."""

    def __init__(self, answer: Any, error: str | None = None) -> None:
        self.asked: list[Any] = []
        self._answer = {"Payload": io.BytesIO(json.dumps(answer).encode())} | (
            {"FunctionError": error} if error else {}
        )

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - AWS's own words
        self.asked.append((FunctionName, json.loads(Payload)))
        return self._answer


def lookup(function: Lambda) -> Any:
    """One question, with a time in it."""
    stand_in: Any = function
    return LookupFunction(stand_in, "lookup", OTHER, "eu-west-1").lookup_events(StartTime=NOON, MaxResults=50)


def test_the_function_is_asked_as_cloudtrail_is() -> None:
    """Times are spelled out."""
    function = Lambda({"Events": []})

    assert {"Events": []} == lookup(function)
    asked = {"StartTime": "2026-11-22T12:00:00Z", "MaxResults": 50}
    assert [("lookup", {"account": OTHER, "region": "eu-west-1", "asked": asked})] == function.asked


def test_what_cloudtrail_refuses_is_an_error_again() -> None:
    """Throttling backs off as ever."""
    with pytest.raises(ClientError, match="ThrottlingException"):
        lookup(Lambda({"error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}))


def test_that_cloudtrail_was_not_reached_is_no_answer() -> None:
    """The changes come again."""
    with pytest.raises(LookupFunctionFailed, match=r"444455556666 eu-west-1: .*Read timeout"):
        lookup(Lambda({"unreachable": "Read timeout on endpoint URL"}))


def test_a_function_that_breaks_off_is_no_answer() -> None:
    """The changes come again."""
    with pytest.raises(LookupFunctionFailed, match="444455556666"):
        lookup(Lambda({"errorMessage": "Task timed out"}, error="Unhandled"))
