"""The organization, up and running: the embedded AWS, the hub, its spokes, Slack, and somebody who reads the alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition
from typing import Any, Final

from manual_change_local.cloud import DeployedStack, EmbeddedCloud
from manual_change_local.cloud.observation import FunctionLogged, Observation
from manual_change_local.demo.play import fill_in_the_webhook
from manual_change_local.demo.screen import Screen
from manual_change_local.demo.synthesis import Synthesis
from manual_change_local.demo_org.cast import AUDIT, HOME, MANAGEMENT, MEMBERS, REGIONS
from manual_change_local.demo_org.story import Deed
from manual_change_local.slack_stand_in import SlackStandIn

CHANNEL: Final = "manual-changes"
APP: Final = "manual_change_local.demo_org.app"
BUS: Final = f"arn:aws:events:{HOME}:{AUDIT}:event-bus/manual-change-detector"


class Decisions:
    """What the hub's functions decided, by the id of the resource. An observer of the cloud."""

    def __init__(self) -> None:
        self._decided: dict[str, tuple[str, str]] = {}
        self._changed = Condition()

    def __call__(self, observation: Observation) -> None:
        """Take note of a decision about a change; looks that are to come are none."""
        if not isinstance(observation, FunctionLogged) or observation.record is None:
            return
        record = observation.record
        if record.get("decision") in ("notify", "silent", "drop") and "resource_id" in record:
            with self._changed:
                self._decided[str(record["resource_id"])] = (str(record["decision"]), str(record["reason"]))
                self._changed.notify_all()

    def wait_for(self, resource_ids: set[str], *, timeout: float) -> bool:
        """Wait until each has been decided about; False when that did not happen in time (seconds)."""
        with self._changed:
            return self._changed.wait_for(lambda: resource_ids <= self._decided.keys(), timeout)

    def about(self, resource_id: str) -> tuple[str, str] | None:
        """Decision and reason; None: there is none yet."""
        with self._changed:
            return self._decided.get(resource_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationStage:
    """Everything that is up and running when the story begins."""

    cloud: EmbeddedCloud
    hub: DeployedStack
    slack: SlackStandIn
    decisions: Decisions
    mailbox: str
    """URL of the queue of whoever subscribed to the alarm topic."""

    def happen(self, deed: Deed) -> None:
        """CloudTrail of the account learns of the call, then AWS Config tells its default bus of the change."""
        self.cloud.cloudtrail.record([deed.record], delivered_after=timedelta(0))
        self.cloud.emit(
            source="aws.config",
            detail_type="Config Configuration Item Change",
            detail=deed.notification,
            account=deed.account,
            region=deed.region,
        )

    def call(self, record: Mapping[str, Any]) -> None:
        """CloudTrail tells the default bus of a call where it was made."""
        self.cloud.emit(
            source=f"aws.{str(record['eventSource']).partition('.')[0]}",
            detail_type="AWS API Call via CloudTrail",
            detail=record,
            account=str(record["recipientAccountId"]),
            region=str(record["awsRegion"]),
        )

    def put_on_the_bus(self, entry: Mapping[str, str], *, account: str) -> str | None:
        """Somebody in an account puts an event on the hub's bus; the error code where EventBridge refuses it."""
        events = self.cloud.client("events", account=account, region=HOME)
        [answer] = events.put_events(Entries=[{**entry, "EventBusName": BUS}])["Entries"]
        code: str | None = answer.get("ErrorCode")
        return code

    def alarms(self) -> list[str]:
        """What the alarm topic has published so far; read once."""
        return self._bodies(self.mailbox)

    def quarantined(self) -> list[Any]:
        """The entries of the quarantine; read once."""
        [url] = [url for name, url in self.hub.physical_ids("AWS::SQS::Queue").items() if "Quarantine" in name]
        return [json.loads(body) for body in self._bodies(url)]

    def _bodies(self, url: str) -> list[str]:
        sqs = self.cloud.client("sqs", account=AUDIT, region=HOME)
        bodies: list[str] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [message["Body"] for message in messages]
        return bodies


def set_up(cleanup: ExitStack, screen: Screen, *, speed: float) -> OrganizationStage:
    """Start everything; `cleanup` takes it all down again.

    Raises:
        DemoError: there is no Node.js, or the synth failed.
        CloudError: the embedded AWS cannot start, or the template cannot be deployed.
    """
    folder = Path(cleanup.enter_context(TemporaryDirectory(prefix="manual-change-demo-org-")))
    starting = screen.begin("an embedded AWS starts: one organization, five accounts, two regions")
    decisions = Decisions()
    slack = cleanup.enter_context(SlackStandIn(channels=(CHANNEL,)))
    cloud = cleanup.enter_context(EmbeddedCloud(time_scale=speed, account=MANAGEMENT, region=HOME, observer=decisions))
    organization = cloud.organization()
    organization.join(AUDIT, "Security", name="audit")
    for account, name in MEMBERS.items():
        organization.join(account, "Workloads", name=name)
    starting.done(cloud.endpoint)
    synthesising = screen.begin("the CDK synthesises the hub, with a stack set of its spokes")
    arguments = [organization.id, organization.units["Workloads"]]
    synthesis = cleanup.enter_context(Synthesis(folder, module=APP, arguments=arguments))
    assembly = synthesis.assembly()
    synthesising.done()
    deploying = screen.begin("CloudFormation deploys the hub into the audit account, the stack set the spokes")
    hub = cloud.deploy(assembly)
    fill_in_the_webhook(cloud, hub, slack)
    mailbox = _subscribe(cloud, hub)
    spokes = sum(len(_spokes(cloud, account, region)) for account in MEMBERS for region in REGIONS)
    deploying.done(f"{len(hub.resources)} resources, {spokes} spokes in {len(MEMBERS)} accounts")
    return OrganizationStage(cloud=cloud, hub=hub, slack=slack, decisions=decisions, mailbox=mailbox)


def _subscribe(cloud: EmbeddedCloud, hub: DeployedStack) -> str:
    """Somebody who wants to hear of alarms without Slack."""
    sqs = cloud.client("sqs", account=AUDIT, region=HOME)
    url: str = sqs.create_queue(QueueName="on-call")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    cloud.client("sns", account=AUDIT, region=HOME).subscribe(
        TopicArn=hub.only("AWS::SNS::Topic"), Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return url


def _spokes(cloud: EmbeddedCloud, account: str, region: str) -> list[Any]:
    """The spokes' stacks of an account and region."""
    stacks = cloud.client("cloudformation", account=account, region=region).describe_stacks()["Stacks"]
    return [stack for stack in stacks if "manual-change-spoke" in stack["StackName"]]
