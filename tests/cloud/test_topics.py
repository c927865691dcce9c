"""Topics: what a subscription lets through, and in which form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manual_change_local.cloud.observation import DeliveryFailed, FunctionLogged, MessageSent, NotificationFiltered

pytestmark = pytest.mark.xdist_group("cloud")

NOTHING = "def handler(event, context): ...\n"
BY_BODY = {
    "FilterPolicyScope": "MessageBody",
    "FilterPolicy": {"messageType": ["wanted"], "item": {"status": [{"prefix": "Resource"}]}},
}


def test_a_body_filter_lets_matching_messages_through(bench: Any) -> None:
    """FilterPolicyScope MessageBody looks into the JSON, nested keys included."""
    worker = bench.deploy_worker(NOTHING, subscription=BY_BODY)

    held = worker.publish({"messageType": "other"})
    worker.publish({"messageType": "wanted", "item": {"status": "ResourceDeleted"}})

    sent = bench.cloud.journal.wait_for(MessageSent)
    (filtered,) = bench.cloud.journal.of(NotificationFiltered)
    assert (held, "wanted") == (filtered.notification_id, json.loads(sent.body)["messageType"])


def test_a_message_that_is_no_json_does_not_pass_a_body_filter(bench: Any) -> None:
    """It is held back, not delivered and not an error."""
    worker = bench.deploy_worker(NOTHING, subscription=BY_BODY)

    bench.cloud.client("sns").publish(TopicArn=worker.topic, Message="hello")

    bench.cloud.journal.wait_for(NotificationFiltered)


def test_raw_delivery_passes_message_attributes_on(bench: Any) -> None:
    """As attributes of the queue's message."""
    worker = bench.deploy_worker(
        """
        import json

        def handler(event, context):
            print(json.dumps(event["Records"][0]["messageAttributes"]))
        """
    )

    worker.publish({}, MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}})

    logged = bench.cloud.journal.wait_for(FunctionLogged, lambda line: line.record is not None)
    assert "red" == logged.record["colour"]["stringValue"]


def test_a_topic_delivers_to_another_accounts_queue(bench: Any) -> None:
    """The endpoint's ARN says whose queue it is."""
    theirs = bench.cloud.client("sqs", account="999988887777")
    url = theirs.create_queue(QueueName="theirs")["QueueUrl"]
    sns = bench.cloud.client("sns")
    topic = sns.create_topic(Name="ours")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:999988887777:theirs")

    sns.publish(TopicArn=topic, Message="hello")

    (received,) = theirs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    assert "hello" == json.loads(received["Body"])["Message"]


def test_what_cannot_be_delivered_goes_to_the_subscriptions_dead_letters(bench: Any) -> None:
    """RedrivePolicy of the subscription, when its queue is gone."""
    worker = bench.deploy_worker(
        NOTHING,
        subscription={"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}},
    )
    bench.cloud.client("sqs").delete_queue(QueueUrl=worker.url)

    worker.publish({"a": 1})

    (dead,) = worker.dead(wait=1)
    assert '{"a": 1}' == json.loads(dead["Body"])["Message"]
    assert 1 == len(bench.cloud.journal.of(DeliveryFailed))


def test_a_topic_invokes_a_function(bench: Any) -> None:
    """Protocol lambda, asynchronously."""
    worker = bench.deploy_worker(
        """
        import json

        def handler(event, context):
            print(json.dumps({"message": event["Records"][0]["Sns"]["Message"]}))
        """,
        subscription={
            "Protocol": "lambda",
            "Endpoint": {"Fn::GetAtt": ["Function", "Arn"]},
            "RawMessageDelivery": False,
        },
    )

    worker.publish("hi")

    logged = bench.cloud.journal.wait_for(FunctionLogged, lambda line: line.record is not None)
    assert {"message": '"hi"'} == logged.record
