"""Reach: what a way of attribution has built and gives to the stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from manual_change_detector.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far the detector sees, and by what. As it is built here: CloudTrail of its own account."""

    asks_cloudtrail: bool = True
    """Whether the attribute stage asks CloudTrail of this account itself."""
    role_name: str = ""
    """The role of other accounts that may be assumed; empty: none."""
    function: lambda_.Function | None = None
    """Asks CloudTrail of other accounts instead."""
    calls_table: dynamodb.Table | None = None
    """Where the calls are that were forwarded."""
    collect: Stage | None = None
    """The stage that keeps them there."""
    looks: tuple[timedelta, ...] | None = None
    """When calls are looked for, unless the detector says otherwise; None: when CloudTrail is likely to know."""
