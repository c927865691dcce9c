"""Keeping: how whatever holds data is encrypted, and what becomes of it when the stack goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

READ_AND_WRITE: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""What the services ask of the caller (DynamoDB developer guide, "DynamoDB encryption at rest: usage notes"; SQS
developer guide, "Key management"), spelled out: the CDK's grants have wildcards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """The same for every table, queue, log, secret and bucket of one detector."""

    encryption_key: kms.IKey | None
    """None: keys that AWS owns, without charge."""
    removal_policy: RemovalPolicy
    log_retention: logs.RetentionDays

    @property
    def protected(self) -> bool:
        """Whether data is to survive the removal of the stack."""
        return self.removal_policy in (RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    @property
    def table_encryption(self) -> dynamodb.TableEncryption:
        """Of a table that names the key, or none."""
        return dynamodb.TableEncryption.CUSTOMER_MANAGED if self.encryption_key else dynamodb.TableEncryption.DEFAULT

    def let_use_the_key(self, grantee: iam.IGrantable) -> None:
        """Let somebody read and write what SQS, DynamoDB or S3 encrypts with the key."""
        if self.encryption_key is not None:
            self.encryption_key.grant(grantee, *READ_AND_WRITE)

    def let_logs_use_the_key(self, stack: Stack) -> None:
        """CloudWatch Logs encrypts as itself, for which the CDK does not provide."""
        if self.encryption_key is None:
            return
        log_groups = stack.format_arn(
            service="logs", resource="log-group", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        self.encryption_key.grant_encrypt_decrypt(
            iam.ServicePrincipal(
                f"logs.{stack.region}.amazonaws.com",
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
            )
        )
