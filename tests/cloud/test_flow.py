"""From a topic through a queue into a function."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manual_change_local.cloud.observation import FunctionLogged, MessageSent, MessageSettled

pytestmark = pytest.mark.xdist_group("cloud")

ECHO = """
    import json

    def handler(event, context):
        for record in event["Records"]:
            print(json.dumps({"got": record["body"], "count": record["attributes"]["ApproximateReceiveCount"]}))
"""


def test_a_published_message_reaches_the_function(bench: Any) -> None:
    """SNS → SQS (raw) → Lambda, in a process of its own."""
    worker = bench.deploy_worker(ECHO)

    worker.publish({"hello": "world"})

    logged = bench.cloud.journal.wait_for(FunctionLogged, lambda line: line.record is not None)
    assert {"got": '{"hello": "world"}', "count": "1"} == logged.record


def test_a_message_that_was_dealt_with_is_deleted(bench: Any) -> None:
    """The mapping, not the function, deletes."""
    worker = bench.deploy_worker(ECHO)

    message_id = worker.send({})

    settled = bench.cloud.journal.wait_for(MessageSettled)
    assert message_id == settled.message_id
    bench.cloud.wait_until_idle()


def test_a_message_that_a_function_sends_names_its_invocation(bench: Any) -> None:
    """The X-Ray header that botocore sends along tells which invocation sent a message."""
    worker = bench.deploy_worker(
        """
        import json, os, boto3

        def handler(event, context):
            body = event["Records"][0]["body"]
            if body.startswith("http"):
                boto3.client("sqs").send_message(QueueUrl=body, MessageBody=context.aws_request_id)
        """
    )

    worker.send(worker.dead_letters)

    sent = bench.cloud.journal.wait_for(MessageSent, lambda message: message.request_id is not None)
    assert sent.body == sent.request_id


def test_raw_delivery_off_wraps_the_message(bench: Any) -> None:
    """Without RawMessageDelivery the body is SNS's envelope."""
    worker = bench.deploy_worker(ECHO, subscription={"RawMessageDelivery": False})

    notification_id = worker.publish({"a": 1}, Subject="about")

    sent = bench.cloud.journal.wait_for(MessageSent)
    envelope = json.loads(sent.body)
    assert ("Notification", notification_id, '{"a": 1}', "about", worker.topic) == (
        envelope["Type"],
        envelope["MessageId"],
        envelope["Message"],
        envelope["Subject"],
        envelope["TopicArn"],
    )
