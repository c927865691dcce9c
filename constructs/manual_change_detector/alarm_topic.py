"""Where alarms go: a topic that needs neither Slack nor the detector's functions nor its key."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as cloudwatch_actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct


def provide_alarm_topic(scope: Construct, construct_id: str, *, existing: sns.ITopic | None) -> sns.ITopic:
    """The topic of the alarms: the existing one, or a new one that waits for subscribers.

    A new one has no KMS key. CloudWatch cannot publish with the key that SNS manages (`alias/aws/sns`), and with the
    detector's own key whoever disables it would silence the detector and the alarm at once. What is published names
    alarms, resources and principals, and holds no secret.
    """
    topic = existing or sns.Topic(scope, construct_id, display_name="Manual change detector", enforce_ssl=True)
    # A topic with a policy of its own (enforce_ssl gives it one) no longer lets alarms in by itself.
    alarms = Stack.of(scope).format_arn(
        service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}, "ArnLike": {"aws:SourceArn": alarms}},
        )
    )
    return topic


def tell(topic: sns.ITopic, *alarms: cloudwatch.Alarm) -> None:
    """Publish when an alarm rings, and when it is over."""
    action = cloudwatch_actions.SnsAction(topic)
    for alarm in alarms:
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)


def publisher(scope: Construct, construct_id: str, *, topic: sns.ITopic, description: str) -> iam.Role:
    """A role with which EventBridge publishes to a topic.

    A role, because EventBridge sends no condition keys to a topic's policy ("You can't use Condition blocks in Amazon
    SNS topic policies for EventBridge", EventBridge user guide): a statement there would let in rules of any account.
    Assuming a role it does (EventBridge user guide, "Cross-service confused deputy prevention").
    """
    role = iam.Role(scope, construct_id, assumed_by=for_rules_of_ours(scope), description=description)
    role.add_to_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[topic.topic_arn]))
    return role


def for_rules_of_ours(scope: Construct, *, called: str = "*") -> iam.ServicePrincipal:
    """EventBridge, for rules of this account and region, and for nobody else's that name the role."""
    ours = Stack.of(scope).format_arn(service="events", resource="rule", resource_name=called)
    return iam.ServicePrincipal(
        "events.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}, "ArnLike": {"aws:SourceArn": ours}},
    )
