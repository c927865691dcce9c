"""A hub to which spokes forward calls, deployed to the embedded AWS: what is told, what is told once, who is silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack

from manual_change_detector import Accounts, Attribution, ManualChangeDetectorHub
from manual_change_local.cli import main
from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.cloud.credentials import access_key_of
from manual_change_local.cloud.observation import FunctionFinished, MessageSent
from manual_change_local.demo.play import fill_in_the_webhook
from manual_change_local.demo_org.cast import AUDIT, HOME, MANAGEMENT, MEMBERS, REGIONS, SHOP
from manual_change_local.demo_org.story import Deed, deeds
from manual_change_local.slack_stand_in import SlackStandIn

pytestmark = pytest.mark.xdist_group("cloud")

PATIENCE = 60.0


def of_aws(deed: Deed) -> dict[str, Any]:
    """What a service did in that account: kept, and never told by itself."""
    key = {"resources": [], "requestParameters": {"keyId": "key-1"}, "responseElements": None, "readOnly": False}
    identity = {"type": "AWSService", "accountId": deed.account, "invokedBy": "kms.amazonaws.com"}
    call = {"eventID": "no-flag", "eventName": "EnableKey", "eventSource": "kms.amazonaws.com"}
    return {**deed.record, **call, **key, "userIdentity": identity}


class Streamed:
    """What happened: a change with its call, a call that AWS Config never records, and a forged one."""

    def __init__(self, cloud: EmbeddedCloud, slack: SlackStandIn, folder: Path) -> None:
        self.cloud = cloud
        self.slack = slack
        self.hub = cloud.deploy(folder, account=AUDIT, region=HOME)
        fill_in_the_webhook(cloud, self.hub, slack)
        deed = deeds(now=datetime.now(UTC))[0]
        self._call(deed, deed.record)
        cloud.emit(
            source="aws.config",
            detail_type="Config Configuration Item Change",
            detail=deed.notification,
            account=deed.account,
            region=deed.region,
        )
        thing = {"eventID": "a-call-only", "eventName": "CreateThing", "eventSource": "iot.amazonaws.com"}
        self._call(deed, {**deed.record, **thing, "requestParameters": {"thingName": "toaster"}})
        self._call(deed, {**deed.record, "eventID": "forged", "recipientAccountId": MANAGEMENT})
        rotation = {"eventID": "by-itself", "eventName": "RotateKey", "eventType": "AwsServiceEvent"}
        self._call(deed, of_aws(deed) | rotation, detail_type="AWS Service Event via CloudTrail")
        self._call(deed, {name: value for name, value in of_aws(deed).items() if name != "readOnly"})
        slack.workspace.wait_for_messages(2, timeout=PATIENCE)
        cloud.wait_until_idle(timeout=PATIENCE)

    def _call(self, deed: Deed, record: Any, *, detail_type: str = "AWS API Call via CloudTrail") -> None:
        service = str(record["eventSource"]).partition(".")[0]
        self.cloud.emit(
            source=f"aws.{service}",
            detail_type=detail_type,
            detail=record,
            account=deed.account,
            region=deed.region,
        )

    def stop_the_stages(self) -> None:
        """What arrives in a queue stays there."""
        functions = self.cloud.client("lambda", account=AUDIT, region=HOME)
        for mapping in self.hub.physical_ids("AWS::Lambda::EventSourceMapping").values():
            functions.update_event_source_mapping(UUID=mapping, Enabled=False)

    def queue(self, *words: str) -> str:
        """The URL of the queue in whose logical id these words are."""
        queues = self.hub.physical_ids("AWS::SQS::Queue").items()
        [url] = [url for name, url in queues if all(word in name for word in words)]
        return url

    def kept(self) -> set[str]:
        """Ids of the calls in the hub's table."""
        [table] = [name for known, name in self.hub.physical_ids("AWS::DynamoDB::Table").items() if "Calls" in known]
        items = self.cloud.client("dynamodb", account=AUDIT, region=HOME).scan(TableName=table)["Items"]
        return {item["call"]["S"].rpartition("|")[2] for item in items}

    def survey(self) -> Any:
        """What the hub's survey finds now."""
        [rule] = [name for known, name in self.hub.physical_ids("AWS::Events::Rule").items() if "Coverage" in known]
        self.cloud.fire_schedule(rule, account=AUDIT, region=HOME)
        self.cloud.wait_until_idle(timeout=PATIENCE)
        return next(each.response for each in self.cloud.journal.of(FunctionFinished) if "Coverage" in each.function)


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streamed]:
    """A hub in the audit account, spokes in three members, in two regions."""
    with (
        SlackStandIn(posts_per_second=None) as slack,
        EmbeddedCloud(time_scale=480, account=MANAGEMENT, region=HOME) as cloud,
    ):
        organization = cloud.organization()
        last_week = datetime.now(UTC) - timedelta(days=7)
        organization.join(AUDIT, "Security", name="audit", joined=last_week)
        for account, name in MEMBERS.items():
            organization.join(account, "Workloads", name=name, joined=last_week)
        folder = tmp_path_factory.mktemp("cdk.out")
        app = App(outdir=str(folder))
        hub = ManualChangeDetectorHub(
            Stack(app, "Hub", env=Environment(account=AUDIT, region=HOME)),
            "Hub",
            organization_id=organization.id,
            regions=REGIONS,
            accounts=Accounts.organizations(),
            attribution=Attribution.stream(),
        )
        hub.spoke_stack_set(organizational_units=[organization.units["Workloads"]], regions=REGIONS)
        app.synth()
        yield Streamed(cloud, slack, folder)


def test_a_change_is_explained_by_a_forwarded_call(streamed: Streamed) -> None:
    """Nobody asked CloudTrail, which knows nothing here."""
    [told] = [message for message in streamed.slack.messages if "SecurityGroup" in str(message.payload["text"])]

    assert "alice@example.com changed" in told.payload["text"]
    assert MEMBERS[SHOP] in told.payload["text"]


def test_a_call_that_config_never_records_is_told_by_itself(streamed: Streamed) -> None:
    """After it has waited for a change."""
    assert ["iot:CreateThing"] == [
        "iot:CreateThing" for message in streamed.slack.messages if "iot:CreateThing" in str(message.payload["text"])
    ]


def test_the_call_that_made_the_change_is_not_told_again(streamed: Streamed) -> None:
    """Two messages in all: the forged call is none of them."""
    assert 2 == len(streamed.slack.messages)


def test_every_write_is_kept(streamed: Streamed) -> None:
    """What does not say whether it reads, and what a service did without being called, come as far as the table."""
    assert {"no-flag", "by-itself", "a-call-only"} <= streamed.kept()
    assert "forged" not in streamed.kept()


def test_a_call_in_another_accounts_name_is_quarantined(streamed: Streamed) -> None:
    """The envelope says where it came from."""
    sqs = streamed.cloud.client("sqs", account=AUDIT, region=HOME)

    [message] = sqs.receive_message(QueueUrl=streamed.queue("Quarantine"), MaxNumberOfMessages=10)["Messages"]

    assert "another-account" == json.loads(message["Body"])["reason"]


def test_the_survey_finds_who_does_not_report(streamed: Streamed) -> None:
    """Only the shop has; the others have no recorder here. The manager has founded the organization just now."""
    assert {"places": 10, "silent": 7, "unasked": 0, "list_is_whole": True} == streamed.survey()


def test_dead_letters_of_every_stage_go_back_with_their_account(
    streamed: Streamed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Collect's, too. The quarantine is no queue's dead-letter queue: nothing in it is put back."""
    streamed.stop_the_stages()
    sqs = streamed.cloud.client("sqs", account=AUDIT, region=HOME)
    for stage in ("Dispatch", "Collect", "Attribute", "Notify"):
        sqs.send_message(QueueUrl=streamed.queue(stage, "DeadLetters"), MessageBody=stage, MessageGroupId=SHOP)
    for name, value in (streamed.cloud.environment() | {"AWS_ACCESS_KEY_ID": access_key_of(AUDIT)}).items():
        monkeypatch.setenv(name, value)

    assert 0 == main(["redrive", "--stack", streamed.hub.name, "--yes"])
    assert 4 == capsys.readouterr().out.count("      1  ")
    moved = streamed.cloud.journal.of(MessageSent)[-4:]
    assert {
        (stage, SHOP, streamed.queue(stage, queue).rpartition("/")[2])
        for stage, queue in {
            "Dispatch": "Changes",
            "Collect": "Calls",
            "Attribute": "Attributions",
            "Notify": "Findings",
        }.items()
    } == {(sent.body, sent.group_id, sent.queue_arn.rpartition(":")[2]) for sent in moved}
    assert 1 == main(["redrive", "--queue", streamed.queue("Quarantine"), "--yes"])
    assert "is the dead-letter queue of no queue" in capsys.readouterr().err
