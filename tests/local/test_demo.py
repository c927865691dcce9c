"""`manual-change demo --keep` once, as a person runs it: the story, the message, one more message by hand, Ctrl-C.

It deploys the synthesised reference app to the embedded AWS, so it shares a worker with the other tests that do.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

pytestmark = pytest.mark.xdist_group("cloud")

PATIENCE = 120.0
"""Seconds: a run takes about 15, of which the CDK takes half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the demo, ended by Ctrl-C."""

    status: int
    said: str
    said_after_encore: str
    complained: str
    page: str
    children: frozenset[int]
    """The processes below it while it was kept."""
    survivors: frozenset[int]
    """Those of them that are alive after it ended."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run it in an empty folder, publish the sample as the demo says, press Ctrl-C.

    The caller's AWS profile and proxies are useless ones: nothing of the demo may go through them.
    """
    folder = tmp_path_factory.mktemp("demo")
    log, errors = folder / "said.txt", folder / "complained.txt"
    nowhere = "http://127.0.0.1:9"
    environment = {name: value for name, value in os.environ.items() if name != "JSII_NODE"}
    environment |= {"AWS_PROFILE": "not-there", "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "http_proxy": nowhere}
    with log.open("w") as out, errors.open("w") as err:
        demo = subprocess.Popen(
            [sys.executable, "-m", "manual_change_local.cli", "demo", "--keep"],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            wait_until(lambda: "Its fate is shown here" in log.read_text() or demo.poll() is not None, errors)
            said = log.read_text()
            publish_the_sample(said, folder)
            wait_until(lambda: "bob changed" in log.read_text(), errors)
            publish_the_sample(said, folder)
            wait_until(lambda: "not posted again" in log.read_text(), errors)
            children = frozenset(descendants(demo.pid))
            os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: to the whole group
            status = demo.wait(timeout=PATIENCE)
        finally:
            demo.kill()
            demo.wait()
    return Run(
        status=status,
        said=said,
        said_after_encore=log.read_text().removeprefix(said),
        complained=errors.read_text(),
        page=(folder / "demo-output" / "message.html").read_text(),
        children=children,
        survivors=frozenset(pid for pid in children if alive(pid)),
    )


def wait_until(condition: Callable[[], bool], errors: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, errors.read_text()
        time.sleep(0.1)


def publish_the_sample(said: str, folder: Path) -> None:
    """What the demo's `aws sns publish` would do, with the variables that it printed."""
    variables = dict(re.findall(r"(AWS_\w+)=(\S+)", said))
    (topic, sample), *_ = re.findall(r"--topic-arn (\S+) --message file://(\S+)", said)
    boto3.client(
        "sns",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    ).publish(TopicArn=topic, Message=(folder / sample).read_text())


def descendants(pid: int) -> Iterator[int]:
    """The processes below a process, at any depth (Linux)."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from descendants(child)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_the_demo_ends_well(run: Run) -> None:
    """Status 0 says: exactly the owed message, every other notification silent for the right reason."""
    assert (0, "") == (run.status, run.complained)


def test_the_message_names_the_person_and_what_she_did(run: Run) -> None:
    """In the terminal."""
    expected = ("alice@example.com changed", "AuthorizeSecurityGroupIngress", "203.0.113.7", "0.0.0.0/0")

    assert [] == [words for words in expected if words not in run.said]


@pytest.mark.parametrize(
    "words",
    [
        "ConfigurationSnapshotDeliveryCompleted: held back by the topic's subscription",
        "looked up: CloudTrail does not know the call yet; again in 3 min",
        "manual, console-session: alice@example.com called",
        "posted to #manual-changes",
        "silent, cloudformation: ",
        "dropped, aws-managed-resource: ",
        "dropped, volatile-property: ",
        "timers run 240 times faster",
        "The message as a page: demo-output/message.html",
        "5 notifications, 1 message",
    ],
)
def test_each_notifications_fate_is_told(run: Run, words: str) -> None:
    """As it becomes known, in words."""
    assert words in run.said


def test_a_notification_published_by_hand_becomes_a_message_too(run: Run) -> None:
    """While the cloud is kept, anybody can try what becomes of what."""
    expected = (
        "amzn-s3-demo-bucket-invoices: a change; CloudTrail is asked",
        "manual, iam-user: bob called",
        "removed",
    )

    assert [] == [words for words in expected if words not in run.said_after_encore]


def test_a_notification_published_twice_becomes_one_message(run: Run) -> None:
    """Whatever is delivered again is told once."""
    assert 1 == run.said_after_encore.count("bob changed S3 Bucket amzn-s3-demo-bucket-invoices by hand")


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "NO_PROXY"])
def test_the_printed_variables_serve_whatever_talks_to_aws(run: Run, variable: str) -> None:
    """Version 1 of the AWS command line knows AWS_DEFAULT_REGION only; a profile or proxy of the caller's is theirs."""
    assert f"  export {variable}=" in run.said


def test_the_callers_own_profile_is_put_aside(run: Run) -> None:
    """A profile that is not found is an error to every tool."""
    assert "  unset AWS_PROFILE " in run.said


def test_the_page_shows_both_messages(run: Run) -> None:
    """The channel as it stands in the end."""
    assert ["alice@example.com changed", "bob changed"] == re.findall(r"<h2><span>\S+ \w+: (\S+ changed)", run.page)


def test_nothing_is_left_running(run: Run) -> None:
    """Neither functions nor the CDK, although there were some."""
    assert run.children
    assert frozenset() == run.survivors
