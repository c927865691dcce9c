"""What happens in the account: people change things, CloudTrail knows the calls, AWS Config notifies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

REGION = "eu-west-1"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Deed:
    """One change that a person made by hand, and that somebody is owed a message about."""

    number: int
    person: int
    """Deeds of one person are one session, and may share a message."""
    account: str = "111122223333"

    @property
    def volume(self) -> str:
        """The id of the changed resource; none is the beginning of another."""
        return f"vol-{self.number:05}e"

    @property
    def called_at(self) -> datetime:
        """A few seconds before AWS Config saw it."""
        return NOON + timedelta(seconds=self.number % 50)

    def notification(self) -> str:
        """What AWS Config publishes."""
        changed = {"previousValue": 100, "updatedValue": 200 + self.number, "changeType": "UPDATE"}
        item = {
            "configurationItemCaptureTime": _z(self.called_at + timedelta(seconds=5)),
            "configurationItemStatus": "OK",
            "awsAccountId": self.account,
            "awsRegion": REGION,
            "resourceType": "AWS::EC2::Volume",
            "resourceId": self.volume,
            "resourceName": None,
            "ARN": f"arn:aws:ec2:{REGION}:{self.account}:volume/{self.volume}",
            "resourceCreationTime": "2025-01-01T00:00:00Z",
            "configuration": {"size": 200 + self.number},
            "relationships": [],
            "tags": {},
        }
        return json.dumps(
            {
                "messageType": "ConfigurationItemChangeNotification",
                "configurationItem": item,
                "configurationItemDiff": {
                    "changeType": "UPDATE",
                    "changedProperties": {"Configuration.Size": changed},
                },
                "notificationCreationTime": _z(NOON + timedelta(minutes=1)),
                "recordVersion": "1.3",
            }
        )

    def record(self) -> dict[str, Any]:
        """What CloudTrail knows."""
        name = f"person-{self.person}"
        return {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "arn": f"arn:aws:iam::{self.account}:user/{name}",
                "accountId": self.account,
                "userName": name,
            },
            "eventTime": _z(self.called_at),
            "eventSource": "ec2.amazonaws.com",
            "eventName": "ModifyVolume",
            "awsRegion": REGION,
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "example",
            "requestParameters": {"ModifyVolumeRequest": {"VolumeId": self.volume, "Size": 200 + self.number}},
            "responseElements": None,
            "eventID": f"call-{self.number}",
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }


def deeds(count: int, *, each: int = 1, accounts: int = 1) -> tuple[Deed, ...]:
    """So many deeds, `each` of them by one person, spread over so many accounts."""
    return tuple(Deed(number, number // each, str(111122223333 + number % accounts)) for number in range(count))


def _z(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
