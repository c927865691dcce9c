"""What each stage may do besides emptying its queue and writing its log. No stage may change what it watches."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from manual_change.settings import FINDING_DETAIL_TYPE, FINDING_SOURCE
from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.keeping import Keeping
from manual_change_detector.stage import Stage
from manual_change_detector.storage import UNTOLD_INDEX


def permit_dispatch(dispatch: Stage, attribute: Stage, *, keeping: Keeping) -> None:
    """Fetch what an oversized notification left out; hand changes on."""
    _hand_on(dispatch, attribute, keeping)
    _permit_everywhere(dispatch, "config:GetResourceConfigHistory")


def permit_attribute(
    attribute: Stage,
    notify: Stage,
    *,
    findings_table: dynamodb.Table,
    policy_parameter: ssm.StringParameter,
    keeping: Keeping,
) -> None:
    """Ask CloudTrail, read the policy, remember what was explained; hand findings on, or look again later."""
    _hand_on(attribute, attribute, keeping)
    _hand_on(attribute, notify, keeping)
    _permit_everywhere(attribute, "cloudtrail:LookupEvents")
    attribute.function.add_to_role_policy(
        iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[policy_parameter.parameter_arn])
    )
    _permit_items(attribute, findings_table, keeping, "dynamodb:BatchGetItem", "dynamodb:PutItem")


def permit_notify(
    notify: Stage,
    *,
    findings_table: dynamodb.Table,
    secret: secretsmanager.ISecret,
    event_bus: events.IEventBus,
    keeping: Keeping,
) -> None:
    """Read the webhook; record what was sent; put findings on the bus, and nothing that could be taken for others'."""
    _permit_items(notify, findings_table, keeping, "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
    notify.function.add_to_role_policy(
        iam.PolicyStatement(actions=["dynamodb:Query"], resources=[f"{findings_table.table_arn}/index/{UNTOLD_INDEX}"])
    )
    secret.grant_read(notify.function)
    notify.function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["events:PutEvents"],
            resources=[event_bus.event_bus_arn],
            conditions={"StringEquals": {"events:source": FINDING_SOURCE, "events:detail-type": FINDING_DETAIL_TYPE}},
        )
    )


def _hand_on(giver: Stage, taker: Stage, keeping: Keeping) -> None:
    taker.queue.grant(giver.function, "sqs:SendMessage")
    keeping.let_use_the_key(giver.function)


def _permit_items(stage: Stage, table: dynamodb.Table, keeping: Keeping, *actions: str) -> None:
    """Items are read and written, never deleted: their time to live does that."""
    stage.function.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[table.table_arn]))
    keeping.let_use_the_key(stage.function)


def _permit_everywhere(stage: Stage, action: str) -> None:
    stage.function.add_to_role_policy(iam.PolicyStatement(actions=[action], resources=["*"]))
    acknowledge(stage, rule="IAM5[Resource::*]", reason=f"{action} only reads, and cannot be limited to resources")
