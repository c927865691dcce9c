"""Starting and stopping: what is in the way, what is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from manual_change_local.cloud import CloudError, EmbeddedCloud, runtime_files
from manual_change_local.cloud.observation import FunctionStarted, MessageSent
from manual_change_local.cloud.runtime_files import RuntimeFiles

pytestmark = pytest.mark.xdist_group("cloud")


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_a_clear_error(taken_port: int) -> None:
    """And the next start works."""
    with pytest.raises(CloudError, match=f"port {taken_port} on 127.0.0.1 is in use"):
        EmbeddedCloud(port=taken_port).start()

    with EmbeddedCloud() as cloud:
        assert cloud.client("sts").get_caller_identity()["Account"] == cloud.account


@pytest.mark.usefixtures("cloud")
def test_a_second_cloud_in_the_process_is_a_clear_error() -> None:
    """moto's state is the process's."""
    with pytest.raises(CloudError, match="running in this process already"):
        EmbeddedCloud().start()


def test_a_stopped_cloud_leaves_nothing(bench: Any) -> None:
    """No process, no thread, no open port, no state for the next one."""
    worker = bench.deploy_worker("def handler(event, context): ...\n")
    worker.send("a")
    started = bench.cloud.journal.wait_for(FunctionStarted)
    port = int(bench.cloud.endpoint.rsplit(":", 1)[1])

    bench.cloud.stop()

    assert not alive(started.pid)
    assert [] == [
        thread.name for thread in threading.enumerate() if thread.name.startswith(("poller", "embedded", "runtime"))
    ]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    with EmbeddedCloud() as another:
        assert "QueueUrls" not in another.client("sqs").list_queues()


def test_a_function_at_work_does_not_hold_up_the_end(bench: Any) -> None:
    """It is killed."""
    worker = bench.deploy_worker(
        """
        import time

        def handler(event, context):
            print("working")
            time.sleep(60)
        """,
        queue={"VisibilityTimeout": 600},
        function={"Timeout": 120},
    )
    worker.send("a")
    started = bench.cloud.journal.wait_for(FunctionStarted)
    begun = time.monotonic()

    bench.cloud.stop()

    assert time.monotonic() - begun < 5
    assert not alive(started.pid)


def test_mock_aws_sees_moto_as_it_is_after_the_end() -> None:
    """The seams are closed: tests with mock_aws in the same process are not disturbed."""
    from moto.cloudtrail.responses import CloudTrailResponse
    from moto.sqs.models import Queue

    before = Queue.add_message
    with EmbeddedCloud():
        assert before is not Queue.add_message

    assert before is Queue.add_message
    assert not hasattr(CloudTrailResponse, "lookup_events")


def test_the_callers_profile_is_not_looked_at(monkeypatch: pytest.MonkeyPatch, cloud: EmbeddedCloud) -> None:
    """A profile that does not exist would otherwise stop boto3."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALLYMINE000000")

    assert "123456789012" == cloud.client("sts", region="us-west-2").get_caller_identity()["Account"]


def test_accounts_are_kept_apart(cloud: EmbeddedCloud) -> None:
    """By the client's credentials, or by the role that it assumes."""
    ours, theirs = cloud.client("sqs"), cloud.client("sqs", account="999988887777")
    theirs.create_queue(QueueName="theirs")
    cloud.client("iam", account="999988887777").create_role(RoleName="reader", AssumeRolePolicyDocument="{}")
    assumed = cloud.client("sts").assume_role(
        RoleArn="arn:aws:iam::999988887777:role/reader", RoleSessionName="reader"
    )["Credentials"]
    by_role = boto3.client(
        "sqs",
        endpoint_url=cloud.endpoint,
        region_name="eu-west-1",
        aws_access_key_id=assumed["AccessKeyId"],
        aws_secret_access_key=assumed["SecretAccessKey"],
        aws_session_token=assumed["SessionToken"],
    )

    assert "QueueUrls" not in ours.list_queues()
    assert 1 == len(by_role.list_queues()["QueueUrls"])


def test_the_default_account_can_be_another() -> None:
    """Resources that a template creates are of that account."""
    with EmbeddedCloud(account="555566667777", region="us-east-1") as cloud:
        stack = cloud.deploy({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
        url = stack.resources["Queue"]
        arn = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])

    assert arn["Attributes"]["QueueArn"].startswith("arn:aws:sqs:us-east-1:555566667777:")


def test_two_receivers_never_get_the_same_message_and_none_is_lost(cloud: EmbeddedCloud) -> None:
    """Senders, receivers and deletions at the same time: each message is received exactly once."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="busy", Attributes={"VisibilityTimeout": "43200"})["QueueUrl"]
    seen: Counter[str] = Counter()
    total = 120
    done = threading.Event()

    def send(first: int) -> None:
        for number in range(first, first + total // 2):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))

    def receive() -> None:
        while not done.is_set():
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3).get("Messages", [])
            seen.update(message["Body"] for message in messages)
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if seen.total() >= total:
                done.set()

    threads = [
        *(threading.Thread(target=send, args=(first,)) for first in (0, total // 2)),
        *(threading.Thread(target=receive) for _ in range(3)),
    ]
    for thread in threads:
        thread.start()
    done.wait(20)
    done.set()
    for thread in threads:
        thread.join()

    assert dict.fromkeys(map(str, range(total)), 1) == dict(seen)


def test_a_long_poll_ends_when_a_message_comes(cloud: EmbeddedCloud) -> None:
    """Not when its time is over."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    timer = threading.Timer(0.2, lambda: cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x"))
    timer.start()
    begun = time.monotonic()

    received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)

    timer.join()
    assert 1 == len(received["Messages"])
    assert time.monotonic() - begun < 5


def test_waiting_costs_no_processor_time(bench: Any) -> None:
    """Pollers sleep until something happens."""
    bench.deploy_worker("def handler(event, context): ...\n", mapping={"ScalingConfig": {"MaximumConcurrency": 5}})
    begun = time.process_time()

    time.sleep(1)

    assert time.process_time() - begun < 0.3


def test_what_is_left_is_named_when_the_cloud_does_not_become_idle(bench: Any) -> None:
    """The error helps to find the message that nobody deals with."""
    worker = bench.deploy_worker("def handler(event, context): raise SystemExit\n", max_receive_count=1000)
    worker.send("a")

    with pytest.raises(TimeoutError, match="Worker-Queue"):
        bench.cloud.wait_until_idle(timeout=0.5)


def test_an_observer_hears_what_happens() -> None:
    """In the order in which it happens."""
    heard: list[Any] = []
    with EmbeddedCloud(observer=heard.append) as cloud:
        sqs = cloud.client("sqs")
        sqs.send_message(QueueUrl=sqs.create_queue(QueueName="q")["QueueUrl"], MessageBody="x")

    assert [("x", "api")] == [(sent.body, sent.source) for sent in heard if isinstance(sent, MessageSent)]


SERVED = """
from manual_change_local.cloud.serve import serve
serve(say=lambda text: print(text, flush=True), port=0)
"""

FORGOTTEN = """
from manual_change_local.cloud import EmbeddedCloud
cloud = EmbeddedCloud()
cloud.start()
role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
code = {"ZipFile": "def handler(event, context): ..."}
function = {"Code": code, "Handler": "index.handler", "Role": role, "Runtime": "python3.13"}
stack = cloud.deploy({"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": function}}})
cloud.warm_up(stack)
print(*cloud.function_pids)
"""


def test_served_in_the_foreground_it_ends_cleanly(tmp_path: Path) -> None:
    """It says how to talk to it, and Ctrl-C leaves nothing behind."""
    process = subprocess.Popen([sys.executable, "-c", SERVED], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]

    process.send_signal(signal.SIGINT)

    rest, _ = process.communicate(timeout=10)
    assert 0 == process.returncode
    assert "export AWS_ENDPOINT_URL=http://localhost:" in "".join(lines)
    assert rest.endswith("Stopped.\n")


def test_a_cloud_that_nobody_stops_ends_with_the_program(tmp_path: Path) -> None:
    """Its functions do not outlive it."""
    finished = subprocess.run(
        [sys.executable, "-c", FORGOTTEN], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True
    )

    (pid,) = finished.stdout.split()
    assert not alive(int(pid))


WITHOUT_MOTO = """
import sys
sys.modules["moto"] = None
from manual_change_local.cloud import CloudError, EmbeddedCloud, runtime_files
try:
    EmbeddedCloud().start()
except CloudError as error:
    print(error)
"""


def test_without_moto_the_error_says_what_to_install(tmp_path: Path) -> None:
    """The demo's dependencies are an extra."""
    finished = subprocess.run(
        [sys.executable, "-c", WITHOUT_MOTO], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True
    )

    assert "package moto is not installed" in finished.stdout
    assert "pip install 'manual-change-detector[demo]'" in finished.stdout


def test_without_the_runtime_client_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Functions cannot run without it."""
    monkeypatch.setattr(runtime_files, "PROVIDED", ("awslambdaric-of-another-world",))

    with pytest.raises(CloudError, match=r"awslambdaric-of-another-world is not installed.*\[demo\]"):
        RuntimeFiles(tmp_path / "root")
