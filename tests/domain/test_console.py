"""Links into the AWS console."""

from __future__ import annotations

import pytest

from manual_change.domain.change import Resource
from manual_change.domain.console import cloudtrail_url, config_timeline_url


def test_a_call_is_found_in_the_event_history_of_its_region() -> None:
    """The region is the call's: us-east-1 for IAM, wherever the change was recorded."""
    assert (
        "https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events/0a1b"
    ) == cloudtrail_url("0a1b", "us-east-1")


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("eu-west-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
        ("eusc-de-east-1", "console.amazonaws-eusc.eu"),
    ],
)
def test_each_partition_has_its_own_console(region: str, domain: str) -> None:
    """A link into another partition's console leads to a sign-in that nobody there has."""
    assert cloudtrail_url("0a1b", region).startswith(f"https://{region}.{domain}/")


def test_the_timeline_is_found_by_id_name_and_type() -> None:
    """Load balancers have an ARN for an id; everything is percent-encoded."""
    balancer = Resource(
        "111122223333", "eu-west-1", "AWS::ElasticLoadBalancingV2::LoadBalancer", "arn:aws:elb/a b", "w&b"
    )

    assert (
        "https://eu-west-1.console.aws.amazon.com/config/home?region=eu-west-1#/resources/timeline"
        "?resourceId=arn%3Aaws%3Aelb%2Fa%20b&resourceName=w%26b"
        "&resourceType=AWS%3A%3AElasticLoadBalancingV2%3A%3ALoadBalancer"
    ) == config_timeline_url(balancer)


def test_a_resource_without_a_name_is_found_without_it() -> None:
    """Instances and volumes have none."""
    assert "resourceName" not in config_timeline_url(Resource("1", "eu-west-1", "AWS::EC2::Volume", "vol-1"))


@pytest.mark.parametrize(
    ("arn", "beginning"),
    [
        ("arn:aws:iam::111122223333:role/deploy", "https://us-east-1.console.aws.amazon.com/"),
        ("arn:aws-us-gov:iam::111122223333:role/deploy", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
        ("arn:aws-cn:iam::111122223333:role/deploy", "https://cn-north-1.console.amazonaws.cn/"),
        (None, "https://us-east-1.console.aws.amazon.com/"),
    ],
)
def test_a_global_resource_is_looked_up_in_the_home_region(arn: str | None, beginning: str) -> None:
    """Config writes `global` as the region of IAM's resources; no console is there. The ARN tells the partition."""
    assert config_timeline_url(Resource("1", "global", "AWS::IAM::Role", "AROA1", "deploy", arn)).startswith(beginning)


def test_a_strange_event_id_stays_inside_its_url() -> None:
    """An id is data: it cannot lead anywhere else."""
    assert cloudtrail_url("../x|<y>", "eu-west-1").endswith("#/events/..%2Fx%7C%3Cy%3E")
