"""What is kept: findings, what a hub knows of its organization, and the secret that somebody fills in."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.keeping import Keeping

UNTOLD_INDEX: Final = "untold"
"""Findings that wait for the daily digest: sparse, so that it holds nothing else."""


def findings_table(scope: Construct, construct_id: str, *, keeping: Keeping) -> dynamodb.Table:
    """The table of findings: one item each, by id; what has been sent, and what is still to be told."""
    table = dynamodb.Table(
        scope,
        construct_id,
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="expires_at",
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        encryption=keeping.table_encryption,
        encryption_key=keeping.encryption_key,
        deletion_protection=keeping.protected,
        removal_policy=keeping.removal_policy,
    )
    table.add_global_secondary_index(
        index_name=UNTOLD_INDEX,
        partition_key=dynamodb.Attribute(name="untold", type=dynamodb.AttributeType.STRING),
        sort_key=dynamodb.Attribute(name="captured_at", type=dynamodb.AttributeType.STRING),
        projection_type=dynamodb.ProjectionType.ALL,
    )
    return table


def organization_table(scope: Construct, construct_id: str, *, keeping: Keeping) -> dynamodb.Table:
    """The table of a hub: by `id`, the places that reported, what is known of accounts, and whose turn it is.

    It is filled again by itself, but for the places: one that has been silent since a loss would not be missed.
    """
    return dynamodb.Table(
        scope,
        construct_id,
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="expires_at",
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        encryption=keeping.table_encryption,
        encryption_key=keeping.encryption_key,
        deletion_protection=keeping.protected,
        removal_policy=keeping.removal_policy,
    )


def empty_secret(scope: Construct, construct_id: str, *, keeping: Keeping) -> secretsmanager.Secret:
    """A secret without a value: the webhook URL never passes through a template.

    Until it is filled in, reading it fails with ResourceNotFoundException, and findings wait in their queue.
    """
    secret = secretsmanager.Secret(
        scope,
        construct_id,
        description="Slack incoming webhook of the manual-change detector: the URL itself",
        encryption_key=keeping.encryption_key,
        removal_policy=keeping.removal_policy,
    )
    resource = secret.node.default_child
    if isinstance(resource, secretsmanager.CfnSecret):
        resource.generate_secret_string = None  # the CDK would have a password made up, which is no webhook
    acknowledge(secret, rule="SMG4", reason="Slack issues the webhook; it is replaced in Slack, then filled in here")
    return secret
