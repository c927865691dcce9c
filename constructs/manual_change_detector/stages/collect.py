"""The collect stage: API calls that spokes forward are kept for a day, and those that Config may never record, told."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb

from manual_change.settings import CollectSettings
from manual_change_detector import permissions, props
from manual_change_detector.stage import Stage
from manual_change_detector.stages.ground import Ground


def wire_collect(collect: Stage, *, to: Stage, ground: Ground, calls_table: dynamodb.Table) -> None:
    """Keep calls; judge them with the policy; hand on those of people, to wait for their change."""
    keeping, organization = ground.keeping, ground.organization
    permissions.hand_on(collect, to.queue, keeping)
    permissions.permit_policy(collect, ground.policy_parameter)
    permissions.permit_items(collect, calls_table, keeping, "dynamodb:BatchWriteItem")
    if organization is not None:
        permissions.hand_on(collect, organization.quarantine, keeping)
        permissions.permit_items(collect, organization.table, keeping, "dynamodb:GetItem", "dynamodb:PutItem")
    permissions.permit_directory(collect, ground.directory)
    collect.configure(
        CollectSettings(
            detector=ground.detector,
            account_directory=ground.directory.setting,
            calls_table=calls_table.table_name,
            attributions_queue_url=to.queue.queue_url,
            policy_parameter=ground.policy_parameter.parameter_name,
            **ground.exclusions.of_accounts,
            **ground.place,
            **props.given(quarantine_queue_url=organization and organization.quarantine.queue_url),
        )
    )
