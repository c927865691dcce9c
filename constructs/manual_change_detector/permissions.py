"""What each stage may do besides emptying its queue and writing its log. No stage may change what it watches."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from manual_change_detector.stage import Stage
from manual_change_detector.storage import UNTOLD_INDEX


def permit_dispatch(dispatch: Stage, attribute: Stage) -> None:
    """Fetch what an oversized notification left out; hand changes on."""
    attribute.queue.grant_send_messages(dispatch.function)
    dispatch.function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["config:GetResourceConfigHistory"],
            resources=["*"],  # the action knows no resources
        )
    )


def permit_attribute(
    attribute: Stage, notify: Stage, findings_table: dynamodb.Table, policy_parameter: ssm.StringParameter
) -> None:
    """Ask CloudTrail, read the policy, remember what was explained; hand findings on, or look again later."""
    attribute.queue.grant_send_messages(attribute.function)
    notify.queue.grant_send_messages(attribute.function)
    attribute.function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["cloudtrail:LookupEvents"],
            resources=["*"],  # the action knows no resources
        )
    )
    attribute.function.add_to_role_policy(
        iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[policy_parameter.parameter_arn])
    )
    _permit_findings(attribute, findings_table)


def permit_notify(notify: Stage, findings_table: dynamodb.Table, secret: secretsmanager.ISecret) -> None:
    """Read the webhook; record what was sent."""
    _permit_findings(notify, findings_table)
    notify.function.add_to_role_policy(
        iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret.secret_arn])
    )
    if secret.encryption_key is not None:
        secret.encryption_key.grant_decrypt(notify.function)


def _permit_findings(stage: Stage, table: dynamodb.Table) -> None:
    index = f"{table.table_arn}/index/{UNTOLD_INDEX}"
    stage.function.add_to_role_policy(
        iam.PolicyStatement(
            actions=[
                "dynamodb:BatchGetItem",
                "dynamodb:ConditionCheckItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
            resources=[table.table_arn, index],
        )
    )
    key: kms.IKey | None = table.encryption_key
    if key is not None:
        key.grant_encrypt_decrypt(stage.function)
