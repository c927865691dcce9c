"""AWS Config: the recorder, its delivery channel and topic, and whether it records in further regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manual_change_local.doctor.looks.visit import Visit
from manual_change_local.doctor.unseen import asked


def look_at_recording(visit: Visit, further: Sequence[str]) -> None:
    """Everything about the recorder of the region, and whether there is one in further ones."""
    visit.say("AWS Config")
    sight, client = visit.sight, visit.client("config")
    sight.recorders = asked(
        "config:DescribeConfigurationRecorders",
        lambda: client.describe_configuration_recorders()["ConfigurationRecorders"],
        otherwise=[],
    )
    sight.statuses = _statuses(client)
    sight.channels = asked(
        "config:DescribeDeliveryChannels", lambda: client.describe_delivery_channels()["DeliveryChannels"], otherwise=[]
    )
    if sight.channels:
        sight.deliveries = asked(
            "config:DescribeDeliveryChannelStatus",
            lambda: client.describe_delivery_channel_status()["DeliveryChannelsStatus"],
            otherwise=[],
        )
    if sight.topic:
        sight.topic_attributes = topic_attributes(visit, sight.topic)
    for region in further:
        visit.say(f"AWS Config in {region}")
        statuses = _statuses(visit.client("config", region))
        sight.elsewhere[region] = _any_records(statuses) if isinstance(statuses, list) else statuses


def topic_attributes(visit: Visit, arn: str) -> Any:
    """A topic's attributes; empty: there is no such topic. Another account's are seen only if its policy lets us."""
    sns = visit.client("sns", arn.split(":")[3])
    return asked("sns:GetTopicAttributes", lambda: sns.get_topic_attributes(TopicArn=arn)["Attributes"], otherwise={})


def _statuses(client: Any) -> Any:
    return asked(
        "config:DescribeConfigurationRecorderStatus",
        lambda: client.describe_configuration_recorder_status()["ConfigurationRecordersStatus"],
        otherwise=[],
    )


def _any_records(statuses: list[Any]) -> bool:
    """A service-linked recorder tells nobody but its service."""
    return any(status.get("recording") for status in statuses if not status.get("servicePrincipal"))
