"""Resources of a deployed stack, found by their type and a part of their logical id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class NotInStack(RuntimeError):
    """The stack has no such resource; the message says what was looked for."""


def physical_ids(
    cloudformation: CloudFormationClient, stack: str, resource_type: str, *, named: str = ""
) -> Iterator[str]:
    """Physical ids of a stack's resources of one type whose logical id contains `named`.

    Raises:
        ClientError: there is no such stack, or it may not be read.
    """
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == resource_type and named in resource["LogicalResourceId"]:
                yield resource["PhysicalResourceId"]


def the_one(cloudformation: CloudFormationClient, stack: str, resource_type: str, *, named: str) -> str:
    """The only such resource.

    Raises:
        NotInStack: there is none, or there are several.
        ClientError: there is no such stack, or it may not be read.
    """
    found = list(physical_ids(cloudformation, stack, resource_type, named=named))
    if len(found) != 1:
        raise NotInStack(
            f"stack {stack} has {len(found)} resources {resource_type} called …{named}…; name the stack of a hub"
        )
    return found[0]
