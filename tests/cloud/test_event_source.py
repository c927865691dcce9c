"""Event source mappings: what is deleted, what comes back, what ends among the dead letters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manual_change_local.cloud.observation import (
    FunctionFinished,
    FunctionInvoked,
    MessageFilteredOut,
    MessageRedriven,
    MessageReturned,
    MessageSettled,
)

pytestmark = pytest.mark.xdist_group("cloud")

FAILS_ON_BAD = """
    def handler(event, context):
        return {"batchItemFailures": [
            {"itemIdentifier": record["messageId"]} for record in event["Records"] if "bad" in record["body"]
        ]}
"""

A_SECOND_BATCH = {"MaximumBatchingWindowInSeconds": 60}
"""A window of a fifth of a second, so that messages sent one after the other meet in a batch."""


def test_only_the_reported_message_comes_back(bench: Any) -> None:
    """ReportBatchItemFailures: the others of the batch are deleted."""
    worker = bench.deploy_worker(FAILS_ON_BAD, mapping=A_SECOND_BATCH)

    _, bad, _ = worker.send_all(["good", "bad", "good too"])

    bench.cloud.journal.wait_for(MessageRedriven, lambda moved: moved.message_id == bad)
    assert {bad} == {returned.message_id for returned in bench.cloud.journal.of(MessageReturned)}
    assert 2 == len(bench.cloud.journal.of(MessageSettled))


def test_a_message_that_fails_to_the_end_is_a_dead_letter(bench: Any) -> None:
    """After maxReceiveCount receives the queue moves it; nothing else does."""
    worker = bench.deploy_worker(FAILS_ON_BAD, max_receive_count=2)

    message_id = worker.send("bad")

    moved = bench.cloud.journal.wait_for(MessageRedriven)
    assert (message_id, 2) == (moved.message_id, moved.receive_count)
    assert ["bad"] == [message["Body"] for message in worker.dead()]


def test_a_function_that_raises_fails_the_whole_batch(bench: Any) -> None:
    """An exception is no report: all messages come back."""
    worker = bench.deploy_worker(
        """
        def handler(event, context):
            raise RuntimeError("no idea")
        """,
        mapping=A_SECOND_BATCH,
    )

    sent = worker.send_all(["a", "b"])

    finished = bench.cloud.journal.wait_for(FunctionFinished)
    bench.cloud.journal.wait_for(MessageReturned, lambda returned: returned.message_id == sent[1])
    assert ("RuntimeError", "no idea") == (finished.error_type, finished.error_message)
    assert () == bench.cloud.journal.of(MessageSettled)


def test_an_unknown_identifier_fails_the_whole_batch(bench: Any) -> None:
    """Lambda cannot tell which message was meant, so none is deleted."""
    worker = bench.deploy_worker(
        """
        def handler(event, context):
            return {"batchItemFailures": [{"itemIdentifier": "nobody"}]}
        """
    )

    worker.send("a")

    returned = bench.cloud.journal.wait_for(MessageReturned)
    assert "nobody" in returned.reason


@pytest.mark.parametrize("answer", ["None", "{}", "{'batchItemFailures': []}", "{'batchItemFailures': None}"])
def test_an_empty_report_is_success(bench: Any, answer: str) -> None:
    """Nothing reported, nothing failed."""
    worker = bench.deploy_worker(f"def handler(event, context):\n    return {answer}\n")

    worker.send("a")

    bench.cloud.journal.wait_for(MessageSettled)


def test_without_reporting_an_answer_means_nothing(bench: Any) -> None:
    """A mapping without ReportBatchItemFailures ignores batchItemFailures."""
    worker = bench.deploy_worker(FAILS_ON_BAD, mapping={"FunctionResponseTypes": []})

    worker.send("bad")

    bench.cloud.journal.wait_for(MessageSettled)


def test_a_failed_message_reappears_after_the_visibility_timeout(bench: Any) -> None:
    """Not before, and its receive count has grown."""
    worker = bench.deploy_worker(FAILS_ON_BAD, queue={"VisibilityTimeout": 180})  # 0.6 s here

    worker.send("bad")

    first = bench.cloud.journal.wait_for(MessageReturned)
    second = bench.cloud.journal.wait_for(MessageReturned, lambda returned: returned.receive_count == 2)
    started = bench.cloud.journal.of(FunctionInvoked)
    assert (1, 2) == (first.receive_count, second.receive_count)
    assert started[1].at - started[0].at > 0.4


def test_a_visibility_that_the_function_sets_is_kept(bench: Any) -> None:
    """A handler backs off by changing the visibility of a message that it then reports as failed."""
    worker = bench.deploy_worker(
        """
        import boto3

        def handler(event, context):
            for record in event["Records"]:
                account, name = record["eventSourceARN"].split(":")[4:]
                sqs = boto3.client("sqs")
                url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
                sqs.change_message_visibility(
                    QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=240  # 0.8 s here
                )
            return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in event["Records"]]}
        """,
        queue={"VisibilityTimeout": 10},
    )

    worker.send("a")

    bench.cloud.journal.wait_for(MessageReturned, lambda returned: returned.receive_count == 2)
    finished = bench.cloud.journal.of(FunctionFinished)
    started = bench.cloud.journal.of(FunctionInvoked)
    assert started[1].at - finished[0].at > 0.6


def test_a_batch_is_not_larger_than_the_batch_size(bench: Any) -> None:
    """Three messages in batches of two are two invocations."""
    worker = bench.deploy_worker(FAILS_ON_BAD, mapping={**A_SECOND_BATCH, "BatchSize": 2, "ScalingConfig": None})

    worker.send_all(["a", "b", "c"])

    bench.cloud.wait_until_idle()
    sizes = [len(invoked.message_ids) for invoked in bench.cloud.journal.of(FunctionInvoked)]
    assert 3 == sum(sizes)
    assert max(sizes) <= 2


def test_the_batching_window_gathers_messages(bench: Any) -> None:
    """Messages that come one by one within the window are dealt with together."""
    worker = bench.deploy_worker(
        FAILS_ON_BAD, mapping={"MaximumBatchingWindowInSeconds": 300, "ScalingConfig": {"MaximumConcurrency": 1}}
    )

    for body in ("a", "b", "c"):
        worker.send(body)

    bench.cloud.wait_until_idle()
    assert [3] == [len(invoked.message_ids) for invoked in bench.cloud.journal.of(FunctionInvoked)]


def test_a_delayed_message_waits_as_long_as_the_clock_says(bench: Any) -> None:
    """DelaySeconds is a timer: five minutes are a second at scale 300."""
    worker = bench.deploy_worker(FAILS_ON_BAD)

    worker.send("later", DelaySeconds=300)

    sent, invoked = (
        bench.cloud.journal.all()[0],
        bench.cloud.journal.wait_for(FunctionInvoked),
    )
    assert 0.9 < invoked.at - sent.at < 10


def test_filter_criteria_drop_what_they_do_not_match(bench: Any) -> None:
    """Filtered messages are deleted without an invocation."""
    pattern = json.dumps({"body": {"kind": ["wanted"]}})
    worker = bench.deploy_worker(FAILS_ON_BAD, mapping={"FilterCriteria": {"Filters": [{"Pattern": pattern}]}})

    unwanted = worker.send({"kind": "other"})
    wanted = worker.send({"kind": "wanted"})

    settled = bench.cloud.journal.wait_for(MessageSettled)
    assert wanted == settled.message_id
    assert (unwanted,) == tuple(dropped.message_id for dropped in bench.cloud.journal.of(MessageFilteredOut))


def test_no_more_batches_run_at_a_time_than_allowed(bench: Any) -> None:
    """MaximumConcurrency bounds the invocations, and so the processes."""
    worker = bench.deploy_worker(
        """
        import time

        def handler(event, context):
            time.sleep(0.1)
        """,
        mapping={"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}},
    )

    worker.send_all([str(number) for number in range(8)])

    bench.cloud.wait_until_idle()
    assert 8 == len(bench.cloud.journal.of(FunctionFinished))
    assert len(bench.cloud.function_pids) <= 2


def test_a_disabled_mapping_takes_nothing(bench: Any) -> None:
    """`Enabled: false` leaves the messages where they are."""
    worker = bench.deploy_worker(FAILS_ON_BAD, mapping={"Enabled": False})

    worker.send("a")

    bench.cloud.wait_until_idle(timeout=1)  # the queue is not polled, so it does not count
    assert () == bench.cloud.journal.of(FunctionInvoked)


def test_messages_for_a_deleted_function_stay(bench: Any) -> None:
    """The mapping is still there; what it takes nobody could deal with, so it takes nothing."""
    worker = bench.deploy_worker(FAILS_ON_BAD)
    bench.cloud.client("lambda").delete_function(FunctionName=worker.stack.resources["Function"])

    worker.send("a")

    with pytest.raises(TimeoutError, match="Worker-Queue"):
        bench.cloud.wait_until_idle(timeout=0.3)


def test_a_queue_that_hides_messages_too_briefly_is_refused(bench: Any) -> None:
    """Lambda wants a visibility timeout of at least the function's timeout."""
    with pytest.raises(Exception, match="less than Function timeout"):
        bench.deploy_worker(FAILS_ON_BAD, queue={"VisibilityTimeout": 5})
