"""Queues, topics and subscriptions. Source: AWS CloudFormation template reference."""

from __future__ import annotations

from typing import Any, Final

from manual_change_local.cloud.resource_types.contract import Deployed, Replaced, Wanted, as_text, gone_is_fine


class Queue(Replaced):
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
        with gone_is_fine():
            old.wanted.client("sqs").delete_queue(QueueUrl=old.physical_id)

    @staticmethod
    def _settings(wanted: Wanted) -> dict[str, str]:
        return {key: as_text(value) for key, value in wanted.without("QueueName", "Tags").items()}


class QueuePolicy(Replaced):
    """The policy of queues: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        self._set(wanted, as_text(wanted["PolicyDocument"]))
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            self._set(old.wanted, "")

    @staticmethod
    def _set(wanted: Wanted, policy: str) -> None:
        for url in wanted["Queues"]:
            wanted.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


class Topic(Replaced):
    """moto's update loses the subscriptions, and it knows no `TopicArn`."""

    name_property = "TopicName"
    attributes = ("TopicArn", "TopicName")
    _settable: Final = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig")

    def create(self, wanted: Wanted) -> Deployed:
        sns = wanted.client("sns")
        settings = {key: as_text(value) for key, value in wanted.without("TopicName", "Tags", "Subscription").items()}
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
                    TopicArn=old.physical_id, AttributeName=key, AttributeValue=as_text(new.get(key, ""))
                )
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("sns").delete_topic(TopicArn=old.physical_id)


class TopicPolicy(Replaced):
    """The policy of topics: stored, not enforced. Deleting it leaves the owner's access."""

    def create(self, wanted: Wanted) -> Deployed:
        self._set(wanted, as_text(wanted["PolicyDocument"]))
        return wanted.as_deployed(wanted.name)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            self._set(old.wanted, as_text({"Version": "2012-10-17", "Statement": []}))

    @staticmethod
    def _set(wanted: Wanted, policy: str) -> None:
        for arn in wanted["Topics"]:
            wanted.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


class Subscription(Replaced):
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
        with gone_is_fine():
            self._sns(old.wanted).unsubscribe(SubscriptionArn=old.physical_id)

    def _set(self, wanted: Wanted, arn: str, key: str) -> None:
        removed = "false" if key == "RawMessageDelivery" else ""
        value = as_text(wanted.get(key, removed))
        self._sns(wanted).set_subscription_attributes(SubscriptionArn=arn, AttributeName=key, AttributeValue=value)

    @staticmethod
    def _sns(wanted: Wanted) -> Any:
        return wanted.client("sns", region=wanted.get("Region") or wanted["TopicArn"].split(":")[3])
