"""Dead letters back into their queues."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from manual_change_local.cli import main
from manual_change_local.redrive import NothingToRedrive, NotMoved, Redrive

REGION = "eu-west-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Makes clients of an empty account."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


@pytest.fixture
def stack(aws: Callable[[str], Any]) -> dict[str, str]:
    """A stack with one queue and its dead letters; their URLs."""
    resources = {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
        "Findings": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "findings",
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]},
                    "maxReceiveCount": 5,
                },
            },
        },
    }
    aws("cloudformation").create_stack(StackName="Detector", TemplateBody=json.dumps({"Resources": resources}))
    return {name: aws("sqs").get_queue_url(QueueName=name)["QueueUrl"] for name in ("dead", "findings")}


def bury(aws: Callable[[str], Any], stack: dict[str, str], count: int) -> None:
    """So many messages become dead letters."""
    for number in range(count):
        aws("sqs").send_message(QueueUrl=stack["dead"], MessageBody=f"finding {number}")


def waiting(aws: Callable[[str], Any], stack: dict[str, str]) -> dict[str, int]:
    """How many messages each queue holds."""
    asked = "ApproximateNumberOfMessages"
    return {
        name: int(aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[asked])["Attributes"][asked])
        for name, url in stack.items()
    }


def received(aws: Callable[[str], Any], queue_url: str) -> dict[str, tuple[str | None, Any]]:
    """Group and attributes of each message, by its body."""
    answer = aws("sqs").receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["MessageGroupId"],
        MessageAttributeNames=["All"],
    )
    return {
        message["Body"]: (message.get("Attributes", {}).get("MessageGroupId"), message.get("MessageAttributes"))
        for message in answer.get("Messages", [])
    }


def test_without_yes_they_are_only_counted(
    aws: Callable[[str], Any], stack: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """And the way on is said."""
    bury(aws, stack, 3)

    assert 0 == main(["redrive", "--stack", "Detector"])
    assert {"dead": 3, "findings": 0} == waiting(aws, stack)
    assert "      3  dead  would go back to findings\nNothing was moved." in capsys.readouterr().out


def test_with_yes_they_are_moved(
    aws: Callable[[str], Any], stack: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them, however many requests that takes."""
    bury(aws, stack, 23)

    assert 0 == main(["redrive", "--stack", "Detector", "--yes"])
    assert {"dead": 0, "findings": 23} == waiting(aws, stack)
    assert "     23  dead  went back to findings\n" == capsys.readouterr().out


def test_a_message_keeps_its_group_and_its_attributes(aws: Callable[[str], Any], stack: dict[str, str]) -> None:
    """A hub's noisy account must not come first after a redrive, and EventBridge says in attributes what failed."""
    said = {"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}}
    kept = {"bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    for group, attributes in {"111122223333|eu-west-1": said, "444455556666|us-east-1": kept}.items():
        aws("sqs").send_message(
            QueueUrl=stack["dead"], MessageBody=group, MessageGroupId=group, MessageAttributes=attributes
        )
    aws("sqs").send_message(QueueUrl=stack["dead"], MessageBody="of nobody")

    Redrive(aws("sqs"), wait=0).move(stack["dead"], stack["findings"])

    assert {
        "111122223333|eu-west-1": ("111122223333|eu-west-1", said),
        "444455556666|us-east-1": ("444455556666|us-east-1", kept),
        "of nobody": (None, None),
    } == received(aws, stack["findings"])


def test_large_messages_are_moved_in_as_many_requests_as_they_need(
    aws: Callable[[str], Any], stack: dict[str, str]
) -> None:
    """Ten of them, in the bytes that SQS counts, are more than one request may hold."""
    for _ in range(7):
        aws("sqs").send_message(QueueUrl=stack["dead"], MessageBody="変" * 80_000)
    largest = 0

    def note(params: dict[str, Any], **_: Any) -> None:
        nonlocal largest
        largest = max(largest, sum(len(entry["MessageBody"].encode()) for entry in params["Entries"]))

    sqs = aws("sqs")
    sqs.meta.events.register("provide-client-params.sqs.SendMessageBatch", note)

    assert 7 == Redrive(sqs, wait=0).move(stack["dead"], stack["findings"])
    assert 0 < largest <= 256 * 1024


def test_one_queue_can_be_named(aws: Callable[[str], Any], stack: dict[str, str]) -> None:
    """Its source is found by itself."""
    bury(aws, stack, 2)

    assert 0 == main(["redrive", "--queue", stack["dead"], "--yes"])
    assert {"dead": 0, "findings": 2} == waiting(aws, stack)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "manual-change redrive: say which: --stack NAME or --queue URL"),
        (["--stack", "a", "--queue", "b"], 2, "manual-change redrive: say which: --stack NAME or --queue URL"),
        (["--stack", "Nowhere"], 1, "Nowhere does not exist"),
        (["--profile", "nobody", "--stack", "a"], 1, "nobody"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_a_mistake_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
) -> None:
    """That names what was found."""
    assert status == main(["redrive", *arguments])
    assert said in capsys.readouterr().err


def test_a_queue_that_is_nobodys_is_refused(aws: Callable[[str], Any], stack: dict[str, str]) -> None:
    """Its messages have nowhere to go back to."""
    with pytest.raises(NothingToRedrive, match="is the dead-letter queue of no queue"):
        Redrive(aws("sqs")).of_queue(stack["findings"])


def test_a_stack_without_dead_letters_is_refused(aws: Callable[[str], Any]) -> None:
    """Another stack was meant."""
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    aws("cloudformation").create_stack(StackName="Other", TemplateBody=json.dumps(template))

    with pytest.raises(NothingToRedrive, match="stack Other has no queue with a dead-letter queue"):
        Redrive(aws("sqs")).of_stack(aws("cloudformation"), "Other")


def test_what_is_not_accepted_stays_a_dead_letter(aws: Callable[[str], Any], stack: dict[str, str]) -> None:
    """Sent first, deleted then."""
    bury(aws, stack, 2)

    with pytest.raises(NotMoved, match=r"did not accept 1 messages: Busy \(later\); they are still dead"):
        Redrive(Half(aws("sqs")), wait=0).move(stack["dead"], stack["findings"])  # type: ignore[arg-type]

    assert 1 == waiting(aws, stack)["findings"]


class Half:
    """An SQS client that takes the first message of a batch and refuses the others."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """One of them."""
        answer: dict[str, Any] = self._sqs.send_message_batch(QueueUrl=QueueUrl, Entries=Entries[:1])
        refused = [{"Id": entry["Id"], "Code": "Busy", "Message": "later"} for entry in Entries[1:]]
        return answer | {"Failed": refused}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqs, name)
