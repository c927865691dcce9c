"""The shop: a queue of orders, the role that deploys it, and the detector, added to the stack as it was."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from manual_change_detector import ConfigSource, ManualChangeDetector, Policy, TrustedPrincipal


class ShopStack(Stack):
    """What the team runs. AWS Config is on in this account, and publishes to a topic."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        sqs.Queue(self, "Orders", enforce_ssl=True)
        release = iam.Role(self, "Release", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
        config_topic = sns.Topic.from_topic_arn(
            self, "ConfigTopic", self.format_arn(service="sns", resource="config-topic")
        )

        ManualChangeDetector(
            self,
            "ManualChangeDetector",
            config_source=ConfigSource.existing_topic(config_topic),
            policy=Policy(trusted_principals=[TrustedPrincipal(release.role_arn, reason="the release pipeline")]),
        )
