"""The load of a hub: changes as spokes forward them, the calls that made them, and what was explained, in memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from manual_change.adapters.attribution_memory import Capture, ResourceKey

BEGIN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Memory:
    """What was explained, in memory."""

    def __init__(self) -> None:
        self._captures: dict[ResourceKey, list[Capture]] = {}

    def remember(self, resource: ResourceKey, capture: Capture, *, now: datetime) -> None:
        """Add a capture."""
        del now
        self._captures.setdefault(resource, []).append(capture)

    def recall(self, resources: set[ResourceKey], *, since: datetime) -> dict[ResourceKey, list[Capture]]:
        """The captures since a moment."""
        found = {key: [each for each in self._captures.get(key, ()) if each.captured_at >= since] for key in resources}
        return {key: captures for key, captures in found.items() if captures}


def event(account: str, number: int) -> str:
    """A change, as the account's spoke forwards it."""
    item = {
        "resourceType": "AWS::EC2::Volume",
        "resourceId": volume(account, number),
        "awsAccountId": account,
        "awsRegion": "eu-west-1",
        "configurationItemCaptureTime": BEGIN.isoformat().replace("+00:00", "Z"),
        "configurationItemStatus": "OK",
    }
    changed = {"previousValue": 100, "updatedValue": 200, "changeType": "UPDATE"}
    diff = {"changeType": "UPDATE", "changedProperties": {"Configuration.Size": changed}}
    message = {
        "messageType": "ConfigurationItemChangeNotification",
        "configurationItem": item,
        "configurationItemDiff": diff,
    }
    envelope = {"detail-type": "Config Configuration Item Change", "source": "aws.config", "account": account}
    return json.dumps(envelope | {"region": "eu-west-1", "detail": message})


def record(account: str, number: int) -> dict[str, Any]:
    """The call that made it: fifty of one person in the noisy account, five of one in the quiet one."""
    called_at = BEGIN - timedelta(seconds=10 + number % 300)
    return {
        "eventID": f"{account}-{number}",
        "eventName": "ModifyVolume",
        "eventSource": "ec2.amazonaws.com",
        "eventTime": called_at.isoformat().replace("+00:00", "Z"),
        "awsRegion": "eu-west-1",
        "recipientAccountId": account,
        "readOnly": False,
        "userIdentity": {
            "type": "IAMUser",
            "userName": f"person-{number // 50}",
            "arn": f"arn:aws:iam::{account}:user/person-{number // 50}",
        },
        "requestParameters": {"ModifyVolumeRequest": {"VolumeId": volume(account, number)}},
    }


def volume(account: str, number: int) -> str:
    return f"vol-{account[:4]}{number:05}e"
