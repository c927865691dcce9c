"""Organization: what a hub adds to the stages of its detector."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Many accounts deliver here: none delays another, and nothing that arrives is trusted."""

    table: dynamodb.Table
    """Places that reported, what is known of accounts, whose turn it is (`storage.organization_table`)."""
    quarantine: sqs.Queue
    """Where goes what says that it is about another account than the one it came from."""
    bare_messages: bool
    """Whether notifications also come from a topic, without the envelope of EventBridge."""
