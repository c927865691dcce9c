"""One CloudTrail record: what makes it readable, and when its call counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.api_call import ApiCall, CallReference, Unreadable, flag, plain_name, read_call, uncounted

Record = Callable[..., dict[str, Any]]


@pytest.fixture
def uncounted_as(a_record: Record) -> Callable[..., str | None]:
    """The reason why a call does not count, None where it does."""

    def ask(*args: Any, **fields: Any) -> str | None:
        found = uncounted(a_record(*args, **fields))
        return found.reason if found else None

    return ask


# Reading a record


def test_a_record_is_read(a_record: Record, noon: Any) -> None:
    """With what names it."""
    call = read_call(a_record(eventID="e-1"))

    assert ("e-1", "ec2.amazonaws.com", "AuthorizeSecurityGroupIngress", noon, "eu-west-1", "111122223333") == (
        call.event_id,
        call.event_source,
        call.event_name,
        call.event_time,
        call.region,
        call.account,
    )


@pytest.mark.parametrize("version", ["1.0", "1.01", "1.05", "1.08", "1.09", "1.10", "1.11", "2.0", None, 1.08])
def test_every_event_version_is_read(a_record: Record, version: object) -> None:
    """What is asked of a record has been in it from the first."""
    assert "ec2" == read_call(a_record(eventVersion=version)).service


def test_the_record_is_kept_as_it_came(a_record: Record) -> None:
    """And never altered."""
    record = a_record()

    assert read_call(record).record is record


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"eventID": None}, "has no eventID"),
        ({"eventID": ""}, "has no eventID"),
        ({"eventID": 7}, "has no eventID"),
        ({"eventName": ...}, "has no eventName"),
        ({"eventName": ["x"]}, "has no eventName"),
        ({"eventTime": ...}, "is None; a time is expected"),
        ({"eventTime": "noon"}, "is 'noon'; a time is expected"),
    ],
)
def test_a_record_without_id_time_or_name_is_unreadable(a_record: Record, fields: dict[str, Any], said: str) -> None:
    """The error says what was found."""
    with pytest.raises(Unreadable, match=said):
        read_call(a_record(**fields))


@pytest.mark.parametrize("record", [None, 7, "text", [], [{}]])
def test_what_is_no_object_is_unreadable(record: object) -> None:
    """It must not vanish."""
    with pytest.raises(Unreadable, match="an object is expected"):
        read_call(record)


@pytest.mark.parametrize(
    ("recipient", "identity", "account"),
    [
        ("111122223333", "444455556666", "111122223333"),
        (None, "444455556666", "444455556666"),
        (None, None, "unknown"),
        (7, 7, "unknown"),
    ],
)
def test_a_call_acted_where_its_record_was_delivered(
    a_record: Record, recipient: object, identity: object, account: str
) -> None:
    """The caller's own account is another where accounts call into each other."""
    record = a_record(recipientAccountId=recipient, by={"type": "AWSAccount", "accountId": identity})

    assert account == read_call(record).account


@pytest.mark.parametrize("odd", [None, 7, [], {}])
@pytest.mark.parametrize("key", ["eventSource", "awsRegion", "userIdentity", "requestParameters", "userAgent"])
def test_an_odd_field_does_not_make_a_record_unreadable(a_record: Record, key: str, odd: object) -> None:
    """Any field but id, time and name may be absent or of another type."""
    assert "AuthorizeSecurityGroupIngress" == read_call(a_record(**{key: odd})).action


@pytest.mark.parametrize(
    ("addendum", "original"),
    [
        ({"originalEventID": "e-0", "reason": "UPDATED_DATA"}, "e-0"),
        ({"originalEventID": ""}, "e-1"),
        ({"originalEventID": 7}, "e-1"),
        ({"reason": "DELIVERY_DELAY"}, "e-1"),
        ("x", "e-1"),
        (None, "e-1"),
    ],
)
def test_a_copy_knows_its_original(a_record: Record, addendum: object, original: str) -> None:
    """A late or corrected copy has an id of its own."""
    call = read_call(a_record(eventID="e-1", addendum=addendum))

    assert (original, original == "e-1") == (call.original_id, call.is_original)


@pytest.mark.parametrize("region", ["", None, 7])
def test_a_region_that_is_not_said_is_unknown(a_record: Record, region: object) -> None:
    """And rejects nothing."""
    assert "unknown" == read_call(a_record(awsRegion=region)).region


def test_a_call_is_named_in_a_finding_as_the_contract_says(a_call: Callable[..., ApiCall]) -> None:
    """DESIGN, section 6; the link leads to the call's own region."""
    assert {
        "event_id": "e-1",
        "event_source": "ec2.amazonaws.com",
        "event_name": "AuthorizeSecurityGroupIngress",
        "event_time": "2026-11-22T12:00:00Z",
        "region": "eu-west-1",
        "console_url": "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/e-1",
    } == a_call(eventID="e-1").reference().to_json()


def test_a_reference_arrives_as_it_was_sent(a_call: Callable[..., ApiCall]) -> None:
    """Over the findings queue."""
    reference = a_call().reference()

    assert reference == CallReference.from_json(reference.to_message())


def test_a_reference_without_a_time_is_unreadable(a_call: Callable[..., ApiCall]) -> None:
    """It goes to the dead-letter queue."""
    with pytest.raises(Unreadable, match="event_time is 'noon'"):
        CallReference.from_json(a_call().reference().to_json() | {"event_time": "noon"})


# Whether it counts


def test_a_write_that_succeeded_counts(uncounted_as: Callable[..., str | None]) -> None:
    """The plain case."""
    assert uncounted_as() is None


@pytest.mark.parametrize(
    "fields",
    [
        {"errorCode": "AccessDenied", "errorMessage": "not authorized"},
        {"errorCode": "Client.DryRunOperation", "errorMessage": "Request would have succeeded"},
        {"errorCode": "ThrottlingException"},
        {"errorMessage": "No username found in supplied account"},
    ],
)
def test_a_call_that_failed_made_no_change(uncounted_as: Callable[..., str | None], fields: dict[str, str]) -> None:
    """Neither `errorCode` nor, where it has no code, `errorMessage`."""
    assert "failed-call" == uncounted_as(**fields)


@pytest.mark.parametrize("fields", [{"errorCode": None}, {"errorCode": "", "errorMessage": ""}, {"errorCode": ...}])
def test_an_empty_error_is_none(uncounted_as: Callable[..., str | None], fields: dict[str, Any]) -> None:
    """Some writers of records fill in what is absent."""
    assert uncounted_as(**fields) is None


@pytest.mark.parametrize(
    ("read_only", "expected"),
    [(True, "read-only-call"), ("true", "read-only-call"), ("True", "read-only-call"), (False, None), ("false", None)],
)
def test_a_call_reads_if_it_says_so(
    uncounted_as: Callable[..., str | None], read_only: object, expected: str | None
) -> None:
    """Flags come as booleans and as strings; a reading name does not outvote the flag."""
    assert [expected, expected] == [uncounted_as(name, readOnly=read_only) for name in ("PutRule", "DescribeRule")]


READING = """
    Get List Describe Head Lookup Search Query Scan Select Check View Preview Estimate Validate Verify Simulate Filter
    Read BatchGet BatchDescribe
""".split()
WRITING = "Put Create Getaway Listen Headline Update Delete Assume Checkout Reader BatchDelete get list".split()


@pytest.mark.parametrize("absent", [..., None, "perhaps", 1])
def test_where_the_flag_is_absent_the_verb_decides(uncounted_as: Callable[..., str | None], absent: object) -> None:
    """`readOnly` came with event version 1.01, service by service."""
    assert {"read-only-call"} == {uncounted_as(f"{verb}Thing", service="x", readOnly=absent) for verb in READING}
    assert {None} == {uncounted_as(f"{verb}Thing", service="x", readOnly=absent) for verb in WRITING}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"eventCategory": "Insight"}, "not-an-api-call"),
        ({"eventType": "AwsCloudTrailInsight"}, "not-an-api-call"),
        ({"eventCategory": "NetworkActivity"}, "not-an-api-call"),
        ({"eventType": "AwsVpceEvent"}, "not-an-api-call"),
        ({"eventCategory": "Data"}, "changes-nothing"),
        ({"managementEvent": False}, "changes-nothing"),
        ({"managementEvent": "false"}, "changes-nothing"),
        ({"managementEvent": True}, None),
        ({"managementEvent": ..., "eventCategory": ...}, None),
        ({"eventType": "AwsServiceEvent"}, None),
        ({"eventType": "AwsConsoleAction"}, None),
    ],
)
def test_some_records_are_of_no_call_that_changes_the_account(
    uncounted_as: Callable[..., str | None], fields: dict[str, Any], expected: str | None
) -> None:
    """Insights, copies through VPC endpoints, work on data inside a resource."""
    assert expected == uncounted_as(**fields)


@pytest.mark.parametrize(
    ("name", "service", "expected"),
    [
        ("AssumeRole", "sts", "changes-nothing"),
        ("ConsoleLogin", "signin", "changes-nothing"),
        ("PutObject", "s3", "changes-nothing"),
        ("GenerateDataKey20150331", "kms", "changes-nothing"),
        ("PutBucketPolicy", "s3", None),
        ("AssumeRole", "iam", None),
    ],
)
def test_some_writes_change_nothing(
    uncounted_as: Callable[..., str | None], name: str, service: str, expected: str | None
) -> None:
    """The table is asked with the plain name."""
    assert expected == uncounted_as(name, service=service)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
        ("UpdateFunctionConfiguration20150331", "UpdateFunctionConfiguration"),
        ("CreateDistribution2020_05_31", "CreateDistribution"),
        ("AddPermission20150331v2", "AddPermission"),
        ("AssociateWebACL", "AssociateWebACL"),
        ("PutRule1", "PutRule1"),
        ("CreateThing201503", "CreateThing201503"),
        ("DescribeDBLogFiles2", "DescribeDBLogFiles2"),
        ("", ""),
    ],
)
def test_dated_names_are_read_without_their_suffix(name: str, plain: str) -> None:
    """Lambda and CloudFront append their API's version."""
    assert plain == plain_name(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((value, True) for value in (True, "true", "True")),
        *((value, False) for value in (False, "false", "False")),
        *((value, None) for value in (None, "", "yes", 1, 0, [], {}, ["true"])),
    ],
)
def test_a_flag_is_true_false_or_nothing(value: object, expected: bool | None) -> None:
    """A number is no flag."""
    assert expected is flag(value)


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = """
    eventID eventName eventTime eventSource awsRegion recipientAccountId userIdentity readOnly errorCode errorMessage
    eventCategory eventType managementEvent requestParameters responseElements resources addendum userAgent
""".split()
SOUND = {"eventID": "e", "eventName": "PutRule", "eventTime": "2026-11-22T12:00:00Z", "eventSource": "events.x"}


@settings(derandomize=True, max_examples=100, deadline=None)
@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)).map(lambda odd: SOUND | odd))
def test_any_record_is_a_call_or_unreadable(record: Any) -> None:
    """Nothing else is raised, and whether it counts can be asked of any object."""
    try:
        found: object = read_call(record)
    except Unreadable as error:
        found = error
    if isinstance(record, dict):
        uncounted(record)

    assert isinstance(found, ApiCall | Unreadable)
