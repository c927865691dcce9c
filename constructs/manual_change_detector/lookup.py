"""Lookup: the function that asks CloudTrail of other accounts as Control Tower's audit role."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from manual_change.settings import LookupSettings
from manual_change_detector.keeping import Keeping
from manual_change_detector.runtime import ARCHITECTURE, RUNTIME, lambda_code

EXECUTION_ROLE: Final = "aws-controltower-ReadOnlyExecutionRole"
"""Control Tower has it in each account that it manages; only the audit account's role may assume it."""


class Lookup(Construct):
    """One request to LookupEvents for each invocation.

    Its role is Control Tower's, which no template may edit. It may write every log group (AWS's managed policy
    AWSLambdaExecute), so that ours needs no grant; it may not use a key, so that the environment, which holds a role's
    name and no secret, is encrypted with Lambda's own.
    """

    function: lambda_.Function
    log_group: logs.LogGroup
    alarm: cloudwatch.Alarm

    def __init__(
        self, scope: Construct, construct_id: str, *, audit_role: str, execution_role: str, keeping: Keeping
    ) -> None:
        """See `Attribution.control_tower_audit_role` for the roles."""
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Log",
            retention=keeping.log_retention,
            removal_policy=keeping.removal_policy,
            encryption_key=keeping.encryption_key,
        )
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=lambda_code(),
            handler="manual_change.handlers.lookup.handler",
            description=f"Asks CloudTrail of other accounts ({scope.node.path})",
            role=iam.Role.from_role_name(self, "Role", audit_role, mutable=False),
            log_group=self.log_group,
            timeout=Duration.minutes(1),
            memory_size=256,
            environment=LookupSettings(detector=scope.node.path, execution_role_name=execution_role).to_environment(),
        )
        self.alarm = self.function.metric_errors(period=Duration.minutes(5), statistic="Sum").create_alarm(
            self,
            "ErrorsAlarm",
            alarm_description="CloudTrail of other accounts cannot be asked: does Control Tower still have its "
            "read-only roles? What waits is asked again",
            threshold=0,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
