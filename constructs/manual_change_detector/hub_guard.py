"""What of a hub is guarded against tampering, besides its detector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from manual_change_detector import blinding_calls as blinding
from manual_change_detector.guarded import longest_name
from manual_change_detector.hub_bus import RULE_PREFIX
from manual_change_detector.spoke_guard import STACK_SETS
from manual_change_detector.tampering import Guarded


def hub_guarded(
    *,
    bus_name: str,
    quarantine: sqs.Queue,
    tables: Sequence[dynamodb.Table],
    survey: lambda_.Function,
    alarms: Sequence[cloudwatch.Alarm],
) -> Iterator[Guarded]:
    """The bus and its rules, what is kept, the survey, and the stack set that brings spokes."""
    yield Guarded(construct_id="Bus", calls=blinding.BUS, names=[bus_name], longest_name=256)
    yield Guarded(
        construct_id="BusRules",
        calls=blinding.RULES,
        names=[{"prefix": RULE_PREFIX}],
        longest_name=64,
        named_in=blinding.RULES.fields,
    )
    yield Guarded(
        construct_id="Queues",
        calls=blinding.QUEUES,
        names=[{"suffix": f"/{quarantine.queue_name}"}],
        longest_name=80,
        named_in=["queueUrl"],
    )
    yield Guarded(
        construct_id="Tables",
        calls=blinding.HUB_TABLES,
        names=[name for table in tables for name in (table.table_name, {"suffix": f"/{table.table_name}"})],
        longest_name=255,
        named_in=blinding.HUB_TABLES.fields,
    )
    yield Guarded(
        construct_id="Functions",
        calls=blinding.FUNCTIONS,
        names=[{"suffix": survey.function_name}],
        longest_name=64,
        named_in=["functionName"],
    )
    names, longest = [alarm.alarm_name for alarm in alarms], max(longest_name(alarm) for alarm in alarms)
    yield Guarded(construct_id="Alarms", calls=blinding.ALARMS, names=names, longest_name=longest)
    yield Guarded(construct_id="Mutes", calls=blinding.MUTES, names=names, longest_name=longest)
    yield Guarded(
        construct_id="AlarmSettings",
        calls=blinding.ALARM_SETTINGS,
        names=names,
        longest_name=longest,
        named_in=["alarmName"],
    )
    yield replace(STACK_SETS, construct_id="StackSet")
