"""A CloudTrail record in the shape in which LookupEvents answers it.

The record itself travels as a JSON string; beside it stand the few fields that can be looked up. Source: botocore's
model of `cloudtrail` (`Event`, `Resource`); the user names are as AWS's console shows them for each identity type.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from manual_change_local.cloud.errors import CloudError

EC2_TYPES: Final[Mapping[str, str]] = {
    "ami": "AWS::EC2::Ami",
    "eipalloc": "AWS::EC2::EIP",
    "eni": "AWS::EC2::NetworkInterface",
    "i": "AWS::EC2::Instance",
    "igw": "AWS::EC2::InternetGateway",
    "acl": "AWS::EC2::NetworkAcl",
    "rtb": "AWS::EC2::RouteTable",
    "sg": "AWS::EC2::SecurityGroup",
    "snap": "AWS::EC2::Snapshot",
    "subnet": "AWS::EC2::Subnet",
    "vol": "AWS::EC2::Volume",
    "vpc": "AWS::EC2::VPC",
}
"""Prefix of an EC2 id -> the type that Event history gives such a resource."""

_EC2_ID: Final = re.compile(r"([a-z]+)-[0-9a-f]{8,17}")


def event_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The `Event` for a record of a log file; times are seconds since the epoch, as AWS's JSON has them.

    Raises:
        CloudError: the record lacks what every CloudTrail record has.
    """
    try:
        event = {
            "EventId": record["eventID"],
            "EventName": record["eventName"],
            "EventTime": datetime.fromisoformat(record["eventTime"]).timestamp(),
            "EventSource": record["eventSource"],
            "Resources": list(_resources(record)),
            "CloudTrailEvent": json.dumps(record),
        }
        for required in ("recipientAccountId", "awsRegion"):
            record[required]
    except (KeyError, ValueError) as error:
        raise CloudError(f"not a CloudTrail record ({error}): {json.dumps(record)[:300]}") from error
    if "readOnly" in record:
        event["ReadOnly"] = str(record["readOnly"]).lower()
    identity = record.get("userIdentity") or {}
    username = _username(identity)
    if username:
        event["Username"] = username
    if identity.get("accessKeyId"):
        event["AccessKeyId"] = identity["accessKeyId"]
    return event


def _username(identity: Mapping[str, Any]) -> str | None:
    match identity.get("type"):
        case "Root":
            return "root"
        case "AssumedRole" | "FederatedUser" | "WebIdentityUser" | "SAMLUser" if "arn" in identity:
            return str(identity["arn"]).rsplit("/", 1)[-1]
        case "AWSService":
            return identity.get("invokedBy")
        case _:
            return identity.get("userName")


def _resources(record: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The record's own `resources`, and the EC2 ids of the request and the response."""
    seen: set[str] = set()
    for resource in record.get("resources") or ():
        name = resource.get("ARN") or resource.get("resourceName")
        if name and name not in seen:
            seen.add(name)
            yield {"ResourceName": name, **({"ResourceType": resource["type"]} if resource.get("type") else {})}
    for text in _strings([record.get("requestParameters"), record.get("responseElements")]):
        match = _EC2_ID.fullmatch(text)
        if match and match[1] in EC2_TYPES and text not in seen:
            seen.add(text)
            yield {"ResourceName": text, "ResourceType": EC2_TYPES[match[1]]}


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for entry in value.values():
                yield from _strings(entry)
        case list():
            for entry in value:
                yield from _strings(entry)
