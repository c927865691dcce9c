"""CloudTrail logs and Config notifications as large as wanted, shaped like recorded ones, made anew for each run.

A day in one account and region: `resources` security groups, and records spread evenly over the day. Of a log like real
ones four records in five read; of the writes, one in four names one of the groups. All ids are made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

ACCOUNT: Final = "111122223333"
REGION: Final = "eu-west-1"
VPC: Final = "vpc-0a1b2c3d4e5f60718"
DAY: Final = datetime(2026, 11, 22, tzinfo=UTC)
SECONDS_A_DAY: Final = 86_400

WRITES_EVERY: Final = 5
TOUCHES_EVERY: Final = 4
"""Of the writes."""

OBJECT_RECORDS: Final = 500
"""Records in one log object of CloudTrail."""


def group_id(number: int) -> str:
    """A security group's id."""
    return f"sg-{number:017x}"


def moment(second: float) -> str:
    """A time of the day, as CloudTrail writes it."""
    return (DAY + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(number: int, *, of: int, resources: int = 0, all_write: bool = False) -> dict[str, Any]:
    """The record with this number in a log of so many."""
    second = number * SECONDS_A_DAY / of
    read = not all_write and number % WRITES_EVERY != 0
    write_number = number if all_write else number // WRITES_EVERY
    touches = resources and not read and write_number % TOUCHES_EVERY == 0
    event_id = f"{number:08x}-1111-4222-8333-444455556666"
    identity = _IDENTITIES[number % len(_IDENTITIES)]
    if read:
        name, request, response = _READS[number % len(_READS)]
    elif touches:
        name, request, response = _authorize(group_at(second, resources))
    else:
        name, request, response = _WRITES[write_number % len(_WRITES)](number)
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": moment(second),
        "eventSource": "ec2.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": _USER_AGENT,
        "requestParameters": request,
        "responseElements": response,
        "requestID": f"{number:08x}-aaaa-4bbb-8ccc-ddddeeeeffff",
        "eventID": event_id,
        "readOnly": read,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": _TLS,
    }


def group_at(second: float, resources: int) -> int:
    """The group that is changed at this time of the day."""
    return min(int(second * resources / SECONDS_A_DAY), resources - 1)


def notification(number: int, *, of: int) -> dict[str, Any]:
    """Config's notification of the change of this group, a minute after the call."""
    second = (number + 0.5) * SECONDS_A_DAY / of + 60
    captured_at = (DAY + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    rule = {"fromPort": 22, "toPort": 22, "ipProtocol": "tcp", "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]}
    changed = {"previousValue": None, "updatedValue": rule, "changeType": "CREATE"}
    return {
        "messageType": "ConfigurationItemChangeNotification",
        "recordVersion": "1.3",
        "notificationCreationTime": captured_at,
        "configurationItemDiff": {
            "changeType": "UPDATE",
            "changedProperties": {"Configuration.IpPermissions.0": changed},
        },
        "configurationItem": {
            "configurationItemCaptureTime": captured_at,
            "configurationItemStatus": "OK",
            "resourceType": "AWS::EC2::SecurityGroup",
            "resourceId": group_id(number),
            "resourceName": f"group-{number}",
            "ARN": f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/{group_id(number)}",
            "awsAccountId": ACCOUNT,
            "awsRegion": REGION,
            "configuration": {"groupName": f"group-{number}", "ipPermissions": [rule], "vpcId": VPC},
            "relationships": [{"resourceType": "AWS::EC2::VPC", "resourceId": VPC, "name": "Is contained in Vpc"}],
            "tags": {"team": "shop"},
        },
    }


def write_log_objects(folder: Path, *, records: int, all_write: bool) -> int:
    """A folder of log objects as CloudTrail delivers them (not gzipped), and how many bytes they have."""
    written = 0
    for begin in range(0, records, OBJECT_RECORDS):
        numbers = range(begin, min(begin + OBJECT_RECORDS, records))
        document = {"Records": [record(number, of=records, all_write=all_write) for number in numbers]}
        path = folder / f"{begin:09}.json"
        path.write_text(json.dumps(document, separators=(",", ":")))
        written += path.stat().st_size
    return written


def write_log_lines(path: Path, *, records: int, resources: int) -> None:
    """A log of one record a line, some of which name the groups."""
    with path.open("w") as lines:
        lines.writelines(_lines(records, resources))


def write_notifications(path: Path, *, number: int) -> None:
    """One notification a line."""
    with path.open("w") as lines:
        for each in range(number):
            lines.write(json.dumps(notification(each, of=number), separators=(",", ":")) + "\n")


def _lines(records: int, resources: int) -> Iterator[str]:
    for number in range(records):
        yield json.dumps(record(number, of=records, resources=resources), separators=(",", ":")) + "\n"


_USER_AGENT: Final = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.0 (+https://www.terraform.io) terraform-provider-aws/6.0.0 aws-sdk-go-v2/1.39"
)
_TLS: Final = {
    "tlsVersion": "TLSv1.3",
    "cipherSuite": "TLS_AES_128_GCM_SHA256",
    "clientProvidedHostHeader": f"ec2.{REGION}.amazonaws.com",
}


def _role_session(role: str, session: str) -> dict[str, Any]:
    return {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLEEXAMPLEEXA:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAEXAMPLEEXAMPLEEX",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLEEXAMPLEEXA",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "accountId": ACCOUNT,
                "userName": role.rpartition("/")[2],
            },
            "attributes": {"creationDate": "2026-11-22T00:00:00Z", "mfaAuthenticated": "false"},
        },
    }


_IDENTITIES: Final = (
    _role_session("deploy-shop", "release-4711"),
    _role_session("monitoring", "scan"),
    _role_session("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef", "alice@example.com"),
    _role_session("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", "AutoScaling"),
)
_READS: Final[tuple[tuple[str, Any, Any], ...]] = (
    ("DescribeInstances", {"maxResults": 100, "instancesSet": {}, "filterSet": {}}, None),
    ("DescribeSecurityGroups", {"securityGroupIdSet": {"items": [{"groupId": "sg-0aaaaaaaaaaaaaaaa"}]}}, None),
    ("DescribeNetworkInterfaces", {"maxResults": 1000, "networkInterfaceIdSet": {}, "filterSet": {}}, None),
    ("GetEbsEncryptionByDefault", {"GetEbsEncryptionByDefaultRequest": ""}, None),
)


def _authorize(group: int) -> tuple[str, Any, Any]:
    permissions = {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": {}}]}
    request = {"groupId": group_id(group), "ipPermissions": permissions}
    return "AuthorizeSecurityGroupIngress", request, {"_return": True, "securityGroupRuleSet": permissions}


def _create_tags(number: int) -> tuple[str, Any, Any]:
    tags = {"items": [{"key": "release", "value": str(number)}]}
    return "CreateTags", {"resourcesSet": {"items": [{"resourceId": f"i-{number:017x}"}]}, "tagSet": tags}, {}


def _create_interface(number: int) -> tuple[str, Any, Any]:
    request = {"subnetId": "subnet-0a9b8c7d6e5f41302", "groupSet": {"items": [{"groupId": "sg-0aaaaaaaaaaaaaaaa"}]}}
    interface = {"networkInterfaceId": f"eni-{number:017x}", "vpcId": VPC, "status": "pending"}
    return "CreateNetworkInterface", request, {"networkInterface": interface}


def _terminate(number: int) -> tuple[str, Any, Any]:
    items = {"items": [{"instanceId": f"i-{number:017x}"}]}
    return "TerminateInstances", {"instancesSet": items}, {"instancesSet": items}


_WRITES: Final = (_create_tags, _create_interface, _terminate)
