"""CloudFormation types that moto lacks or deploys unlike AWS, told through the services' own APIs. ADD NEW ONES HERE.

A type says what CloudFormation does with it: which calls create, update and delete it, what `Ref` gives and which
attributes `Fn::GetAtt` knows. Properties come resolved (no Ref, no Fn::…). Source: AWS CloudFormation template
reference, one page per type. The table `RESOURCE_TYPES` at the end is what a deployment looks at.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where a resource is created, and clients for it."""

    account: str
    region: str
    client: Callable[..., Any]
    """`client("sns")`, or `client("sns", region="us-east-1")` for another region than the stack's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A resource as the template wants it."""

    name: str
    """The template's name for it, or a generated one."""
    properties: Mapping[str, Any]
    api: Api

    def client(self, service: str, **options: str | None) -> Any:
        """A client where the resource is."""
        return self.api.client(service, **options)

    def get(self, key: str, default: Any = None) -> Any:
        """A property, or the default."""
        return self.properties.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self.properties[key]

    def only(self, *keys: str) -> dict[str, Any]:
        """These properties, as far as they are there."""
        return {key: self.properties[key] for key in keys if key in self.properties}

    def without(self, *keys: str) -> dict[str, Any]:
        """All properties but these."""
        return {key: value for key, value in self.properties.items() if key not in keys}

    def as_deployed(self, physical_id: str, **attributes: str) -> Deployed:
        """The resource now exists: what `Ref` and `Fn::GetAtt` give."""
        return Deployed(wanted=self, physical_id=physical_id, attributes=attributes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A resource that exists."""

    wanted: Wanted
    physical_id: str
    """What `Ref` gives."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What `Fn::GetAtt` gives."""

    def differs_from(self, wanted: Wanted, *keys: str) -> bool:
        """Whether one of these properties is another now."""
        return any(self.wanted.get(key) != wanted.get(key) for key in keys)

    def now(self, wanted: Wanted) -> Deployed:
        """The same resource, updated in place."""
        return Deployed(wanted=wanted, physical_id=self.physical_id, attributes=self.attributes)


class ResourceType(Protocol):
    """One CloudFormation type."""

    @property
    def name_property(self) -> str:
        """The property that names the resource; "" where CloudFormation alone names it."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What `Fn::GetAtt` knows."""

    @property
    def after(self) -> str:
        """A type that must exist before although the template says nothing of it; "" for none."""

    def create(self, wanted: Wanted) -> Deployed:
        """Create it."""

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        """Make it what `new` says, in place or by replacement."""

    def delete(self, old: Deployed) -> None:
        """Delete it; what is gone already is fine."""


@contextlib.contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if not any(word in code for word in ("NotFound", "NonExistent", "NoSuch", "DoesNotExist")):
            raise


def _text(value: Any) -> str:
    """A property as the string that attributes of SQS and SNS are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _lower_first(value: Any) -> Any:
    """`AllSupported` → `allSupported`, at every level: some APIs spell CloudFormation's words that way."""
    if isinstance(value, Mapping):
        return {name[0].lower() + name[1:]: _lower_first(entry) for name, entry in value.items()}
    return [_lower_first(entry) for entry in value] if isinstance(value, list) else value


class _Replaced:
    """What most types have in common: no name, no attributes, no hidden order; an update replaces the resource."""

    name_property = ""
    attributes: tuple[str, ...] = ()
    after = ""

    def create(self, wanted: Wanted) -> Deployed:
        raise NotImplementedError

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        self.delete(old)
        return self.create(new)

    def delete(self, old: Deployed) -> None:
        raise NotImplementedError


class Queue(_Replaced):
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

    def create(self, wanted: Wanted) -> Deployed:
        sqs = wanted.client("sqs")
        tags = {tag["Key"]: tag["Value"] for tag in wanted.get("Tags", ())}
        url = sqs.create_queue(QueueName=wanted.name, Attributes=self._settings(wanted), tags=tags)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return wanted.as_deployed(url, Arn=arn, QueueName=wanted.name, QueueUrl=url)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "QueueName", "FifoQueue"):
            return super().update(old, new)
        removed = {key: value for key, value in self._defaults.items() if old.wanted.get(key) and not new.get(key)}
        settings = removed | self._settings(new)
        settings.pop("FifoQueue", None)
        new.client("sqs").set_queue_attributes(QueueUrl=old.physical_id, Attributes=settings)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            old.wanted.client("sqs").delete_queue(QueueUrl=old.physical_id)

    @staticmethod
    def _settings(wanted: Wanted) -> dict[str, str]:
        return {key: _text(value) for key, value in wanted.without("QueueName", "Tags").items()}


class QueuePolicy(_Replaced):
    """The policy of queues: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        self._set(wanted, _text(wanted["PolicyDocument"]))
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            self._set(old.wanted, "")

    @staticmethod
    def _set(wanted: Wanted, policy: str) -> None:
        for url in wanted["Queues"]:
            wanted.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


class Topic(_Replaced):
    """moto's update loses the subscriptions, and it knows no `TopicArn`."""

    name_property = "TopicName"
    attributes = ("TopicArn", "TopicName")
    _settable: Final = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig")

    def create(self, wanted: Wanted) -> Deployed:
        sns = wanted.client("sns")
        settings = {key: _text(value) for key, value in wanted.without("TopicName", "Tags", "Subscription").items()}
        arn = sns.create_topic(Name=wanted.name, Attributes=settings, Tags=wanted.get("Tags", []))["TopicArn"]
        for subscription in wanted.get("Subscription", ()):
            sns.subscribe(TopicArn=arn, Protocol=subscription["Protocol"], Endpoint=subscription["Endpoint"])
        return wanted.as_deployed(arn, TopicArn=arn, TopicName=wanted.name)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.wanted.without(*self._settable, "Tags") != new.without(*self._settable, "Tags"):
            return super().update(old, new)
        for key in self._settable:
            if old.differs_from(new, key):
                new.client("sns").set_topic_attributes(
                    TopicArn=old.physical_id, AttributeName=key, AttributeValue=_text(new.get(key, ""))
                )
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            old.wanted.client("sns").delete_topic(TopicArn=old.physical_id)


class TopicPolicy(_Replaced):
    """The policy of topics: stored, not enforced. Deleting it leaves the owner's access."""

    def create(self, wanted: Wanted) -> Deployed:
        self._set(wanted, _text(wanted["PolicyDocument"]))
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            self._set(old.wanted, _text({"Version": "2012-10-17", "Statement": []}))

    @staticmethod
    def _set(wanted: Wanted, policy: str) -> None:
        for arn in wanted["Topics"]:
            wanted.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


class Subscription(_Replaced):
    """A subscription with its filter and delivery, in the topic's region."""

    _settable: Final = (
        "FilterPolicyScope",  # before the policy, which is validated by its scope
        "FilterPolicy",
        "RawMessageDelivery",
        "RedrivePolicy",
        "DeliveryPolicy",
        "SubscriptionRoleArn",
    )

    def create(self, wanted: Wanted) -> Deployed:
        where = wanted.only("TopicArn", "Protocol", "Endpoint")
        arn = self._sns(wanted).subscribe(**where, ReturnSubscriptionArn=True)["SubscriptionArn"]
        for key in self._settable:
            if key in wanted.properties:
                self._set(wanted, arn, key)
        return wanted.as_deployed(arn)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "TopicArn", "Protocol", "Endpoint", "Region"):
            return super().update(old, new)
        for key in self._settable:
            if old.differs_from(new, key):
                self._set(new, old.physical_id, key)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            self._sns(old.wanted).unsubscribe(SubscriptionArn=old.physical_id)

    def _set(self, wanted: Wanted, arn: str, key: str) -> None:
        removed = "false" if key == "RawMessageDelivery" else ""
        value = _text(wanted.get(key, removed))
        self._sns(wanted).set_subscription_attributes(SubscriptionArn=arn, AttributeName=key, AttributeValue=value)

    @staticmethod
    def _sns(wanted: Wanted) -> Any:
        return wanted.client("sns", region=wanted.get("Region") or wanted["TopicArn"].split(":")[3])


class Secret(_Replaced):
    """Without SecretString and GenerateSecretString the secret exists and has no value: reading it fails."""

    name_property = "Name"
    attributes = ("Id",)

    def create(self, wanted: Wanted) -> Deployed:
        manager = wanted.client("secretsmanager")
        options = wanted.only("Description", "KmsKeyId", "Tags") | self._value(manager, wanted)
        arn = manager.create_secret(Name=wanted.name, **options)["ARN"]
        return wanted.as_deployed(arn, Id=arn)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "Name"):
            return super().update(old, new)
        manager = new.client("secretsmanager")
        options = {key: new[key] for key in new.only("Description", "KmsKeyId") if old.differs_from(new, key)}
        if old.differs_from(new, "SecretString", "GenerateSecretString"):
            options |= self._value(manager, new)
        if options:
            manager.update_secret(SecretId=old.physical_id, **options)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            manager = old.wanted.client("secretsmanager")
            manager.delete_secret(SecretId=old.physical_id, ForceDeleteWithoutRecovery=True)

    @staticmethod
    def _value(manager: Any, wanted: Wanted) -> dict[str, str]:
        generate = wanted.get("GenerateSecretString")
        if generate is None:
            return wanted.only("SecretString")
        shape = {
            key: value for key, value in generate.items() if key not in {"GenerateStringKey", "SecretStringTemplate"}
        }
        password: str = manager.get_random_password(**shape)["RandomPassword"]
        if "GenerateStringKey" not in generate:
            return {"SecretString": password}
        template = json.loads(generate["SecretStringTemplate"])
        return {"SecretString": json.dumps({**template, generate["GenerateStringKey"]: password})}


class SecretPolicy(_Replaced):
    """The resource policy of a secret: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        policy = _text(wanted["ResourcePolicy"])
        wanted.client("secretsmanager").put_resource_policy(SecretId=wanted["SecretId"], ResourcePolicy=policy)
        return wanted.as_deployed(wanted["SecretId"])

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            old.wanted.client("secretsmanager").delete_resource_policy(SecretId=old.physical_id)


class Parameter(_Replaced):
    """moto knows no parameter without a name, and its update forgets the versions."""

    name_property = "Name"
    attributes = ("Type", "Value")

    def create(self, wanted: Wanted) -> Deployed:
        tags = [{"Key": key, "Value": value} for key, value in wanted.get("Tags", {}).items()]
        wanted.client("ssm").put_parameter(**{**wanted.without("Tags"), "Name": wanted.name, "Tags": tags})
        return wanted.as_deployed(wanted.name, Type=wanted["Type"], Value=wanted["Value"])

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "Name"):
            return super().update(old, new)
        settings = {**new.without("Tags"), "Name": old.physical_id, "Overwrite": True}
        new.client("ssm").put_parameter(**settings)
        return new.as_deployed(old.physical_id, Type=new["Type"], Value=new["Value"])

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            old.wanted.client("ssm").delete_parameter(Name=old.physical_id)


def _start_recording(config: Any) -> None:
    """CloudFormation starts the recorder as soon as both it and a delivery channel exist."""
    if config.describe_delivery_channels()["DeliveryChannels"]:
        for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
            config.start_configuration_recorder(ConfigurationRecorderName=recorder["name"])


class ConfigurationRecorder(_Replaced):
    """The recorder of an account and region; its name is `default` unless the template names it."""

    def create(self, wanted: Wanted) -> Deployed:
        config = wanted.client("config")
        name = wanted.get("Name", "default")
        settings = _lower_first(wanted.without("Name", "RoleARN"))
        config.put_configuration_recorder(
            ConfigurationRecorder={**settings, "name": name, "roleARN": wanted["RoleARN"]}
        )
        _start_recording(config)
        return wanted.as_deployed(name)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            config = old.wanted.client("config")
            config.delete_configuration_recorder(ConfigurationRecorderName=old.physical_id)


class DeliveryChannel(_Replaced):
    """Where the recorder delivers. CloudFormation creates it beside the recorder, Config wants the recorder first."""

    after = "AWS::Config::ConfigurationRecorder"

    def create(self, wanted: Wanted) -> Deployed:
        config = wanted.client("config")
        name = wanted.get("Name", "default")
        config.put_delivery_channel(DeliveryChannel={**_lower_first(wanted.without("Name")), "name": name})
        _start_recording(config)
        return wanted.as_deployed(name)

    def delete(self, old: Deployed) -> None:
        config = old.wanted.client("config")
        for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
            config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
        with _gone_is_fine():
            config.delete_delivery_channel(DeliveryChannelName=old.physical_id)


class Alarm(_Replaced):
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


class BucketPolicy(_Replaced):
    """The policy of a bucket: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        wanted.client("s3").put_bucket_policy(Bucket=wanted["Bucket"], Policy=_text(wanted["PolicyDocument"]))
        return wanted.as_deployed(wanted["Bucket"])

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            old.wanted.client("s3").delete_bucket_policy(Bucket=old.physical_id)


class EventInvokeConfig(_Replaced):
    """How asynchronous invocations of a function are retried."""

    def create(self, wanted: Wanted) -> Deployed:
        wanted.client("lambda").put_function_event_invoke_config(**wanted.properties)
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            functions = old.wanted.client("lambda")
            functions.delete_function_event_invoke_config(FunctionName=old.wanted["FunctionName"])


class EventBusPolicy(_Replaced):
    """A statement of a bus's policy: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        options = wanted.only("EventBusName")
        if "Statement" in wanted.properties:
            statement = {"Sid": wanted["StatementId"], **wanted["Statement"]}
            options["Policy"] = _text({"Version": "2012-10-17", "Statement": [statement]})
        else:
            options |= wanted.only("StatementId", "Action", "Principal", "Condition")
        wanted.client("events").put_permission(**options)
        return wanted.as_deployed(wanted["StatementId"])

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            events = old.wanted.client("events")
            events.remove_permission(StatementId=old.physical_id, **old.wanted.only("EventBusName"))


class MetricFilter(_Replaced):
    """A metric from a log group: stored; log lines do not become metrics."""

    name_property = "FilterName"

    def create(self, wanted: Wanted) -> Deployed:
        wanted.client("logs").put_metric_filter(**_lower_first({**wanted.properties, "FilterName": wanted.name}))
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with _gone_is_fine():
            logs = old.wanted.client("logs")
            logs.delete_metric_filter(logGroupName=old.wanted["LogGroupName"], filterName=old.physical_id)


class Metadata(_Replaced):
    """`AWS::CDK::Metadata` does nothing."""

    def create(self, wanted: Wanted) -> Deployed:
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        """Nothing is there."""


RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = {
    "AWS::CDK::Metadata": Metadata(),
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
