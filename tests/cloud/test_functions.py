"""Functions in processes of their own: what they see, how they end."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import pytest

from manual_change_local.cloud import DeployedStack
from manual_change_local.cloud.observation import FunctionFinished, FunctionLogged, FunctionStarted, MessageSettled

pytestmark = pytest.mark.xdist_group("cloud")


class Invoke:
    """A function alone: call it with a payload, and it answers."""

    def __init__(self, bench: Any, source: str, *, files: Mapping[str, str], properties: Mapping[str, Any]) -> None:
        resources = {"Role": bench.role, "Function": bench.function(source, files, **properties)}
        self.stack: DeployedStack = bench.cloud.deploy({"Resources": resources}, stack_name="Alone")
        self._functions = bench.cloud.client("lambda")

    def __call__(self, payload: object = None, **options: Any) -> Any:
        name = self.stack.resources["Function"]
        answer = self._functions.invoke(FunctionName=name, Payload=json.dumps(payload).encode(), **options)
        text = answer["Payload"].read()
        return json.loads(text) if text else None


def deploy_function(bench: Any, source: str, *, files: Mapping[str, str] | None = None, **properties: Any) -> Invoke:
    """Deploy a function with this code."""
    return Invoke(bench, source, files=files or {}, properties=properties)


def test_a_function_sees_its_variables_and_lambdas_and_no_others(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts the cloud has secrets in the environment; functions must not find them, nor rely on them."""
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "x")
    invoke = deploy_function(
        bench,
        """
        import os

        def handler(event, context):
            return dict(os.environ)
        """,
        Environment={"Variables": {"MINE": "1"}},
    )

    seen = invoke()

    assert "SECRET_OF_THE_DEVELOPER" not in seen
    assert ("1", "eu-west-1", bench.cloud.endpoint) == (seen["MINE"], seen["AWS_REGION"], seen["AWS_ENDPOINT_URL"])


def test_the_projects_packages_are_not_there(bench: Any) -> None:
    """An asset that lacks a dependency fails as it would in AWS, although the dependency is installed here."""
    invoke = deploy_function(bench, "import flask\n\ndef handler(event, context): ...\n")

    answer = invoke()

    assert "Runtime.ImportModuleError" == answer["errorType"]
    assert "No module named 'flask'" in answer["errorMessage"]


def test_boto3_is_there_and_points_to_the_cloud(bench: Any) -> None:
    """The runtime provides boto3; the endpoint, region and account come from the environment."""
    invoke = deploy_function(
        bench,
        """
        import boto3

        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Account"]
        """,
    )

    assert "123456789012" == invoke()


def test_the_assets_own_modules_come_first(bench: Any) -> None:
    """What the asset brings wins over what the runtime provides."""
    invoke = deploy_function(
        bench,
        "import six\n\ndef handler(event, context): return six.__version__\n",
        files={"six.py": "__version__ = 'mine'\n"},
    )

    assert "mine" == invoke()


def test_the_context_is_lambdas(bench: Any) -> None:
    """Name, request id and remaining time."""
    invoke = deploy_function(
        bench,
        """
        def handler(event, context):
            return [context.function_name, context.aws_request_id, context.get_remaining_time_in_millis()]
        """,
        Timeout=7,
    )

    name, request_id, remaining = invoke()

    finished = bench.cloud.journal.wait_for(FunctionFinished)
    assert (finished.function, finished.request_id) == (name, request_id)
    assert 5000 < remaining <= 7000


def test_a_process_is_kept_warm(bench: Any) -> None:
    """The second invocation finds the module's state."""
    invoke = deploy_function(
        bench,
        """
        calls = []

        def handler(event, context):
            calls.append(event)
            return len(calls)
        """,
    )

    assert [1, 2] == [invoke(), invoke()]
    assert 1 == len(bench.cloud.journal.of(FunctionStarted))


def test_a_warmed_function_has_its_process_before_the_first_invocation(bench: Any) -> None:
    """Warming up costs nobody a wait, and counts as no invocation."""
    invoke = deploy_function(bench, "def handler(event, context): return 'ready'\n")

    bench.cloud.warm_up(invoke.stack)

    (started,) = bench.cloud.journal.of(FunctionStarted)
    assert () == bench.cloud.journal.of(FunctionFinished)
    assert "ready" == invoke()
    assert (started.pid,) == bench.cloud.function_pids


def test_a_process_that_dies_is_an_errored_invocation(bench: Any) -> None:
    """The next invocation gets a new process."""
    invoke = deploy_function(
        bench,
        """
        import os, signal

        def handler(event, context):
            if event == "die":
                os.kill(os.getpid(), signal.SIGKILL)
            return "alive"
        """,
    )

    answers = [invoke("live"), invoke("die"), invoke("live")]

    assert "alive" == answers[0] == answers[2]
    assert ("Runtime.ExitError", "Runtime exited: signal SIGKILL") == (
        answers[1]["errorType"],
        answers[1]["errorMessage"],
    )
    assert 2 == len(bench.cloud.journal.of(FunctionStarted))


def test_a_message_survives_the_death_of_the_process(bench: Any) -> None:
    """Killed in the middle of the work: the message reappears and is dealt with."""
    worker = bench.deploy_worker(
        """
        import os

        def handler(event, context):
            if event["Records"][0]["attributes"]["ApproximateReceiveCount"] == "1":
                os._exit(1)
        """
    )

    message_id = worker.send("a")

    assert message_id == bench.cloud.journal.wait_for(MessageSettled).message_id


def test_a_function_that_takes_too_long_is_killed(bench: Any) -> None:
    """Timeout is wall-clock time, whatever the time scale."""
    invoke = deploy_function(
        bench,
        """
        import time

        def handler(event, context):
            time.sleep(60)
        """,
        Timeout=1,
    )

    answer = invoke()

    assert "Sandbox.Timedout" == answer["errorType"]
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    assert () == bench.cloud.function_pids


def test_log_lines_come_before_the_end_and_name_their_invocation(bench: Any) -> None:
    """Structured lines are parsed; nothing that was written is missing when the invocation has finished."""
    invoke = deploy_function(
        bench,
        """
        import json

        def handler(event, context):
            for number in range(200):
                print(json.dumps({"line": number}))
            print("plain")
        """,
    )

    invoke()

    finished = bench.cloud.journal.wait_for(FunctionFinished)
    observed = bench.cloud.journal.all()
    lines = [seen for seen in observed[: observed.index(finished)] if isinstance(seen, FunctionLogged)]
    assert [*range(200)] == [line.record["line"] for line in lines if line.record]
    assert ("plain", None, finished.request_id) == (lines[-1].line, lines[-1].record, lines[-1].request_id)


def test_what_a_function_writes_is_in_its_log_group(bench: Any) -> None:
    """The one that LoggingConfig names."""
    logs = bench.cloud.client("logs")
    logs.create_log_group(logGroupName="mine")
    invoke = deploy_function(
        bench, "def handler(event, context): print('hello')\n", LoggingConfig={"LogGroup": "mine", "LogFormat": "JSON"}
    )

    invoke()

    assert ["hello"] == [found["message"] for found in logs.filter_log_events(logGroupName="mine")["events"]]


def test_a_changed_function_gets_a_new_process(bench: Any) -> None:
    """After an update no invocation runs the old code."""
    source = "def handler(event, context): return '{}'\n"
    before = deploy_function(bench, source.format("old"))()

    after = deploy_function(bench, source.format("new"))()

    assert ("old", "new") == (before, after)
    assert 1 == len(bench.cloud.function_pids)


def test_a_deleted_function_leaves_no_process(bench: Any) -> None:
    """Destroying the stack ends what was warm."""
    deploy_function(bench, "def handler(event, context): ...\n")()
    (pid,) = bench.cloud.function_pids

    bench.cloud.client("cloudformation").delete_stack(StackName="Alone")

    assert () == bench.cloud.function_pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_asynchronous_invocation_is_tried_again(bench: Any) -> None:
    """Twice, after one and two nominal minutes, with the same request id."""
    invoke = deploy_function(bench, "def handler(event, context): raise ValueError(event)\n")

    invoke("x", InvocationType="Event")

    bench.cloud.wait_until_idle()
    finished = bench.cloud.journal.of(FunctionFinished)
    assert 3 == len(finished)
    assert 1 == len({end.request_id for end in finished})


def test_reserved_concurrency_of_zero_stops_a_function(bench: Any) -> None:
    """That is how people switch a function off."""
    invoke = deploy_function(bench, "def handler(event, context): ...\n", ReservedConcurrentExecutions=0)

    assert "TooManyRequestsException" == invoke()["errorType"]


def test_another_runtime_than_pythons_is_a_clear_error(bench: Any) -> None:
    """The message says what was found."""
    invoke = deploy_function(bench, "", Runtime="nodejs22.x", Handler="index.handler")

    assert "nodejs22.x" in invoke()["errorMessage"]
