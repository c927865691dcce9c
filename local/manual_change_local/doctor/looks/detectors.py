"""Detectors and spokes that are there already: their functions, rules, alarms and secret."""

from __future__ import annotations

from typing import Any, Final

from manual_change_local.doctor.looks.recording import topic_attributes
from manual_change_local.doctor.looks.visit import Visit
from manual_change_local.doctor.unseen import Unseen, asked

HANDLERS: Final = "manual_change.handlers."
SPOKE_RULES: Final = "manual-change-spoke-"


def look_at_detectors(visit: Visit) -> None:
    """A function that may not be seen hides its alarms and its secret; rules are looked for all the same."""
    visit.say("detectors that are there already")
    sight, lambda_, events = visit.sight, visit.client("lambda"), visit.client("events")
    sight.functions = asked(
        "lambda:ListFunctions",
        lambda: [
            function
            for page in lambda_.get_paginator("list_functions").paginate()
            for function in page["Functions"]
            if str(function.get("Handler", "")).startswith(HANDLERS)
        ],
        otherwise=[],
    )
    sight.spoke_rules = asked(
        "events:ListRules",
        lambda: [
            rule
            for page in events.get_paginator("list_rules").paginate(NamePrefix=SPOKE_RULES)
            for rule in page["Rules"]
        ],
        otherwise=[],
    )
    if not isinstance(sight.functions, Unseen) and sight.functions:
        _look_at_alarms(visit, [function["FunctionName"] for function in sight.functions])
        _look_at_the_secret(visit)


def _look_at_alarms(visit: Visit, functions: list[str]) -> None:
    """Each stage has an alarm for its function's errors, and all alarms of a detector ring at one topic."""
    cloudwatch = visit.client("cloudwatch")

    def topics() -> set[str]:
        return {
            action
            for function in functions
            for alarm in cloudwatch.describe_alarms_for_metric(
                Namespace="AWS/Lambda", MetricName="Errors", Dimensions=[{"Name": "FunctionName", "Value": function}]
            )["MetricAlarms"]
            for action in alarm["AlarmActions"]
            if ":sns:" in action
        }

    found = asked("cloudwatch:DescribeAlarmsForMetric", topics)
    visit.sight.alarm_topics = (
        found if isinstance(found, Unseen) else {topic: topic_attributes(visit, topic) for topic in sorted(found)}
    )


def _look_at_the_secret(visit: Visit) -> None:
    environments: list[Any] = [
        function.get("Environment", {}).get("Variables", {}) for function in visit.sight.functions
    ]
    arn = next(
        (each["MANUAL_CHANGE_SLACK_SECRET_ARN"] for each in environments if "MANUAL_CHANGE_SLACK_SECRET_ARN" in each),
        None,
    )
    if arn:
        visit.sight.secret_arn = arn
        secrets = visit.client("secretsmanager")
        visit.sight.secret = asked(
            "secretsmanager:DescribeSecret", lambda: secrets.describe_secret(SecretId=arn), otherwise={}
        )
