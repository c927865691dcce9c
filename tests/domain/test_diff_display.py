"""A diff the way people read it."""

from __future__ import annotations

from typing import Any

from manual_change.domain.change import PropertyChange
from manual_change.domain.diff_display import Difference, differences
from manual_change.domain.value_display import show


def a_rule(cidr: str, *, port: int = 22, description: str | None = None) -> dict[str, Any]:
    """An inbound rule as Config spells it: the range is in it twice, and half of it is empty."""
    range_ = {"cidrIp": cidr} | ({"description": description} if description else {})
    return {
        "fromPort": port,
        "ipProtocol": "tcp",
        "ipRanges": [cidr],
        "ipv4Ranges": [range_],
        "ipv6Ranges": [],
        "prefixListIds": [],
        "toPort": port,
        "userIdGroupPairs": [],
    }


def removed(path: str, value: Any) -> PropertyChange:
    """As Config reports a list element that is gone."""
    return PropertyChange(path, value, None)


def added(path: str, value: Any) -> PropertyChange:
    """As Config reports a list element that is new."""
    return PropertyChange(path, None, value)


def test_an_element_that_changed_is_one_difference_again() -> None:
    """Config reports a DELETE of `.0` and a CREATE of `.1`; what differs between the two is one range."""
    properties = [
        removed("Configuration.IpPermissions.0", a_rule("10.0.0.0/8")),
        added("Configuration.IpPermissions.1", a_rule("0.0.0.0/0")),
    ]

    assert (Difference("IpPermissions (22, tcp).ipRanges", "10.0.0.0/8", "0.0.0.0/0"),) == differences(properties)


def test_an_element_is_paired_with_the_one_most_like_it() -> None:
    """Positions say nothing: the rule of port 443 stays the rule of port 443."""
    properties = [
        removed("Configuration.IpPermissions.0", a_rule("10.0.0.0/8", port=22)),
        removed("Configuration.IpPermissions.1", a_rule("10.0.0.0/8", port=443)),
        added("Configuration.IpPermissions.2", a_rule("0.0.0.0/0", port=443)),
        added("Configuration.IpPermissions.3", a_rule("192.0.2.0/24", port=22)),
    ]

    assert {
        Difference("IpPermissions (22, tcp).ipRanges", "10.0.0.0/8", "192.0.2.0/24"),
        Difference("IpPermissions (443, tcp).ipRanges", "10.0.0.0/8", "0.0.0.0/0"),
    } == set(differences(properties))


def test_elements_with_different_names_are_not_one_element() -> None:
    """A tag that went and a tag that came are two differences, even where their values are alike."""
    properties = [
        removed("Tags.0", {"key": "team", "value": "x"}),
        added("Tags.1", {"key": "owner", "value": "x"}),
    ]

    assert (
        Difference("Tags", {"key": "team", "value": "x"}, None),
        Difference("Tags", None, {"key": "owner", "value": "x"}),
    ) == differences(properties)


def test_an_element_is_called_by_what_names_it() -> None:
    """An id says which one it is; else what stayed the same does."""
    before = {"macAddress": "02:17", "networkInterfaceId": "eni-1", "status": "in-use"}
    properties = [PropertyChange("Configuration.NetworkInterfaces.0", before, before | {"status": "available"})]

    assert (Difference("NetworkInterfaces (eni-1).status", "in-use", "available"),) == differences(properties)


def test_an_empty_text_is_no_value() -> None:
    """EC2 writes an empty public name where there is none."""
    assert (Difference("PublicDnsName", None, "ec2-203-0-113-9"),) == differences(
        [PropertyChange("Configuration.PublicDnsName", "", "ec2-203-0-113-9")]
    )


def test_elements_inside_a_member_are_paired_too() -> None:
    """Lists inside lists: an address that lost its association is still the same address."""
    address = {"privateIpAddress": "172.31.30.79", "primary": True}
    properties = [
        PropertyChange(
            "Configuration.NetworkInterface",
            {"addresses": [address | {"association": {"publicIp": "203.0.113.9"}}]},
            {"addresses": [address]},
        )
    ]

    [difference] = differences(properties)

    assert ({"publicIp": "203.0.113.9"}, None) == (difference.before, difference.after)
    assert difference.path.endswith(".association")


def test_a_tag_that_changed_its_value_is_named() -> None:
    """The key tells which tag it is."""
    properties = [
        removed("Tags.0", {"key": "team", "value": "a"}),
        added("Tags.1", {"key": "team", "value": "b"}),
    ]

    assert (Difference("Tags (team).value", "a", "b"),) == differences(properties)


def test_a_lone_value_replaced_by_another_is_one_difference() -> None:
    """With one removed and one added there is nothing to mix up."""
    properties = [removed("Configuration.Aliases.0", "old"), added("Configuration.Aliases.1", "new")]

    assert (Difference("Aliases", "old", "new"),) == differences(properties)


def test_a_description_that_only_one_form_has_is_not_lost() -> None:
    """Forms that say the same are told once; forms that do not are both told."""
    properties = [
        removed("Configuration.IpPermissions.0", a_rule("10.0.0.0/8", description="office")),
        added("Configuration.IpPermissions.1", a_rule("10.0.0.0/8")),
    ]

    assert (Difference("IpPermissions (22, tcp).ipv4Ranges (10.0.0.0/8).description", "office", None),) == differences(
        properties
    )


def test_two_members_that_change_alike_are_both_told() -> None:
    """From port and to port are two facts."""
    properties = [PropertyChange("Configuration.Rule", {"fromPort": 22, "toPort": 22}, {"fromPort": 23, "toPort": 23})]

    assert (Difference("Rule.fromPort", 22, 23), Difference("Rule.toPort", 22, 23)) == differences(properties)


def test_two_lists_that_change_alike_are_both_told() -> None:
    """What came in and what goes out are two facts."""
    before, after = (
        {"ingress": [{"port": 1}], "egress": [{"port": 1}]},
        {"ingress": [{"port": 2}], "egress": [{"port": 2}]},
    )

    assert {Difference("Rule.egress.port", 1, 2), Difference("Rule.ingress.port", 1, 2)} == set(
        differences([PropertyChange("Configuration.Rule", before, after)])
    )


def test_what_stays_the_same_but_for_empty_members_is_no_difference() -> None:
    """Config writes an absent list now as null, now as []."""
    assert () == differences([PropertyChange("Configuration.A", {"a": 1, "b": []}, {"a": 1, "b": None})])


def test_configuration_stands_before_tags_and_relationships() -> None:
    """What a person did comes before what followed from it."""
    properties = [
        added("Relationships.0", {"resourceId": "vpc-1"}),
        added("Tags.0", {"key": "a", "value": "b"}),
        PropertyChange("Configuration.Description", "old", "new"),
    ]

    assert ["Description", "Tags", "Relationships"] == [difference.path for difference in differences(properties)]


def test_elements_in_another_order_are_shown_whole() -> None:
    """The order of listeners or statements may matter."""
    assert (Difference("Statements", ["a", "b"], ["b", "a"]),) == differences(
        [PropertyChange("Configuration.Statements", ["a", "b"], ["b", "a"])]
    )


def test_a_value_is_shown_on_one_line_without_what_says_nothing() -> None:
    """Fewer quotes and brackets than JSON, and no second spelling of the range."""
    assert "{fromPort: 22, ipProtocol: tcp, ipRanges: [10.0.0.0/8], toPort: 22}" == show(a_rule("10.0.0.0/8"))


def test_a_range_with_a_description_is_shown_with_it() -> None:
    """Of two spellings the one that says more."""
    assert (
        "{fromPort: 22, ipProtocol: tcp, ipv4Ranges: [{cidrIp: 10.0.0.0/8, description: office}], toPort: 22}"
        == show(a_rule("10.0.0.0/8", description="office"))
    )


def test_thousands_of_elements_are_not_compared_one_by_one() -> None:
    """A prefix list may have a thousand entries; a message shows a dozen."""
    properties = [removed(f"Configuration.Entries.{at}", {"cidr": at}) for at in range(2000)]
    properties += [added(f"Configuration.Entries.{at}", {"cidr": -at}) for at in range(2000)]

    assert 4000 == len(differences(properties))


def test_what_is_nested_too_deep_to_read_is_cut_there() -> None:
    """Depth is data: it cannot stop a message."""
    value: Any = 1
    for _ in range(900):
        value = [value]

    assert show(value).count("[") == 30
