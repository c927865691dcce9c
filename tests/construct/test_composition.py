"""The detector among others: in somebody's stack, twice in an app, under flags and tags of the app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs

from manual_change_detector import ConfigSource, ManualChangeDetector

TAGGED = (
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
)

FLAGS = {
    f"@aws-cdk/{flag}": True
    for flag in (
        "aws-events:eventsTargetQueueSameAccount",
        "aws-iam:minimizePolicies",
        "aws-kms:reduceCrossAccountRegionPolicyScope",
        "aws-lambda:recognizeLayerVersion",
        "aws-lambda:useCdkManagedLogGroup",
        "aws-s3:createDefaultLoggingPolicy",
        "aws-s3:publicAccessBlockedByDefault",
        "aws-sns-subscriptions:restrictSqsDescryption",
        "core:checkSecretUsage",
        "core:enablePartitionLiterals",
        "core:explicitStackTags",
        "core:includePrefixInUniqueNameGeneration",
    )
}
"""What `cdk init` switches on, as far as it touches the services used here."""


def test_tags_of_the_app_reach_everything_that_takes_tags(everything: Any) -> None:
    """Cost and ownership are the user's to mark."""
    untagged = [
        logical_id
        for kind in TAGGED
        for logical_id, resource in everything.resources(kind).items()
        if '"platform"' not in json.dumps(resource["Properties"].get("Tags"))
    ]

    assert [] == untagged


def test_flags_of_the_app_change_no_logical_id(synthesise: Any, defaults: Any) -> None:
    """A new app and an old one deploy the same resources."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector")

    assert set(defaults.template["Resources"]) == set(synthesise(build, context=FLAGS).template["Resources"])


def test_a_neighbour_changes_nothing(synthesise: Any, defaults: Any) -> None:
    """What else is in the stack stays out of the detector, and the other way round."""

    def build(stack: Stack) -> None:
        sqs.Queue(stack, "Orders")
        ManualChangeDetector(stack, "Detector")

    beside = synthesise(build).template["Resources"]

    assert defaults.template["Resources"] == {name: made for name, made in beside.items() if "Orders" not in name}


def test_two_stacks_of_an_app_may_each_have_one(tmp_path: Path) -> None:
    """One for each region, say; the functions' code is staged once."""
    app = App(outdir=str(tmp_path))
    for name in ("Ireland", "Frankfurt"):
        ManualChangeDetector(Stack(app, name), "Detector")
    app.synth()

    assert 1 == len(list(tmp_path.glob("asset.*")))
    assert {"Ireland.template.json", "Frankfurt.template.json"} == {
        path.name for path in tmp_path.glob("*.template.json")
    }


def test_two_apps_of_a_process_may_each_have_one(synthesise: Any, defaults: Any) -> None:
    """Each cloud assembly has its own copy of the code."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector")

    again = synthesise(build)

    assert [path.name for path in defaults.folder.glob("asset.*")] == [
        path.name for path in again.folder.glob("asset.*")
    ]


def test_it_may_stand_deep_in_other_constructs(synthesise: Any) -> None:
    """The path names the detector in its metrics."""

    def build(stack: Stack) -> None:
        from constructs import Construct

        ManualChangeDetector(Construct(stack, "Security"), "Detector", config_source=ConfigSource.event_bridge())

    deep = synthesise(build)

    assert "Watch/Security/Detector" == deep.environment("notify")["MANUAL_CHANGE_DETECTOR"]


def test_what_is_inside_can_be_reached(synthesise: Any) -> None:
    """Queues, functions, alarms, table, secret and metrics, for dashboards and grants of one's own."""

    def build(stack: Stack) -> None:
        detector = ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge())
        assert (3, 3, 3, 17) == tuple(
            map(len, (detector.queues, detector.dead_letter_queues, detector.functions, detector.alarms))
        )
        cloudwatch.Dashboard(stack, "Board", widgets=[[cloudwatch.GraphWidget(left=metrics_of(detector))]])
        detector.findings_table.grant_read_data(detector.functions[0])
        Tags.of(detector.secret).add("filled-in-by", "security")

    synthesise(build)


def metrics_of(detector: ManualChangeDetector) -> list[cloudwatch.IMetric]:
    """Each metric of the detector."""
    return [
        detector.metric_notifications(),
        detector.metric_dropped(),
        detector.metric_dropped(reason="relationships-only"),
        detector.metric_findings(),
        detector.metric_findings(verdict="manual", decision="notify"),
        detector.metric_posts(outcome="sent"),
        detector.metric_lookup_requests(),
        detector.metric_unread_changes(),
        detector.metric_postponed(),
        detector.metric_attribution_lag(),
        detector.metric_heartbeats(),
    ]


def test_metrics_carry_the_dimensions_that_the_functions_write(tmp_path: Path) -> None:
    """Otherwise a graph of them stays empty."""
    detector = ManualChangeDetector(Stack(App(outdir=str(tmp_path)), "Watch"), "Detector")
    metric = detector.metric_findings(verdict="manual", decision="notify")

    assert {"detector": "Watch/Detector", "verdict": "manual", "decision": "notify"} == dict(metric.dimensions or {})
    assert ("ManualChangeDetector", "Findings") == (metric.namespace, metric.metric_name)


def test_findings_are_counted_by_verdict_and_decision_together(tmp_path: Path) -> None:
    """A metric by one of them alone does not exist."""
    detector = ManualChangeDetector(Stack(App(outdir=str(tmp_path)), "Watch"), "Detector")

    with pytest.raises(ValueError, match=r"verdict 'manual' and decision None; .* by both or as a whole"):
        detector.metric_findings(verdict="manual")
