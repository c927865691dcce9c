"""The table of forwarded API calls: a day of them, by account, region and hour."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.keeping import Keeping


def calls_table(scope: Construct, construct_id: str, *, keeping: Keeping) -> dynamodb.Table:
    """One item for each call: `place` is account, region and hour (`111122223333|eu-west-1|2026-11-22T12`), `call` its
    time and id. Nothing is lost with it that CloudTrail does not have: it may go with the stack."""
    table = dynamodb.Table(
        scope,
        construct_id,
        partition_key=dynamodb.Attribute(name="place", type=dynamodb.AttributeType.STRING),
        sort_key=dynamodb.Attribute(name="call", type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="expires_at",
        encryption=keeping.table_encryption,
        encryption_key=keeping.encryption_key,
        removal_policy=keeping.removal_policy,
    )
    acknowledge(table, rule="DDB3", reason="a day of calls, each of which CloudTrail keeps for 90; nothing to recover")
    return table
