"""What a stage may be given besides emptying its queue and writing its log. No stage may change what it watches."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from manual_change.settings import FINDING_DETAIL_TYPE, FINDING_SOURCE
from manual_change_detector.accounts import Directory
from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.coverage import Coverage
from manual_change_detector.keeping import Keeping
from manual_change_detector.spoke import permit_asking_about_rules
from manual_change_detector.stage import Stage
from manual_change_detector.storage import UNTOLD_INDEX


def hand_on(giver: Stage, queue: sqs.Queue, keeping: Keeping) -> None:
    """Send messages to a queue."""
    queue.grant(giver.function, "sqs:SendMessage")
    keeping.let_use_the_key(giver.function)


def permit_items(stage: Stage | Coverage, table: dynamodb.Table, keeping: Keeping, *actions: str) -> None:
    """Items are read and written, never deleted: their time to live does that."""
    _allow(stage, *actions, on=table.table_arn)
    keeping.let_use_the_key(stage.function)


def permit_untold(stage: Stage, findings_table: dynamodb.Table) -> None:
    """Read what waits for the daily digest."""
    _allow(stage, "dynamodb:Query", on=f"{findings_table.table_arn}/index/{UNTOLD_INDEX}")


def permit_policy(stage: Stage, policy_parameter: ssm.StringParameter) -> None:
    """Read whom to trust."""
    _allow(stage, "ssm:GetParameter", on=policy_parameter.parameter_arn)


def permit_invoking(stage: Stage, function: lambda_.Function) -> None:
    """Invoke one function, as it is deployed."""
    _allow(stage, "lambda:InvokeFunction", on=function.function_arn)


def permit_telling(stage: Stage, event_bus: events.IEventBus) -> None:
    """Put findings on a bus, and nothing else."""
    stage.function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["events:PutEvents"],
            resources=[event_bus.event_bus_arn],
            conditions={"StringEquals": {"events:source": FINDING_SOURCE, "events:detail-type": FINDING_DETAIL_TYPE}},
        )
    )


def permit_everywhere(stage: Stage | Coverage, action: str) -> None:
    """An action that knows no resources."""
    _allow(stage, action, on="*")
    acknowledge(stage, rule="IAM5[Resource::*]", reason=f"{action} only reads, and cannot be limited to resources")


def permit_role_of_others(stage: Stage | Coverage, role_name: str) -> None:
    """Assume the role of this name in the accounts of the organization; nothing where the name is empty.

    A role of the same name in a stranger's account is out of reach: `aws:ResourceOrgID` is the organization of the role
    that is assumed (IAM user guide, "AWS global condition context keys"; awslabs/data-perimeter-helper).
    """
    if not role_name:
        return
    stage.function.add_to_role_policy(
        iam.PolicyStatement(
            actions=["sts:AssumeRole"],
            resources=[f"arn:{Aws.PARTITION}:iam::*:role/{role_name}"],
            conditions={"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
        )
    )
    acknowledge(
        stage,
        rule=f"IAM5[Resource::arn:<AWS::Partition>:iam::*:role/{role_name}]",
        reason="one role, by its name, in each account of the organization, which only reads",
    )


def permit_directory(stage: Stage, directory: Directory) -> None:
    """Read names and organizational units of accounts."""
    directory.let_read(stage.function)
    _acknowledge_reading(stage, directory)


def permit_survey(coverage: Coverage, table: dynamodb.Table, directory: Directory, keeping: Keeping) -> None:
    """Read which places reported, write down who answered; ask the hub's own account as others are asked."""
    permit_items(coverage, table, keeping, "dynamodb:PutItem", "dynamodb:Scan")
    directory.let_list(coverage.function)
    _acknowledge_reading(coverage, directory)
    for action in (
        "config:DescribeConfigurationRecorderStatus",
        "config:DescribeDeliveryChannelStatus",
        "events:TestEventPattern",
    ):
        permit_everywhere(coverage, action)
    permit_asking_about_rules(coverage.function)


def _acknowledge_reading(part: Stage | Coverage, directory: Directory) -> None:
    if "*" in directory.of and directory.reads:
        acknowledge(
            part,
            rule="IAM5[Resource::*]",
            reason="who is in the organization is only read, and its members are not known here",
        )


def _allow(stage: Stage | Coverage, *actions: str, on: str) -> None:
    stage.function.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[on]))
