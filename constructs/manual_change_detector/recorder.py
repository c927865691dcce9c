"""Recorder: AWS Config switched on in this account and region, publishing to a topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_cdk import Aws, Duration
from aws_cdk import aws_config as config
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.keeping import Keeping
from manual_change_detector.place import in_the_same_place

HISTORY_RETENTION: Final = Duration.days(2557)
"""Seven years: as long as AWS Config itself keeps configuration items by default."""


class Recorder(Construct):
    """The configuration recorder and its delivery channel, with the bucket, topic and role that they need."""

    bucket: s3.Bucket
    """Config's history and snapshot files. The detector does not read them; a delivery channel must have a bucket."""
    topic: sns.Topic
    """What the detector listens to. Not encrypted with KMS: AWS Config cannot publish with the key that SNS manages."""
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
        """See `ConfigSource.new_recorder` for what the options mean.

        Raises:
            ValueError: the stack, or another of the app in the same account and region, has a recorder already.
        """
        super().__init__(scope, construct_id)
        _refuse_a_second(self)
        self.bucket = self._bucket(history_retention, keeping)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=_config(),
            description="What AWS Config may read in this account",
            # Not the service-linked role: a template can neither create it where it exists nor use it where it does
            # not. AWS keeps this managed policy in step with the resource types that Config records.
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(_READS)],
        )
        acknowledge(
            self.role,
            rule=f"IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{_READS}]",
            reason="the policy that AWS keeps in step with what Config records; it only reads",
        )
        # Config delivers as the recorder's role and, where that fails, as its service principal: both may.
        for principal in (self.role, _config()):
            self._let_deliver(principal, keeping)

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
            s3_kms_key_arn=keeping.encryption_key.key_arn if keeping.encryption_key else None,
            sns_topic_arn=self.topic.topic_arn,
        )
        # No dependency between the two, in either direction: each waits for the other, and CloudFormation would hang
        # until it times out (aws/aws-cdk#3577). Both wait until delivery is allowed.
        for resource in (recorder, channel):
            resource.node.add_dependency(self.bucket, self.topic, self.role)

    def _bucket(self, history_retention: Duration, keeping: Keeping) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "History",
            encryption=s3.BucketEncryption.KMS if keeping.encryption_key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=keeping.encryption_key,
            bucket_key_enabled=True if keeping.encryption_key else None,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=history_retention, abort_incomplete_multipart_upload_after=Duration.days(7))
            ],
            removal_policy=keeping.removal_policy,
        )
        acknowledge(
            bucket, rule="S1", reason="only AWS Config writes here; who reads is in CloudTrail's data events, if wanted"
        )
        return bucket

    def _let_deliver(self, principal: iam.IPrincipal, keeping: Keeping) -> None:
        """What AWS Config checks and writes (developer guide, "Permissions for the Amazon S3 Bucket")."""
        files = self.bucket.arn_for_objects(f"AWSLogs/{Aws.ACCOUNT_ID}/Config/*")
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[principal],
                actions=["s3:GetBucketAcl", "s3:ListBucket"],
                resources=[self.bucket.bucket_arn],
            )
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[principal],
                actions=["s3:PutObject"],
                resources=[files],
                conditions={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            )
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(principals=[principal], actions=["sns:Publish"], resources=[self.topic.topic_arn])
        )
        keeping.let_use_the_key(principal)


_READS: Final = "service-role/AWS_ConfigRole"


def _config() -> iam.IPrincipal:
    """AWS Config, acting for this account and no other."""
    return iam.ServicePrincipal(
        "config.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    )


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
    for other in recorder.node.root.node.find_all():
        if isinstance(other, config.CfnConfigurationRecorder) and in_the_same_place(other, recorder):
            raise ValueError(
                f"{recorder.node.path} would be the second configuration recorder of its account and region, after "
                f"{other.node.path}; AWS Config allows one: use "
                "ConfigSource.existing_topic(first_detector.config_topic), or ConfigSource.event_bridge()"
            )
