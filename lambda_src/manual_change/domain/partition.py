"""AWS partitions: separate clouds, each with its own console and its own home for global services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Partition:
    """One of the separate clouds of AWS."""

    name: str
    """As in ARNs: `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`."""
    region_prefix: str
    console_domain: str
    home_region: str
    """Where CloudTrail records the calls of global services (IAM, STS' global endpoint, CloudFront)."""


AWS: Final = Partition("aws", "", "console.aws.amazon.com", "us-east-1")
OTHERS: Final = (
    Partition("aws-cn", "cn-", "console.amazonaws.cn", "cn-north-1"),
    Partition("aws-us-gov", "us-gov-", "console.amazonaws-us-gov.com", "us-gov-west-1"),
    Partition("aws-eusc", "eusc-", "console.amazonaws-eusc.eu", "eusc-de-east-1"),
)


def partition_of(region: str, arn: str | None = None) -> Partition:
    """The partition that `region` is in; for `global` and unknown regions the one that `arn` names; else `aws`."""
    for partition in OTHERS:
        if region.startswith(partition.region_prefix):
            return partition
    named = arn.split(":", 2)[1] if arn and arn.count(":") >= 2 else ""
    return next((partition for partition in OTHERS if partition.name == named), AWS)
