"""What records and watches: AWS Config, alarms, logs. Source: AWS CloudFormation template reference."""

from __future__ import annotations

from typing import Any

from manual_change_local.cloud.resource_types.contract import Deployed, Replaced, Wanted, gone_is_fine, lower_first


def _start_recording(config: Any) -> None:
    """CloudFormation starts the recorder as soon as both it and a delivery channel exist."""
    if config.describe_delivery_channels()["DeliveryChannels"]:
        for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
            config.start_configuration_recorder(ConfigurationRecorderName=recorder["name"])


class ConfigurationRecorder(Replaced):
    """The recorder of an account and region; its name is `default` unless the template names it."""

    def create(self, wanted: Wanted) -> Deployed:
        config = wanted.client("config")
        name = wanted.get("Name", "default")
        settings = lower_first(wanted.without("Name", "RoleARN"))
        config.put_configuration_recorder(
            ConfigurationRecorder={**settings, "name": name, "roleARN": wanted["RoleARN"]}
        )
        _start_recording(config)
        return wanted.as_deployed(name)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            config = old.wanted.client("config")
            config.delete_configuration_recorder(ConfigurationRecorderName=old.physical_id)


class DeliveryChannel(Replaced):
    """Where the recorder delivers. CloudFormation creates it beside the recorder, Config wants the recorder first."""

    after = "AWS::Config::ConfigurationRecorder"

    def create(self, wanted: Wanted) -> Deployed:
        config = wanted.client("config")
        name = wanted.get("Name", "default")
        config.put_delivery_channel(DeliveryChannel={**lower_first(wanted.without("Name")), "name": name})
        _start_recording(config)
        return wanted.as_deployed(name)

    def delete(self, old: Deployed) -> None:
        config = old.wanted.client("config")
        for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
            config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
        with gone_is_fine():
            config.delete_delivery_channel(DeliveryChannelName=old.physical_id)


class Alarm(Replaced):
    """An alarm: stored, never evaluated."""

    name_property = "AlarmName"
    attributes = ("Arn",)

    def create(self, wanted: Wanted) -> Deployed:
        wanted.client("cloudwatch").put_metric_alarm(**{**wanted.properties, "AlarmName": wanted.name})
        arn = f"arn:aws:cloudwatch:{wanted.api.region}:{wanted.api.account}:alarm:{wanted.name}"
        return wanted.as_deployed(wanted.name, Arn=arn)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "AlarmName"):
            return super().update(old, new)
        new.client("cloudwatch").put_metric_alarm(**{**new.without("Tags"), "AlarmName": old.physical_id})
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        old.wanted.client("cloudwatch").delete_alarms(AlarmNames=[old.physical_id])


class MetricFilter(Replaced):
    """A metric from a log group: stored; log lines do not become metrics."""

    name_property = "FilterName"

    def create(self, wanted: Wanted) -> Deployed:
        wanted.client("logs").put_metric_filter(**lower_first({**wanted.properties, "FilterName": wanted.name}))
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            logs = old.wanted.client("logs")
            logs.delete_metric_filter(logGroupName=old.wanted["LogGroupName"], filterName=old.physical_id)


class Metadata(Replaced):
    """`AWS::CDK::Metadata` does nothing."""

    def create(self, wanted: Wanted) -> Deployed:
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        """Nothing is there."""


class LogGroup(Replaced):
    """moto cannot update a log group."""

    name_property = "LogGroupName"
    attributes = ("Arn",)

    def create(self, wanted: Wanted) -> Deployed:
        logs = wanted.client("logs")
        tags = {tag["Key"]: tag["Value"] for tag in wanted.get("Tags", ())}
        key = {"kmsKeyId": wanted["KmsKeyId"]} if wanted.get("KmsKeyId") else {}
        logs.create_log_group(logGroupName=wanted.name, **key, **({"tags": tags} if tags else {}))
        self._set_retention(wanted, wanted.name)
        arn = f"arn:aws:logs:{wanted.api.region}:{wanted.api.account}:log-group:{wanted.name}:*"
        return wanted.as_deployed(wanted.name, Arn=arn)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "LogGroupName"):
            return super().update(old, new)
        self._set_retention(new, old.physical_id)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("logs").delete_log_group(logGroupName=old.physical_id)

    @staticmethod
    def _set_retention(wanted: Wanted, name: str) -> None:
        logs = wanted.client("logs")
        if "RetentionInDays" in wanted.properties:
            logs.put_retention_policy(logGroupName=name, retentionInDays=int(wanted["RetentionInDays"]))
        else:
            logs.delete_retention_policy(logGroupName=name)
