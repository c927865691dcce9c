"""CloudFormation types that moto lacks or deploys unlike AWS, told through the services' own APIs. ADD NEW ONES HERE.

A type says what CloudFormation does with it: which calls create, update and delete it, what `Ref` gives, which
attributes `Fn::GetAtt` knows. Properties come resolved (no Ref, no Fn::…). Source: AWS CloudFormation template
reference, one page per type. The table `RESOURCE_TYPES` at the end is what the deployment looks at.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where a resource is created, and clients for it."""

    account: str
    region: str
    client: Callable[..., Any]
    """`client("sns")`, or `client("sns", region="us-east-1")` for another region than the stack's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A resource that exists."""

    physical_id: str
    """What `Ref` gives."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What `Fn::GetAtt` gives."""
    before: Mapping[str, str] = field(default_factory=dict)
    """What was there before, to be put back when a policy is deleted."""


class ResourceType(Protocol):
    """One CloudFormation type. A type whose update replaces the resource deletes it and creates it."""

    @property
    def name_property(self) -> str:
        """The property that names the resource; "" where CloudFormation alone names it."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What `Fn::GetAtt` knows."""

    @property
    def after(self) -> str:
        """A type that must exist before although the template says nothing of it; "" for none."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        """Create it under this name, which is generated where the template gives none."""

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        """Make it what `new` says."""

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        """Delete it; what is gone already is fine."""


@contextlib.contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not ("NotFound" in code or "NonExistent" in code or "NoSuch" in code or "DoesNotExist" in code):
            raise


def _text(value: Any) -> str:
    """A property as the string that SQS and SNS attributes are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _lower_first(value: Any) -> Any:
    """`AllSupported` → `allSupported`, at every level: some APIs spell CloudFormation's words that way."""
    if isinstance(value, Mapping):
        return {name[0].lower() + name[1:]: _lower_first(entry) for name, entry in value.items()}
    return [_lower_first(entry) for entry in value] if isinstance(value, list) else value


def _without(properties: Properties, *names: str) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


class _Plain:
    """What most types have in common: no name, no attributes, no hidden order, an update is a fresh creation."""

    name_property = ""
    attributes: tuple[str, ...] = ()
    after = ""

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        self.delete(api, deployed, old)
        return self.create(api, name, new)

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        raise NotImplementedError

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        raise NotImplementedError


class Queue(_Plain):
    """moto's update leaves most attributes as they were."""

    name_property = "QueueName"
    attributes = ("Arn", "QueueName", "QueueUrl")
    _defaults: Final = {
        "DelaySeconds": "0",
        "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0",
        "RedrivePolicy": "",
        "VisibilityTimeout": "30",
    }

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        sqs = api.client("sqs")
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}
        url = sqs.create_queue(QueueName=name, Attributes=self._attributes(properties), tags=tags)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return Deployed(physical_id=url, attributes={"Arn": arn, "QueueName": name, "QueueUrl": url})

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        if any(old.get(fixed) != new.get(fixed) for fixed in ("QueueName", "FifoQueue")):
            return super().update(api, deployed, name, old, new)
        removed = {name: value for name, value in self._defaults.items() if name in old and name not in new}
        attributes = {**removed, **_without(self._attributes(new), "FifoQueue")}
        if attributes:
            api.client("sqs").set_queue_attributes(QueueUrl=deployed.physical_id, Attributes=attributes)
        return deployed

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("sqs").delete_queue(QueueUrl=deployed.physical_id)

    @staticmethod
    def _attributes(properties: Properties) -> dict[str, str]:
        return {name: _text(value) for name, value in _without(properties, "QueueName", "Tags").items()}


class QueuePolicy(_Plain):
    """Sets the policy of queues."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        for url in properties["Queues"]:
            policy = _text(properties["PolicyDocument"])
            api.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return Deployed(physical_id=name)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        for url in properties["Queues"]:
            with _gone_is_fine():
                api.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


class Topic(_Plain):
    """moto's update loses the subscriptions, and it knows no `TopicArn`."""

    name_property = "TopicName"
    attributes = ("TopicArn", "TopicName")
    _settable: Final = ("DisplayName", "KmsMasterKeyId", "TracingConfig", "SignatureVersion")

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        sns = api.client("sns")
        attributes = {
            key: _text(value) for key, value in _without(properties, "TopicName", "Tags", "Subscription").items()
        }
        arn = sns.create_topic(Name=name, Attributes=attributes, Tags=properties.get("Tags", []))["TopicArn"]
        for subscription in properties.get("Subscription", ()):
            sns.subscribe(TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
        return Deployed(physical_id=arn, attributes={"TopicArn": arn, "TopicName": name})

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        if _without(old, *self._settable, "Tags") != _without(new, *self._settable, "Tags"):
            return super().update(api, deployed, name, old, new)
        for key in self._settable:
            if old.get(key) != new.get(key):
                api.client("sns").set_topic_attributes(
                    TopicArn=deployed.physical_id, AttributeName=key, AttributeValue=_text(new.get(key, ""))
                )
        return deployed

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("sns").delete_topic(TopicArn=deployed.physical_id)


class TopicPolicy(_Plain):
    """Sets the policy of topics."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        sns = api.client("sns")
        before = {}
        for arn in properties["Topics"]:
            before[arn] = sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
            self._set(sns, arn, _text(properties["PolicyDocument"]))
        return Deployed(physical_id=name, before=before)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        for arn, policy in deployed.before.items():
            with _gone_is_fine():
                self._set(api.client("sns"), arn, policy)

    @staticmethod
    def _set(sns: Any, arn: str, policy: str) -> None:
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


class Subscription(_Plain):
    """A subscription with its filter and delivery attributes, in the topic's region."""

    _settable: Final = (
        "FilterPolicyScope",  # before the policy, which is validated by its scope
        "FilterPolicy",
        "RawMessageDelivery",
        "RedrivePolicy",
        "DeliveryPolicy",
        "SubscriptionRoleArn",
    )

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        sns = self._sns(api, properties)
        arn = sns.subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties["Endpoint"],
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        self._set(sns, arn, {}, properties)
        return Deployed(physical_id=arn)

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        if _without(old, *self._settable) != _without(new, *self._settable):
            return super().update(api, deployed, name, old, new)
        self._set(self._sns(api, new), deployed.physical_id, old, new)
        return deployed

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            self._sns(api, properties).unsubscribe(SubscriptionArn=deployed.physical_id)

    def _set(self, sns: Any, arn: str, old: Properties, new: Properties) -> None:
        for key in self._settable:
            if old.get(key) != new.get(key):
                value = _text(new[key]) if key in new else "false" if key == "RawMessageDelivery" else ""
                sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=key, AttributeValue=value)

    @staticmethod
    def _sns(api: Api, properties: Properties) -> Any:
        return api.client("sns", region=properties.get("Region") or properties["TopicArn"].split(":")[3])


class Secret(_Plain):
    """Without SecretString and GenerateSecretString the secret exists and has no value: reading it fails."""

    name_property = "Name"
    attributes = ("Id",)

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        manager = api.client("secretsmanager")
        options = {key: properties[key] for key in ("Description", "KmsKeyId", "Tags") if key in properties}
        value = self._value(manager, properties)
        if value is not None:
            options["SecretString"] = value
        arn = manager.create_secret(Name=name, **options)["ARN"]
        return Deployed(physical_id=arn, attributes={"Id": arn})

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        if old.get("Name") != new.get("Name"):
            return super().update(api, deployed, name, old, new)
        manager = api.client("secretsmanager")
        options = {key: new[key] for key in ("Description", "KmsKeyId") if old.get(key) != new.get(key) and key in new}
        if any(old.get(key) != new.get(key) for key in ("SecretString", "GenerateSecretString")):
            value = self._value(manager, new)
            if value is not None:
                options["SecretString"] = value
        if options:
            manager.update_secret(SecretId=deployed.physical_id, **options)
        return deployed

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("secretsmanager").delete_secret(SecretId=deployed.physical_id, ForceDeleteWithoutRecovery=True)

    @staticmethod
    def _value(manager: Any, properties: Properties) -> str | None:
        generate = properties.get("GenerateSecretString")
        if generate is None:
            return properties.get("SecretString")
        options = _without(generate, "GenerateStringKey", "SecretStringTemplate")
        password = manager.get_random_password(**options)["RandomPassword"]
        key = generate.get("GenerateStringKey")
        return json.dumps({**json.loads(generate["SecretStringTemplate"]), key: password}) if key else str(password)


class SecretPolicy(_Plain):
    """Sets the resource policy of a secret."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        api.client("secretsmanager").put_resource_policy(
            SecretId=properties["SecretId"], ResourcePolicy=_text(properties["ResourcePolicy"])
        )
        return Deployed(physical_id=properties["SecretId"])

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("secretsmanager").delete_resource_policy(SecretId=deployed.physical_id)


def _start_recording(config: Any) -> None:
    """CloudFormation starts the recorder as soon as both it and a delivery channel exist."""
    recorders = config.describe_configuration_recorders()["ConfigurationRecorders"]
    if config.describe_delivery_channels()["DeliveryChannels"]:
        for recorder in recorders:
            config.start_configuration_recorder(ConfigurationRecorderName=recorder["name"])


class ConfigurationRecorder(_Plain):
    """The recorder of an account and region; its name is `default` unless the template names it."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        config = api.client("config")
        recorder = _lower_first(_without(properties, "Name", "RoleARN"))
        chosen = properties.get("Name", "default")
        config.put_configuration_recorder(
            ConfigurationRecorder={**recorder, "name": chosen, "roleARN": properties["RoleARN"]}
        )
        _start_recording(config)
        return Deployed(physical_id=chosen)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("config").delete_configuration_recorder(ConfigurationRecorderName=deployed.physical_id)


class DeliveryChannel(_Plain):
    """Where the recorder delivers. CloudFormation creates it beside the recorder, Config wants the recorder first."""

    after = "AWS::Config::ConfigurationRecorder"

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        config = api.client("config")
        chosen = properties.get("Name", "default")
        config.put_delivery_channel(DeliveryChannel={**_lower_first(_without(properties, "Name")), "name": chosen})
        _start_recording(config)
        return Deployed(physical_id=chosen)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        config = api.client("config")
        for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
            config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
        with _gone_is_fine():
            config.delete_delivery_channel(DeliveryChannelName=deployed.physical_id)


class Alarm(_Plain):
    """An alarm. It is stored, and never evaluated."""

    name_property = "AlarmName"
    attributes = ("Arn",)

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        api.client("cloudwatch").put_metric_alarm(**{**properties, "AlarmName": name})
        arn = f"arn:aws:cloudwatch:{api.region}:{api.account}:alarm:{name}"
        return Deployed(physical_id=name, attributes={"Arn": arn})

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        if old.get("AlarmName") != new.get("AlarmName"):
            return super().update(api, deployed, name, old, new)
        return self.create(api, deployed.physical_id, new)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        api.client("cloudwatch").delete_alarms(AlarmNames=[deployed.physical_id])


class BucketPolicy(_Plain):
    """Sets the policy of a bucket. It is stored, and not enforced."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        policy = _text(properties["PolicyDocument"])
        api.client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=policy)
        return Deployed(physical_id=properties["Bucket"])

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("s3").delete_bucket_policy(Bucket=deployed.physical_id)


class EventInvokeConfig(_Plain):
    """How asynchronous invocations of a function are retried."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        api.client("lambda").put_function_event_invoke_config(**properties)
        return Deployed(physical_id=name)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("lambda").delete_function_event_invoke_config(FunctionName=properties["FunctionName"])


class EventBusPolicy(_Plain):
    """A statement of a bus's policy."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        options: dict[str, Any] = {"EventBusName": properties.get("EventBusName", "default")}
        if "Statement" in properties:
            statement = {"Sid": properties["StatementId"], **properties["Statement"]}
            options["Policy"] = _text({"Version": "2012-10-17", "Statement": [statement]})
        else:
            options |= {key: properties[key] for key in ("StatementId", "Action", "Principal", "Condition")
                        if key in properties}  # fmt: skip
        api.client("events").put_permission(**options)
        return Deployed(physical_id=properties["StatementId"])

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("events").remove_permission(
                EventBusName=properties.get("EventBusName", "default"), StatementId=deployed.physical_id
            )


class MetricFilter(_Plain):
    """A metric from a log group. It is stored; log lines do not become metrics."""

    name_property = "FilterName"

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        api.client("logs").put_metric_filter(**_lower_first({**properties, "FilterName": name}))
        return Deployed(physical_id=name)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("logs").delete_metric_filter(
                logGroupName=properties["LogGroupName"], filterName=deployed.physical_id
            )


class Parameter(_Plain):
    """moto knows no parameter without a name, and its update forgets the versions."""

    name_property = "Name"
    attributes = ("Type", "Value")

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        tags = [{"Key": key, "Value": value} for key, value in properties.get("Tags", {}).items()]
        api.client("ssm").put_parameter(**{**_without(properties, "Tags"), "Name": name, "Tags": tags})
        return self._deployed(name, properties)

    def update(self, api: Api, deployed: Deployed, name: str, old: Properties, new: Properties) -> Deployed:
        if old.get("Name") != new.get("Name"):
            return super().update(api, deployed, name, old, new)
        settings = {**_without(new, "Tags"), "Name": deployed.physical_id, "Overwrite": True}
        api.client("ssm").put_parameter(**settings)
        return self._deployed(deployed.physical_id, new)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        with _gone_is_fine():
            api.client("ssm").delete_parameter(Name=deployed.physical_id)

    @staticmethod
    def _deployed(name: str, properties: Properties) -> Deployed:
        return Deployed(physical_id=name, attributes={"Type": properties["Type"], "Value": properties["Value"]})


class Nothing(_Plain):
    """`AWS::CDK::Metadata`: counted by AWS, does nothing."""

    def create(self, api: Api, name: str, properties: Properties) -> Deployed:
        return Deployed(physical_id=name)

    def delete(self, api: Api, deployed: Deployed, properties: Properties) -> None:
        return


RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = {
    "AWS::CDK::Metadata": Nothing(),
    "AWS::CloudWatch::Alarm": Alarm(),
    "AWS::Config::ConfigurationRecorder": ConfigurationRecorder(),
    "AWS::Config::DeliveryChannel": DeliveryChannel(),
    "AWS::Events::EventBusPolicy": EventBusPolicy(),
    "AWS::Lambda::EventInvokeConfig": EventInvokeConfig(),
    "AWS::Logs::MetricFilter": MetricFilter(),
    "AWS::S3::BucketPolicy": BucketPolicy(),
    "AWS::SNS::Subscription": Subscription(),
    "AWS::SNS::Topic": Topic(),
    "AWS::SNS::TopicPolicy": TopicPolicy(),
    "AWS::SQS::Queue": Queue(),
    "AWS::SQS::QueuePolicy": QueuePolicy(),
    "AWS::SSM::Parameter": Parameter(),
    "AWS::SecretsManager::ResourcePolicy": SecretPolicy(),
    "AWS::SecretsManager::Secret": Secret(),
}
