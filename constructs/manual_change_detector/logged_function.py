"""A function of ours with the log that it writes, and a role that may write nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration, PhysicalName
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from manual_change_detector.keeping import Keeping
from manual_change_detector.runtime import ARCHITECTURE, RUNTIME


def logged_function(
    scope: Construct,
    *,
    code: lambda_.Code,
    handler: str,
    description: str,
    timeout: Duration,
    memory_size: int,
    keeping: Keeping,
    environment: Mapping[str, str] | None = None,
) -> tuple[logs.LogGroup, lambda_.Function]:
    """Make `Log`, `Role` and `Function`, parts of the construct `scope`.

    Args:
        scope: the construct.
        code: the Lambda asset.
        handler: what of it is called.
        description: for the Lambda console.
        timeout: of one invocation.
        memory_size: in MiB.
        keeping: how log and environment are encrypted, and what becomes of the log.
        environment: its variables. Left out: they are added later.
    """
    log_group = logs.LogGroup(
        scope,
        "Log",
        retention=keeping.log_retention,
        removal_policy=keeping.removal_policy,
        encryption_key=keeping.encryption_key,
    )
    role = iam.Role(
        scope,
        "Role",
        role_name=PhysicalName.GENERATE_IF_NEEDED,  # where a spoke of another account or region is in the app
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
    )
    log_group.grant_write(role)
    function = lambda_.Function(
        scope,
        "Function",
        runtime=RUNTIME,
        architecture=ARCHITECTURE,
        role=role,
        log_group=log_group,
        environment_encryption=keeping.encryption_key,
        code=code,
        handler=handler,
        description=description,
        timeout=timeout,
        memory_size=memory_size,
        environment=environment,
    )
    return log_group, function
