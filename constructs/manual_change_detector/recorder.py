"""Recorder: AWS Config switched on in this account and region, publishing to a topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_config as config
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from manual_change_detector.keeping import Keeping

HISTORY_RETENTION: Final = Duration.days(2557)
"""Seven years: as long as AWS Config itself keeps configuration items by default."""

CONFIG: Final = "config.amazonaws.com"


class Recorder(Construct):
    """The configuration recorder and its delivery channel, with the bucket, topic and role that they need."""

    topic: sns.Topic
    bucket: s3.Bucket
    role: iam.Role

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        include_global_resource_types: bool,
        daily_resource_types: Sequence[str],
        history_retention: Duration,
        keeping: Keeping,
    ) -> None:
        """See `ConfigSource.new_recorder` for what the options mean."""
        super().__init__(scope, construct_id)
        _refuse_a_second(self)
        encryption_key = keeping.encryption_key
        only_here = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}

        self.bucket = s3.Bucket(
            self,
            "History",
            encryption=s3.BucketEncryption.KMS if encryption_key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=encryption_key,
            bucket_key_enabled=True if encryption_key else None,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=history_retention, abort_incomplete_multipart_upload_after=Duration.days(7))
            ],
            removal_policy=keeping.removal_policy,
        )
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=encryption_key)
        files = self.bucket.arn_for_objects(f"AWSLogs/{Aws.ACCOUNT_ID}/Config/*")
        owned = {"s3:x-amz-acl": "bucket-owner-full-control"}

        # Config writes as the recorder's role and, where that fails, as its service principal.
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ConfigChecksTheBucket",
                principals=[iam.ServicePrincipal(CONFIG)],
                actions=["s3:GetBucketAcl", "s3:ListBucket"],
                resources=[self.bucket.bucket_arn],
                conditions=only_here,
            )
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ConfigDelivers",
                principals=[iam.ServicePrincipal(CONFIG)],
                actions=["s3:PutObject"],
                resources=[files],
                conditions={"StringEquals": {**only_here["StringEquals"], **owned}},
            )
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="ConfigPublishes",
                principals=[iam.ServicePrincipal(CONFIG)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=only_here,
            )
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(CONFIG, conditions=only_here),
            description="What AWS Config may read in this account, and where it delivers",
            # Not the service-linked role: a template can neither create it where it exists nor do without where it
            # does not. AWS keeps the managed policy in step with the types that Config records.
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWS_ConfigRole")],
            inline_policies={
                "Deliver": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            actions=["s3:GetBucketAcl", "s3:ListBucket"], resources=[self.bucket.bucket_arn]
                        ),
                        iam.PolicyStatement(
                            actions=["s3:PutObject"], resources=[files], conditions={"StringEquals": owned}
                        ),
                        iam.PolicyStatement(actions=["sns:Publish"], resources=[self.topic.topic_arn]),
                    ]
                )
            },
        )
        if encryption_key:
            encryption_key.grant_encrypt_decrypt(self.role)
            encryption_key.grant_encrypt_decrypt(iam.ServicePrincipal(CONFIG, conditions=only_here))

        recorder = config.CfnConfigurationRecorder(
            self,
            "Recorder",
            role_arn=self.role.role_arn,
            recording_group=config.CfnConfigurationRecorder.RecordingGroupProperty(
                all_supported=True, include_global_resource_types=include_global_resource_types
            ),
            recording_mode=_recording_mode(daily_resource_types),
        )
        channel = config.CfnDeliveryChannel(
            self,
            "Channel",
            s3_bucket_name=self.bucket.bucket_name,
            s3_kms_key_arn=encryption_key.key_arn if encryption_key else None,
            sns_topic_arn=self.topic.topic_arn,
        )
        # No dependency between the two, in either direction: each waits for the other, and CloudFormation would hang
        # until it times out (aws/aws-cdk#3577). Both need to be allowed to deliver first.
        for resource in (recorder, channel):
            for allowed in (self.bucket.policy, self.topic, self.role):
                if allowed is not None:
                    resource.node.add_dependency(allowed)


def _recording_mode(daily: Sequence[str]) -> config.CfnConfigurationRecorder.RecordingModeProperty | None:
    if not daily:
        return None
    return config.CfnConfigurationRecorder.RecordingModeProperty(
        recording_frequency="CONTINUOUS",
        recording_mode_overrides=[
            config.CfnConfigurationRecorder.RecordingModeOverrideProperty(
                recording_frequency="DAILY", resource_types=list(daily)
            )
        ],
    )


def _refuse_a_second(recorder: Recorder) -> None:
    first = next(
        (other for other in Stack.of(recorder).node.find_all() if isinstance(other, config.CfnConfigurationRecorder)),
        None,
    )
    if first is not None:
        raise ValueError(
            f"{recorder.node.path} would be the second configuration recorder of its stack, after {first.node.path}; "
            "AWS Config allows one in an account and region: "
            "use ConfigSource.existing_topic(first_detector.config_topic), or ConfigSource.event_bridge()"
        )
