"""Changes investigated together: earlier items of a resource, and related resources of the same window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytest

from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Relation
from manual_change.domain.inquiry import Explained, Inquiry, ResourceKey
from manual_change.domain.policy import Policy

Call = Callable[..., ApiCall]
Build = Callable[..., Change]


def judged(
    changes: Iterable[Change], *calls: ApiCall, recalled: Mapping[ResourceKey, Sequence[Explained]] | None = None
) -> list[tuple[str, str, str]]:
    """(resource id, decision, reason) of each change, in the order of the findings."""
    inquiry = Inquiry(policy=Policy(), window=Window(), recalled=recalled or {})
    found = inquiry.investigate(changes, lambda _: calls)
    return [
        (finding.change.resource.id if finding.change else "", finding.decision, finding.reason) for finding, _ in found
    ]


@pytest.fixture
def a_launch(a_call: Call) -> ApiCall:
    """Alice launches instance `i-1`."""
    return a_call("RunInstances", request={}, response={"instancesSet": {"items": [{"instanceId": "i-1"}]}})


@pytest.fixture
def an_instance(a_change: Build) -> Callable[..., Change]:
    """The instance `i-1`, made."""
    return lambda **fields: a_change("i-1", type="AWS::EC2::Instance", **({"change_type": "CREATE"} | fields))


@pytest.fixture
def a_volume(a_change: Build) -> Callable[..., Change]:
    """The volume `vol-1`, made, related to `i-1`."""
    relations = (Relation("AWS::EC2::Instance", "i-1"),)

    def build(**fields: Any) -> Change:
        return a_change(
            "vol-1", type="AWS::EC2::Volume", **({"change_type": "CREATE", "relations": relations} | fields)
        )

    return build


def test_findings_come_in_the_order_of_capture(a_change: Build) -> None:
    """Whatever order the changes arrive in."""
    late, early = a_change("sg-1", later=60), a_change("sg-2")

    assert ["sg-2", "sg-1"] == [resource for resource, *_ in judged([late, early])]


def test_one_act_captured_twice_is_told_once(a_change: Build, a_call: Call) -> None:
    """The second item of the resource has no other call to explain it."""
    assert [("sg-1", "notify", "iam-user"), ("sg-1", "silent", "already-reported")] == judged(
        [a_change(later=30), a_change()], a_call()
    )


def test_each_of_two_acts_explains_its_own_item(a_change: Build, a_call: Call) -> None:
    """The first call is not held responsible for the second item."""
    revoked = a_call("RevokeSecurityGroupIngress", later=60)
    inquiry = Inquiry(policy=Policy(), window=Window())
    found = inquiry.investigate([a_change(), a_change(later=60)], lambda _: [a_call(), revoked])

    assert [["AuthorizeSecurityGroupIngress"], ["RevokeSecurityGroupIngress"]] == [
        [call.event_name for call in finding.calls] for finding, _ in found
    ]


def test_an_act_on_another_resource_is_told_for_each(a_change: Build, a_call: Call) -> None:
    """Two groups tagged with one call are two changes."""
    tag = a_call("CreateTags", request={"resourcesSet": {"items": [{"resourceId": "sg-1"}, {"resourceId": "sg-2"}]}})

    assert [("sg-1", "notify", "iam-user"), ("sg-2", "notify", "iam-user")] == judged(
        [a_change("sg-1"), a_change("sg-2")], tag
    )


def test_what_an_earlier_inquiry_explained_is_remembered(a_change: Build, a_call: Call) -> None:
    """The first item was judged in another invocation."""
    call, first = a_call(), a_change()
    recalled = {first.resource.key: [Explained(first, frozenset({call.event_id}))]}

    assert [("sg-1", "silent", "already-reported")] == judged([a_change(later=30)], call, recalled=recalled)


def test_what_explained_a_later_item_is_still_new_to_an_earlier_one(a_change: Build, a_call: Call) -> None:
    """Disorder: the later item was judged first."""
    call, later = a_call(), a_change(later=30)
    recalled = {later.resource.key: [Explained(later, frozenset({call.event_id}))]}

    assert [("sg-1", "notify", "iam-user")] == judged([a_change()], call, recalled=recalled)


def test_a_launched_instances_volume_is_explained_by_the_launch(
    an_instance: Build, a_volume: Build, a_launch: ApiCall
) -> None:
    """The volume says to which instance it belongs."""
    assert [("i-1", "notify", "iam-user"), ("vol-1", "notify", "iam-user")] == judged(
        [a_volume(), an_instance()], a_launch
    )


def test_a_relationship_is_seen_from_either_side(an_instance: Build, a_volume: Build, a_launch: ApiCall) -> None:
    """The instance says which volume it has."""
    instance = an_instance(relations=(Relation("AWS::EC2::Volume", "vol-1"),))

    assert ("vol-1", "notify", "iam-user") in judged([a_volume(relations=()), instance], a_launch)


def test_a_relationship_may_name_its_resource(a_change: Build, a_call: Call) -> None:
    """Some relationships carry a name and no id."""
    role = a_change("AROAEXAMPLE12345678", type="AWS::IAM::Role", name="app", region="global")
    relations = (Relation("AWS::IAM::Role", None, "app"),)
    function = a_change("web", type="AWS::Lambda::Function", relations=relations)
    call = a_call("PutRolePolicy", service="iam", region="us-east-1", request={"roleName": "app"})

    assert ("web", "notify", "iam-user") in judged([function, role], call)


def test_a_name_in_another_region_is_another_resource(a_change: Build, a_call: Call) -> None:
    """Every region has a subnet group `default`."""
    group = a_change("default", type="AWS::RDS::DBSubnetGroup", name="default", region="us-east-1")
    relations = (Relation("AWS::RDS::DBSubnetGroup", None, "default"),)
    database = a_change("db-1", type="AWS::RDS::DBInstance", relations=relations)
    call = a_call("ModifyDBSubnetGroup", service="rds", region="us-east-1", request={"dBSubnetGroupName": "default"})

    assert ("db-1", "silent", "no-call-found") in judged([database, group], call)


def test_an_unrelated_resource_explains_nothing(an_instance: Build, a_volume: Build, a_launch: ApiCall) -> None:
    """Sharing a window is not evidence."""
    other = a_volume(relations=(Relation("AWS::EC2::Instance", "i-12"),))

    assert ("vol-1", "silent", "no-call-found") in judged([other, an_instance()], a_launch)


def test_a_neighbour_of_another_account_explains_nothing(
    an_instance: Build, a_volume: Build, a_launch: ApiCall
) -> None:
    """Though its id is the same."""
    assert ("vol-1", "silent", "no-call-found") in judged([a_volume(account="444455556666"), an_instance()], a_launch)


def test_a_neighbour_captured_long_before_explains_nothing(
    an_instance: Build, a_volume: Build, a_launch: ApiCall
) -> None:
    """Only within the lookback."""
    assert ("vol-1", "silent", "no-call-found") in judged([a_volume(later=1801), an_instance()], a_launch)


def test_a_volume_captured_twice_is_told_once(an_instance: Build, a_volume: Build, a_launch: ApiCall) -> None:
    """It is made, then attached: one launch."""
    attached = a_volume(change_type="UPDATE", later=20, properties={"Configuration.State": ("creating", "in-use")})

    assert [("vol-1", "notify", "iam-user"), ("vol-1", "silent", "already-reported")] == [
        found for found in judged([attached, a_volume(), an_instance()], a_launch) if found[0] == "vol-1"
    ]


def test_a_call_of_its_own_comes_before_a_relationship(
    an_instance: Build, a_volume: Build, a_launch: ApiCall, a_call: Call, a_role_session: Callable[..., Any]
) -> None:
    """A pipeline tags the volume of an instance that alice launched."""
    pipeline = a_role_session(invokedBy="cloudformation.amazonaws.com")
    tag = a_call("CreateTags", request={"resourcesSet": {"items": [{"resourceId": "vol-1"}]}}, by=pipeline, later=10)

    assert ("vol-1", "silent", "cloudformation") in judged(
        [a_volume(change_type="UPDATE"), an_instance()], a_launch, tag
    )


def test_relationships_reach_no_further_than_the_neighbour(
    an_instance: Build, a_volume: Build, a_change: Build, a_launch: ApiCall
) -> None:
    """A snapshot of the volume is not the launch's."""
    snapshot = a_change(
        "snap-1", type="AWS::EC2::Snapshot", change_type="CREATE", relations=(Relation("AWS::EC2::Volume", "vol-1"),)
    )

    assert ("snap-1", "silent", "no-call-found") in judged([snapshot, a_volume(), an_instance()], a_launch)


def test_a_neighbour_that_an_earlier_inquiry_explained_explains(
    an_instance: Build, a_volume: Build, a_launch: ApiCall
) -> None:
    """The instance was judged in another invocation."""
    instance = an_instance()
    recalled = {instance.resource.key: [Explained(instance, frozenset({a_launch.event_id}), (a_launch,))]}

    assert [("vol-1", "notify", "iam-user")] == judged([a_volume()], recalled=recalled)
