"""From configuration items and diffs to changes: both spellings, every kind of change, and what may be absent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.change import PropertyChange, Relation, Resource, Unreadable
from manual_change.domain.configuration_item import change_between, read_change, read_item

CAPTURE = datetime(2026, 11, 22, 12, 34, 56, 789000, tzinfo=UTC)
CREATED = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
GROUP = Resource(
    "111122223333",
    "eu-west-1",
    "AWS::EC2::SecurityGroup",
    "sg-1",
    "web",
    "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
)
CONFIGURATION = {"groupId": "sg-1", "ipPermissions": [{"fromPort": 22}]}

STREAM = {
    "configurationItemVersion": "1.3",
    "configurationItemCaptureTime": "2026-11-22T12:34:56.789Z",
    "configurationItemStatus": "OK",
    "configurationStateId": 1795350896789,
    "awsAccountId": "111122223333",
    "awsRegion": "eu-west-1",
    "resourceType": "AWS::EC2::SecurityGroup",
    "resourceId": "sg-1",
    "resourceName": "web",
    "ARN": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
    "resourceCreationTime": "2026-11-01T08:00:00.000Z",
    "relationships": [{"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "name": "Is contained in Vpc"}],
    "configuration": CONFIGURATION,
    "supplementaryConfiguration": {"Policy": {"a": 1}},
    "tags": {"team": "web"},
}
"""As the stream spells an item."""

API = {
    "version": "1.3",
    "configurationItemCaptureTime": 1795350896.789,
    "configurationItemStatus": "OK",
    "configurationStateId": "1795350896789",
    "accountId": "111122223333",
    "awsRegion": "eu-west-1",
    "resourceType": "AWS::EC2::SecurityGroup",
    "resourceId": "sg-1",
    "resourceName": "web",
    "arn": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
    "resourceCreationTime": 1793520000.0,
    "relationships": [
        {"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "relationshipName": "Is contained in Vpc"}
    ],
    "configuration": json.dumps(CONFIGURATION),
    "supplementaryConfiguration": {"Policy": '{"a": 1}'},
    "tags": {"team": "web"},
}
"""The same item as the API and history files spell it."""


def changed(**properties: tuple[Any, Any]) -> dict[str, Any]:
    """`changedProperties`; two underscores stand for the dots of a path."""
    return {
        path.replace("__", "."): {"previousValue": before, "updatedValue": after, "changeType": "UPDATE"}
        for path, (before, after) in properties.items()
    }


# One item


@pytest.mark.parametrize("spelled", [STREAM, API, [STREAM]], ids=["stream", "api", "2014"])
def test_both_spellings_of_an_item_are_read(spelled: object) -> None:
    """And the list of one item that the documentation of 2014 shows."""
    item = read_item(spelled)

    assert (GROUP, CAPTURE, "OK", CREATED) == (item.resource, item.captured_at, item.status, item.created_at)
    assert (CONFIGURATION, {"Policy": {"a": 1}}) == (item.configuration, item.supplementary)
    assert ({"team": "web"}, (Relation("AWS::EC2::VPC", "vpc-1"),)) == (item.tags, item.relations)


@pytest.mark.parametrize(
    "tags",
    [{"team": "web"}, [{"key": "team", "value": "web"}], [{"key": "team", "value": "web"}, 7, {"value": "x"}]],
)
def test_tags_come_as_an_object_or_as_pairs(tags: object) -> None:
    """What is neither is no tag."""
    assert {"team": "web"} == read_item(STREAM | {"tags": tags}).tags


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}])
@pytest.mark.parametrize(
    "key",
    [
        "relationships",
        "tags",
        "configuration",
        "supplementaryConfiguration",
        "resourceName",
        "ARN",
        "configurationItemStatus",
        "resourceCreationTime",
        "awsAccountId",
        "awsRegion",
    ],
)
def test_an_odd_field_does_not_make_an_item_unreadable(key: str, odd: object) -> None:
    """Only what names a resource and a moment must be there."""
    assert "sg-1" == read_item(STREAM | {key: odd}).resource.id


def test_account_and_region_are_read_from_the_arn_where_they_are_absent() -> None:
    """Some items of history files have neither."""
    bare = {key: value for key, value in STREAM.items() if key not in ("awsAccountId", "awsRegion")}

    assert GROUP == read_item(bare).resource


def test_what_nothing_says_is_unknown() -> None:
    """And rejects no call."""
    bare = {key: value for key, value in STREAM.items() if key not in ("awsAccountId", "awsRegion", "ARN")}
    resource = read_item(bare).resource

    assert ("unknown", "unknown") == (resource.account, resource.region)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"resourceType": None}, "no resourceType"),
        ({"resourceType": ""}, "no resourceType"),
        ({"resourceId": 7}, "no resourceId"),
        ({"configurationItemCaptureTime": "noon"}, "'noon'; a time is expected"),
        ({"configurationItemCaptureTime": "0001-01-01T00:00:00Z"}, "a time is expected"),
    ],
)
def test_an_item_without_resource_or_moment_is_unreadable(odd: dict[str, Any], said: str) -> None:
    """The error says what was found and what would be right."""
    with pytest.raises(Unreadable, match=said):
        read_item(STREAM | odd)


@pytest.mark.parametrize(
    ("raw", "found"), [(None, "missing"), ([], "a list of 0"), ([1, 2], "a list of 2"), ("x", "a str"), (7, "a int")]
)
def test_what_is_no_object_is_no_item(raw: object, found: str) -> None:
    """Said with what stands there."""
    with pytest.raises(Unreadable, match=f"{found}; an object is expected"):
        read_item(raw)


# An item and its diff


def test_a_diff_becomes_properties_in_the_order_of_their_paths() -> None:
    """Positions of lists count as numbers."""
    diff = {
        "changeType": "UPDATE",
        "changedProperties": changed(
            Configuration__B__10=(1, None), Configuration__B__9=(None, 2), Configuration__A=(3, 4)
        ),
    }

    assert (
        PropertyChange("Configuration.A", 3, 4),
        PropertyChange("Configuration.B.9", None, 2),
        PropertyChange("Configuration.B.10", 1, None),
    ) == read_change(read_item(STREAM), diff).properties


@pytest.mark.parametrize("path", ["Configuration." + "1" * 5000, "Configuration.²", "", ".", "Configuration.٣"])
def test_no_path_is_an_error(path: str) -> None:
    """However long its digits are."""
    diff = {"changeType": "UPDATE", "changedProperties": {path: {"previousValue": 1, "updatedValue": 2}, "Tags.1": {}}}

    assert {path, "Tags.1"} == {each.path for each in read_change(read_item(STREAM), diff).properties}


def test_a_property_of_another_form_is_shown_as_it_came() -> None:
    """Rather than lost."""
    diff = {"changeType": "UPDATE", "changedProperties": {"Configuration.X": "new"}}

    assert (PropertyChange("Configuration.X", None, "new"),) == read_change(read_item(STREAM), diff).properties


@pytest.mark.parametrize("change_type", ["CREATE", "UPDATE", "DELETE"])
def test_the_diff_says_what_kind_of_change_it_is(change_type: str) -> None:
    """CREATE comes without properties: the whole item is new."""
    change = read_change(read_item(STREAM), {"changeType": change_type, "changedProperties": {}})

    assert (change_type, (), False) == (change.change_type, change.properties, change.diff_left_out)


def test_a_deletion_is_read_from_what_was_before() -> None:
    """The item of a deletion has lost its ARN, its tags, its relationships and its configuration."""
    gone = STREAM | {
        "configurationItemStatus": "ResourceDeleted",
        "ARN": None,
        "tags": {},
        "relationships": [],
        "configuration": None,
    }
    diff = {
        "changeType": "DELETE",
        "changedProperties": changed(
            ARN=(GROUP.arn, None),
            Configuration=(CONFIGURATION, None),
            Relationships__0=({"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1"}, None),
            Tags__0=({"key": "team", "value": "web"}, None),
        ),
    }
    change = read_change(read_item(gone), diff)

    assert (GROUP, "DELETE", {"team": "web"}) == (change.resource, change.change_type, change.tags)
    assert ((Relation("AWS::EC2::VPC", "vpc-1"),), CONFIGURATION) == (change.relations, change.configuration)


def test_tags_that_were_taken_off_are_gone() -> None:
    """An UPDATE that removes the tag of a team is that team's no more."""
    diff = {"changeType": "UPDATE", "changedProperties": changed(Tags__0=({"key": "team", "value": "web"}, None))}

    assert {} == read_change(read_item(STREAM | {"tags": {}}), diff).tags


@pytest.mark.parametrize(
    "diff", [None, "x", [], {}, {"changeType": "UPDATE"}, {"changedProperties": {}}, {"changeType": ["UPDATE"]}]
)
def test_a_malformed_diff_is_a_diff_left_out(diff: object) -> None:
    """What cannot be seen is not nothing."""
    assert read_change(read_item(STREAM), diff).diff_left_out


@pytest.mark.parametrize(
    ("status", "change_type"),
    [
        ("OK", "UPDATE"),
        ("ResourceDiscovered", "CREATE"),
        ("ResourceNotRecorded", "CREATE"),
        ("ResourceDeleted", "DELETE"),
        ("ResourceDeletedNotRecorded", "DELETE"),
        ("", "UPDATE"),
    ],
)
def test_without_a_diff_the_status_says_what_kind_of_change_it_is(status: str, change_type: str) -> None:
    """Types that are not recorded come as notices of their own."""
    assert change_type == read_change(read_item(STREAM | {"configurationItemStatus": status}), None).change_type


# Two items


def an_item(**fields: Any) -> Any:
    """An item of the security group with other fields."""
    return read_item(STREAM | fields)


def test_the_change_between_two_items_is_written_as_config_writes_it() -> None:
    """Objects key by key, list elements as removed and added whole, segments capitalised."""
    before = an_item(configuration={"name": "a", "ports": [22, 80], "vpc": {"vpcId": "vpc-1"}}, tags={"team": "web"})
    after = an_item(
        configuration={"name": "b", "ports": [80, 443], "vpc": {"vpcId": "vpc-1"}, "new": 1}, tags={"team": "dba"}
    )

    assert [
        PropertyChange("Configuration.Name", "a", "b"),
        PropertyChange("Configuration.New", None, 1),
        PropertyChange("Configuration.Ports.0", 22, None),
        PropertyChange("Configuration.Ports.1", None, 443),
        PropertyChange("Tags.Team", "web", "dba"),
    ] == list(change_between(before, after).properties)


def test_relationships_and_supplementary_configuration_are_compared_too() -> None:
    """They are parts of the item."""
    after = an_item(relationships=[], supplementaryConfiguration={"Policy": {"a": 2}})

    assert ["SupplementaryConfiguration.Policy.A", "Relationships.0"] == [
        each.path for each in change_between(an_item(), after).properties
    ]


def test_elements_in_another_order_are_shown_as_the_whole_list() -> None:
    """None came or went."""
    before, after = an_item(configuration={"a": [1, 2]}), an_item(configuration={"a": [2, 1]})

    assert (PropertyChange("Configuration.A", [1, 2], [2, 1]),) == change_between(before, after).properties


def test_two_equal_items_have_no_properties() -> None:
    """Recorded again."""
    assert ("UPDATE", ()) == (lambda change: (change.change_type, change.properties))(
        change_between(an_item(), an_item())
    )


def test_the_item_of_a_deletion_takes_what_it_lost_from_the_item_before() -> None:
    """ARN, name, tags, relationships."""
    gone = an_item(
        configurationItemStatus="ResourceDeleted",
        ARN=None,
        resourceName=None,
        tags={},
        relationships=[],
        configuration=None,
    )
    change = change_between(an_item(), gone)

    assert (GROUP, "DELETE", {"team": "web"}) == (change.resource, change.change_type, change.tags)
    assert (PropertyChange("Configuration", CONFIGURATION, None),) == change.properties


def test_tags_that_are_gone_from_the_second_item_are_gone() -> None:
    """Only a deletion loses them against its will."""
    assert {} == change_between(an_item(), an_item(tags={})).tags


def test_an_item_after_a_deletion_is_a_creation() -> None:
    """Made again under the same id."""
    change = change_between(an_item(configurationItemStatus="ResourceDeleted"), an_item())

    assert ("CREATE", ()) == (change.change_type, change.properties)


@pytest.mark.parametrize(
    ("status", "change_type", "no_previous_item"),
    [("OK", "UPDATE", True), ("ResourceDiscovered", "CREATE", True), ("ResourceDeleted", "DELETE", False)],
)
def test_an_item_without_an_earlier_one_says_so(status: str, change_type: str, no_previous_item: bool) -> None:
    """A deletion needs none: it says by itself what happened."""
    change = change_between(None, an_item(configurationItemStatus=status))

    assert (change_type, no_previous_item) == (change.change_type, change.no_previous_item)


JSON = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(JSON, JSON)
def test_items_differ_exactly_where_their_change_has_properties(before: object, after: object) -> None:
    """No difference goes unseen, and none is made up. (A member that is null is as good as absent.)"""
    first, second = an_item(configuration=before), an_item(configuration=after)

    assert (first.configuration != second.configuration) == bool(change_between(first, second).properties)
