"""What happens in the organization: scenes of the demo's story, each moved to an account and region of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from manual_change.domain.finding import NOTIFY, SILENT
from manual_change.domain.moment import format_moment
from manual_change_local.demo.story import ACCOUNT, POSTED, REGION, Scene, story
from manual_change_local.demo_org.cast import AWAY, BANK, HOME, LAB, MEMBERS, SHOP

ROLE: Final = "deploy-website"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A change in a member account, and what the hub has to decide about it."""

    account: str
    region: str
    says: str
    notification: Mapping[str, Any]
    record: Mapping[str, Any]
    """The call behind it, which CloudTrail of that account and region knows."""
    owed: str
    """The decision: `notify` or `silent`."""

    @property
    def resource_id(self) -> str:
        """What the change is about; no two deeds of the story are about the same."""
        return str(self.notification["configurationItem"]["resourceId"])


def deeds(*, now: datetime) -> tuple[Deed, ...]:
    """A person in each of three accounts, and a pipeline in one."""
    opened = next(scene for scene in story(now=now) if scene.expected.fate == POSTED)
    by_people = [
        _deed(opened, account, region, number, f"Alice opens a port in {MEMBERS[account]}", NOTIFY)
        for number, (account, region) in enumerate(((SHOP, HOME), (BANK, AWAY), (LAB, HOME)), start=1)
    ]
    by_pipeline = _deed(opened, SHOP, AWAY, 4, f"the pipeline does the same in {MEMBERS[SHOP]}", SILENT)
    return (*by_people, _by_the_pipeline(by_pipeline))


def _deed(scene: Scene, account: str, region: str, number: int, says: str, owed: str) -> Deed:
    """The scene in another place, with a resource and a call of its own."""
    group = str(scene.notification["configurationItem"]["resourceId"])
    moved = {ACCOUNT: account, REGION: region, group: f"{group[:-1]}{number}"}
    record = dict(_replaced(scene.calls[0].record, moved))
    record["eventID"] = f"{record['eventID'][:-1]}{number}"
    return Deed(
        account=account,
        region=region,
        says=f"{says}, {region}",
        notification=_replaced(scene.notification, moved),
        record=record,
        owed=owed,
    )


def _by_the_pipeline(deed: Deed) -> Deed:
    """The same call, made with a role that the hub's policy trusts."""
    record = deepcopy(dict(deed.record))
    role = f"arn:aws:iam::{deed.account}:role/{ROLE}"
    record["userIdentity"] = {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:release-42",
        "arn": f"arn:aws:sts::{deed.account}:assumed-role/{ROLE}/release-42",
        "accountId": deed.account,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role, "userName": ROLE}},
    }
    record["userAgent"] = "Boto3/1.40 md/Botocore#1.40 ua/2.1 lang/python#3.12"
    record.pop("sessionCredentialFromConsole", None)
    return Deed(
        account=deed.account,
        region=deed.region,
        says=deed.says,
        notification=deed.notification,
        record=record,
        owed=deed.owed,
    )


def stopped_recorder(*, now: datetime) -> Mapping[str, Any]:
    """The call that blinds the bank's account, as CloudTrail tells EventBridge of it."""
    return {
        "eventVersion": "1.11",
        "eventSource": "config.amazonaws.com",
        "eventName": "StopConfigurationRecorder",
        "eventTime": format_moment(now.replace(microsecond=0)),
        "eventID": "7f1c2a90-0000-4000-8000-00000000000b",
        "sourceIPAddress": "203.0.113.66",
        "awsRegion": AWAY,
        "recipientAccountId": BANK,
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{BANK}:user/mallory", "accountId": BANK},
        "requestParameters": {"configurationRecorderName": "default"},
    }


def forgery(deed: Deed, *, source: str) -> Mapping[str, str]:
    """What somebody in the lab puts on the hub's bus by hand: a change of the shop's that never was."""
    return {
        "Source": source,
        "DetailType": "Config Configuration Item Change",
        "Detail": json.dumps(deed.notification),
    }


def _replaced(value: Any, words: Mapping[str, str]) -> Any:
    """A copy in which these words are others, wherever they stand in a text."""
    match value:
        case str():
            for word, other in words.items():
                value = value.replace(word, other)
            return value
        case Mapping():
            return {key: _replaced(entry, words) for key, entry in value.items()}
        case list() | tuple():
            return [_replaced(entry, words) for entry in value]
        case _:
            return value
