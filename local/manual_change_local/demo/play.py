"""The demo from beginning to end: synth, embedded AWS, Slack stand-in, deployment, story, verdict.

Everything that is started is put away again, whatever happens: functions' processes, servers, the synth.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from manual_change_local.cloud import DeployedStack, EmbeddedCloud
from manual_change_local.demo.fates import Fates, Track
from manual_change_local.demo.screen import Screen
from manual_change_local.demo.story import ACCOUNT, POSTED, REGION, Scene, story
from manual_change_local.demo.synthesis import Synthesis
from manual_change_local.slack_stand_in import SlackMessage, SlackStandIn

CHANNEL: Final = "manual-changes"
WARMED: Final = ("s3", "ssm", "cloudformation", "sns", "secretsmanager")
"""Services that the deployment and the play talk to: their clients are made while the synth runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that is up and running when the story begins."""

    cloud: EmbeddedCloud
    slack: SlackStandIn
    topic_arn: str
    fates: Fates


def set_up(cleanup: ExitStack, screen: Screen, *, port: int, speed: float) -> Stage:
    """Start everything and deploy the reference app; `cleanup` takes it all down again.

    Args:
        cleanup: told how to put away what was started.
        screen: shows what is going on.
        port: of the embedded AWS; 0 for a free one.
        speed: how much faster than the wall clock the cloud's timers run.

    Raises:
        DemoError: there is no Node.js, or the synth failed.
        CloudError: the embedded AWS cannot start, or the template cannot be deployed.
    """
    folder = Path(cleanup.enter_context(TemporaryDirectory(prefix="manual-change-demo-")))
    synthesising = screen.begin("the CDK synthesises the reference app")
    synthesis = cleanup.enter_context(Synthesis(folder))
    starting = screen.begin("an embedded AWS and a Slack stand-in start")
    fates = Fates(on_step=screen.step, on_trouble=screen.trouble)
    slack = cleanup.enter_context(SlackStandIn(channels=(CHANNEL,), on_message=fates.posted))
    cloud = cleanup.enter_context(
        EmbeddedCloud(port=port, time_scale=speed, account=ACCOUNT, region=REGION, observer=fates)
    )
    for service in WARMED:
        cloud.client(service)
    starting.done(cloud.endpoint)
    assembly = synthesis.assembly()
    synthesising.done()
    deploying = screen.begin("CloudFormation deploys the template")
    stack = cloud.deploy(assembly)
    fill_in_the_webhook(cloud, stack, slack)
    deploying.done(f"{len(stack.resources)} resources, the webhook in its secret")
    return Stage(
        cloud=cloud, slack=slack, topic_arn=stack.only("AWS::SNS::Topic", containing="RecorderTopic"), fates=fates
    )


def fill_in_the_webhook(cloud: EmbeddedCloud, stack: DeployedStack, slack: SlackStandIn) -> None:
    """What a person does after the first deployment."""
    secret = stack.only("AWS::SecretsManager::Secret")
    client = cloud.client("secretsmanager", account=stack.account, region=stack.region)
    client.put_secret_value(SecretId=secret, SecretString=slack.webhook_url())


def play(stage: Stage, screen: Screen, *, timeout: float) -> list[str]:
    """Publish the story as AWS Config would, let CloudTrail learn of the calls when it would, and wait for the fates.

    Returns:
        What differs from what the story owes, when everything has come to rest or `timeout` seconds have passed.
    """
    scenes = story(now=datetime.now(UTC))
    bodies = [json.dumps(scene.notification) for scene in scenes]
    tracks = [stage.fates.expect(scene, body) for scene, body in zip(scenes, bodies, strict=True)]
    screen.follow(tracks)
    for scene, body in zip(scenes, bodies, strict=True):
        record(stage.cloud, scene, looks_in_vain=0)
        stage.cloud.client("sns").publish(TopicArn=stage.topic_arn, Message=body)
    for scene, track in zip(scenes, tracks, strict=True):
        for looks in sorted({call.delivered_after_looks for call in scene.calls} - {0}):
            stage.fates.wait_until(partial(_looked, track, looks), timeout=timeout)
            record(stage.cloud, scene, looks_in_vain=looks)
    stage.fates.wait_until_settled(timeout=timeout)
    try:  # what is still under way could become a message that is not owed
        stage.cloud.wait_until_idle(timeout=timeout)
    except TimeoutError as error:
        return [*wrongs(stage.fates, stage.slack.messages), str(error)]
    return wrongs(stage.fates, stage.slack.messages)


def record(cloud: EmbeddedCloud, scene: Scene, *, looks_in_vain: int) -> None:
    """Let CloudTrail know the calls that it delivers after so many looks, and AWS Config's history the item."""
    calls = [call.record for call in scene.calls if call.delivered_after_looks == looks_in_vain]
    cloud.cloudtrail.record(calls, delivered_after=timedelta(0))
    item = scene.notification.get("configurationItem")
    if item and not looks_in_vain:
        cloud.config_history.record([item])


def _looked(track: Track, looks: int) -> bool:
    return track.settled or track.looks_in_vain >= looks


def wrongs(fates: Fates, messages: Sequence[SlackMessage]) -> list[str]:
    """What differs from what the story owes: fates, the number of messages, what the message says."""
    found = [track.wrong for track in fates.tracks if track.wrong]
    owed = [track for track in fates.tracks if track.expected and track.expected.fate == POSTED]
    if len(messages) != len(owed):
        found.append(f"{len(messages)} messages reached Slack; {len(owed)} had to")
    said = "\n".join(_words(message.payload) for message in messages)
    for track in owed:
        missing = [word for word in track.expected.mentions if word not in said] if track.expected else []
        if missing and messages:
            found.append(f"{track.title}: the message does not mention {', '.join(missing)}")
    return found


def _words(payload: Any) -> str:
    return json.dumps(payload, ensure_ascii=False, default=dict)
