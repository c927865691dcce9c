"""The heartbeat comes out at the end, and does not where anything on its way is broken.

The template is deployed to the embedded AWS, the functions run in processes of their own. IAM is not enforced there: a
permission that is taken away is shown by what its loss brings about, a mapping that delivers nothing or a request that
is refused, and by the statement being in the template.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from manual_change.domain.heartbeat import is_heartbeat
from manual_change.metric_names import HEARTBEATS, NOTIFICATIONS
from manual_change_local.cloud import DeployedStack, EmbeddedCloud
from manual_change_local.cloud.observation import FunctionLogged

pytestmark = pytest.mark.xdist_group("cloud")


class Patient:
    """A deployed detector whose pulse can be felt."""

    def __init__(self, cloud: EmbeddedCloud, stack: DeployedStack) -> None:
        self.cloud = cloud
        self._stack = stack
        self.functions = cloud.client("lambda")

    def named(self, resource_type: str, *words: str) -> str:
        """The physical id of the one resource whose logical id contains these words."""
        [found] = [
            physical_id
            for name, physical_id in self._stack.physical_ids(resource_type).items()
            if all(word in name for word in words)
        ]
        return found

    def beats(self, *, until_refused_by: str | None = None) -> int:
        """How many heartbeats the metric counts after the schedule came round once.

        By then nothing is under way, or the named function has found that it may not send the heartbeat on.
        """
        before = self._counted(HEARTBEATS)
        self.cloud.fire_schedule(self.named("AWS::Events::Rule", "HeartbeatRule"))
        if until_refused_by:
            self.cloud.journal.wait_for(
                FunctionLogged, lambda line: line.function == until_refused_by and "were not accepted by" in line.line
            )
        else:
            self.cloud.wait_until_idle(timeout=20)
        return self._counted(HEARTBEATS) - before

    @property
    def notifications(self) -> int:
        """How many notifications of AWS Config were counted."""
        return self._counted(NOTIFICATIONS)

    def _counted(self, metric: str) -> int:
        lines = [line.record for line in self.cloud.journal.of(FunctionLogged) if line.record]
        return sum(sum(line[metric]) for line in lines if metric in line and "_aws" in line)

    def mapping(self, stage: str) -> Any:
        """The mapping in front of a stage's function."""
        function = self.named("AWS::Lambda::Function", stage)
        [found] = self.functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        return found


@pytest.fixture(scope="module")
def patient(defaults: Any) -> Iterator[Patient]:
    """The detector as it comes, deployed; minutes take a fifth of a second."""
    with EmbeddedCloud(time_scale=300) as cloud:
        yield Patient(cloud, cloud.deploy(defaults.folder))


def test_it_comes_out_at_the_end_and_is_no_notification(patient: Patient) -> None:
    """Topic, filter, three queues, three mappings, three functions."""
    assert 1 == patient.beats()
    assert 0 == patient.notifications


@pytest.mark.parametrize("stage", ["Dispatch", "Attribute", "Notify"])
def test_the_metric_goes_missing_without_the_right_to_read_a_queue(patient: Patient, stage: str) -> None:
    """Without sqs:ReceiveMessage a mapping delivers nothing, as one that is disabled; the alarm has no data."""
    mapping = patient.mapping(stage)

    patient.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    assert 0 == patient.beats()
    patient.functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    patient.cloud.wait_until_idle(timeout=20)


@pytest.mark.parametrize(
    ("stage", "variable"),
    [("Dispatch", "MANUAL_CHANGE_ATTRIBUTIONS_QUEUE_URL"), ("Attribute", "MANUAL_CHANGE_FINDINGS_QUEUE_URL")],
)
def test_the_metric_goes_missing_without_the_right_to_send_on(patient: Patient, stage: str, variable: str) -> None:
    """SQS refuses the message, as it does for a queue that is not there; it is tried again until it may."""
    function = patient.named("AWS::Lambda::Function", stage)
    variables = patient.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    astray = {**variables, variable: variables[variable] + "-that-is-not-there"}

    patient.functions.update_function_configuration(FunctionName=function, Environment={"Variables": astray})

    assert 0 == patient.beats(until_refused_by=function)
    patient.functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
    patient.cloud.wait_until_idle(timeout=20)


def test_the_metric_goes_missing_without_the_subscription(patient: Patient) -> None:
    """Last in this file: nobody subscribes again."""
    patient.cloud.client("sns").unsubscribe(SubscriptionArn=patient.named("AWS::SNS::Subscription"))

    assert 0 == patient.beats()


def test_the_template_grants_what_the_heartbeat_needs(variant: Any) -> None:
    """Each function reads its own queue and, but for the last, sends to the next: no more is needed.

    Changes and calls come from outside. What could not be told is read by people.
    """
    granted = {
        (action, json.dumps(statement["Resource"]))
        for statement in variant.statements("AWS::IAM::Policy", "Allow")
        for action in statement["Action"]
        if isinstance(statement["Action"], list)
    } | {
        (statement["Action"], json.dumps(statement["Resource"]))
        for statement in variant.statements("AWS::IAM::Policy", "Allow")
        if isinstance(statement["Action"], str)
    }
    queues = [
        name
        for name in variant.resources("AWS::SQS::Queue")
        if name not in variant.dead_letter_queues() and "UntoldQueue" not in name
    ]

    assert [] == [
        name for name in queues if ("sqs:ReceiveMessage", json.dumps({"Fn::GetAtt": [name, "Arn"]})) not in granted
    ]
    assert [name for name in queues if "DispatchChanges" in name or "CollectCalls" in name] == [
        name for name in queues if ("sqs:SendMessage", json.dumps({"Fn::GetAtt": [name, "Arn"]})) not in granted
    ]


@pytest.mark.parametrize(
    ("source", "target"),
    [("defaults", "RecorderTopic"), ("existing_topic", "DispatchChanges"), ("event_bridge", "DispatchChanges")],
)
def test_it_is_put_in_as_far_up_as_we_may(source: str, target: str, request: pytest.FixtureRequest) -> None:
    """Into the topic that is ours; other people's topics have other subscribers."""
    synthesised = request.getfixturevalue(source)
    [rule] = [
        rule["Properties"] for name, rule in synthesised.resources("AWS::Events::Rule").items() if "Heartbeat" in name
    ]
    [put_in] = rule["Targets"]

    assert "rate(15 minutes)" == rule["ScheduleExpression"]
    assert is_heartbeat(put_in["Input"])
    assert target in json.dumps(put_in["Arn"])
