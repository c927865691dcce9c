"""The same cases through the deployed path: dispatch, its queue, attribute with its ladder, CloudTrail's Event history.

What AWS does is stood in for: queues are lists, CloudTrail is the embedded cloud's Event history (which refuses what
AWS refuses), the table of what was explained is a dictionary.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from manual_change.adapters.attribution_memory import Capture
from manual_change.adapters.cloudtrail import Pace
from manual_change.adapters.config_history import HistoryUnavailable
from manual_change.handlers.attribute import Attribute
from manual_change.handlers.dispatch import Dispatch
from manual_change.handlers.records import Record
from manual_change.handlers.telemetry import Telemetry
from manual_change.settings import AttributeSettings, DispatchSettings
from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.cloudtrail import EventHistory

ABOUT = ("resource_id", "resource_type", "account", "captured_at")
LATER = datetime(2026, 11, 23, tzinfo=UTC)


class Queues:
    """SQS: what was sent, by queue."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[str]] = {"attributions": [], "findings": []}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.bodies[QueueUrl] += [entry["MessageBody"] for entry in Entries]
        return {"Failed": []}

    def receive(self) -> list[str]:
        """Everything that waits for attribution, its time having come."""
        waiting, self.bodies["attributions"] = self.bodies["attributions"], []
        return [json.dumps(json.loads(body) | {"wait": 0}) for body in waiting]


@dataclass
class Memory:
    """What was explained, by resource."""

    captures: dict[Any, dict[datetime, Capture]] = field(default_factory=dict)

    def remember(self, resource: Any, capture: Capture, *, now: datetime) -> None:
        assert now
        summary = json.loads(json.dumps(dict(capture.summary)))
        kept = Capture(capture.captured_at, capture.event_ids, summary)
        self.captures.setdefault(resource, {})[capture.captured_at] = kept

    def recall(self, resources: Iterable[Any], *, since: datetime) -> dict[Any, list[Capture]]:
        found = {
            key: [each for each in self.captures.get(key, {}).values() if each.captured_at >= since]
            for key in resources
        }
        return {key: sorted(each, key=lambda capture: capture.captured_at) for key, each in found.items() if each}


class Unavailable:
    """AWS Config without a history."""

    def change(self, oversized: Any, *, came_from: str | None) -> Any:
        assert came_from is None or came_from.count("-") >= 2
        raise HistoryUnavailable(f"no history of {oversized.item.resource.id}")


class Client:
    """CloudTrail of one account and region."""

    def __init__(self, history: EventHistory, account: str, region: str) -> None:
        self._ask = lambda request: history.lookup(request, account=account, region=region)

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        moments = {name: asked[name].timestamp() for name in ("StartTime", "EndTime")}
        return self._ask(asked | moments)


class Deployed:
    """The two stages, with all that they need from outside."""

    def __init__(self, case: Any) -> None:
        self.queues, self.said = Queues(), io.StringIO()
        telemetry = Telemetry(stage=f"stage-{uuid4().hex}", detector="Stack/Detector", stream=self.said)
        history = EventHistory(clock=Clock(), observe=lambda _: None, requests_per_second=None)
        history.record(read(case.cloudtrail) if case.cloudtrail else [])
        queues: Any = self.queues
        self._dispatch = Dispatch(
            settings=DispatchSettings(attributions_queue_url="attributions"),
            sqs=queues,
            history=Unavailable(),  # type: ignore[arg-type]
            telemetry=telemetry,
            now=lambda: LATER,
        )
        self._attribute = Attribute(
            settings=AttributeSettings(
                attributions_queue_url="attributions",
                findings_queue_url="findings",
                findings_table="findings",
                policy_parameter="policy",
                daily_resource_types=tuple(case.options.get("daily_resource_types", ())),
            ),
            sqs=queues,
            memory=Memory(),  # type: ignore[arg-type]
            policy=lambda: case.policy,
            cloudtrail=lambda account, region: Client(history, account, region),  # type: ignore[arg-type,return-value]
            telemetry=telemetry,
            now=lambda: LATER,
            pace=lambda deadline: Pace(1000, deadline, sleep=lambda _: None),
        )

    def take(self, notifications: Sequence[Any], *, together: bool) -> None:
        """Take notifications to their end: together, or each in an invocation of its own at every look."""
        assert {"batchItemFailures": []} == self._dispatch.handle(
            messages([json.dumps(each) for each in notifications])
        )
        while bodies := self.queues.receive():
            for batch in [bodies] if together else [[body] for body in bodies]:
                assert {"batchItemFailures": []} == self._attribute.handle(messages(batch), seconds_left=900)

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """Every decision logged, the first about each change: the notify stage tells a finding once."""
        lines = [json.loads(line) for line in self.said.getvalue().splitlines()]
        told = [line for line in lines if "level" in line and line.get("decision") in ("notify", "silent", "drop")]
        actors = {tuple(each["change"][key] for key in ABOUT): each["actor"] for each in self.findings}
        decided: dict[object, dict[str, Any]] = {}
        for line in told:
            flat = {key: line.get(key) for key in ("decision", "verdict", "reason", *ABOUT)}
            flat |= {"calls": line.get("event_ids", [])}
            about = tuple(line.get(key) for key in ABOUT)
            flat |= {"actor": actors[about]} if about in actors and line["decision"] == "notify" else {}
            decided.setdefault(about if line.get("change") else uuid4().hex, flat)
        return list(decided.values())

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What was handed on to be told."""
        return [json.loads(body)["finding"] for body in self.queues.bodies["findings"]]


def read(file: Any) -> list[dict[str, Any]]:
    """The documents of a file, one a line."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def messages(bodies: Sequence[str]) -> list[Record]:
    """The records that a function receives."""
    return [
        Record(
            message_id=f"m-{number}",
            body=body,
            receipt_handle=f"r-{number}",
            queue_arn="arn:aws:sqs:eu-west-1:111122223333:queue",
            receive_count=1,
        )
        for number, body in enumerate(bodies)
    ]


def deliveries(config: Any) -> list[Any]:
    """What arrives on the queue, a message each: an event of a function is a batch of them."""
    return [each for document in read(config) for each in document.get("Records", [document])]


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
def test_the_deployed_path_decides_as_replay_does(
    stream: Any, together: bool, compare: Callable[..., list[str]]
) -> None:
    """The same inputs, the same decisions, whether changes come in one batch or each by itself.

    By itself a change that is delivered before an earlier one of its resource lists that one's calls too.
    """
    deployed = Deployed(stream)
    deployed.take(deliveries(stream.config), together=together)
    about_changes = [line for line in stream.expected if "resource_id" in line["match"]]
    others = Counter(line["reason"] for line in stream.expected if "record" in line["match"])
    decided = deployed.decisions
    if not together:
        about_changes = [line | {"calls": line["calls"][:1]} if "calls" in line else line for line in about_changes]
        decided = [each | {"calls": each["calls"][:1]} for each in decided]

    assert [] == compare(about_changes, [each for each in decided if each["resource_id"]])
    assert others == Counter(each["reason"] for each in decided if not each["resource_id"])


def test_what_is_notified_is_handed_on(stream: Any) -> None:
    """And what the digest tells; nothing else is."""
    deployed = Deployed(stream)
    deployed.take(deliveries(stream.config), together=True)
    digest = stream.policy.notify_unattributed == "digest"
    told = {
        (line["match"]["resource_id"], line["match"]["captured_at"])
        for line in stream.expected
        if line["decision"] == "notify" or (digest and line["reason"] == "no-call-found")
    }

    assert told == {(each["change"]["resource_id"], each["change"]["captured_at"]) for each in deployed.findings}
