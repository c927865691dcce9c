"""The attribute stage: changes become findings."""

from __future__ import annotations

from datetime import timedelta

from manual_change.settings import AttributeSettings
from manual_change_detector import permissions, props
from manual_change_detector.stage import Stage
from manual_change_detector.stages.ground import Ground


def wire_attribute(
    attribute: Stage,
    *,
    to: Stage,
    ground: Ground,
    looks: tuple[timedelta, ...] | None,
    lookback: timedelta | None,
    daily_resource_types: tuple[str, ...],
) -> None:
    """Find the calls, read the policy, remember what was explained; hand findings on, or look again later."""
    keeping, reach, organization = ground.keeping, ground.reach, ground.organization
    permissions.hand_on(attribute, attribute.queue, keeping)
    permissions.hand_on(attribute, to.queue, keeping)
    if reach.asks_cloudtrail:
        permissions.permit_everywhere(attribute, "cloudtrail:LookupEvents")
    permissions.permit_policy(attribute, ground.policy_parameter)
    permissions.permit_items(attribute, ground.findings_table, keeping, "dynamodb:BatchGetItem", "dynamodb:PutItem")
    permissions.permit_role_of_others(attribute, reach.role_name)
    if reach.function is not None:
        permissions.permit_invoking(attribute, reach.function)
    if reach.calls_table is not None:
        permissions.permit_items(attribute, reach.calls_table, keeping, "dynamodb:Query")
    if organization is not None and reach.calls_table is None:  # turns, which nobody takes where nobody is asked
        permissions.permit_items(attribute, organization.table, keeping, "dynamodb:UpdateItem")
    attribute.configure(
        AttributeSettings(
            detector=ground.detector,
            attributions_queue_url=attribute.queue.queue_url,
            findings_queue_url=to.queue.queue_url,
            findings_table=ground.findings_table.table_name,
            policy_parameter=ground.policy_parameter.parameter_name,
            daily_resource_types=daily_resource_types,
            lookup_role_name=reach.role_name,
            **ground.place,
            **props.given(
                looks=looks,
                lookback=lookback,
                lookup_function=reach.function and reach.function.function_name,
                calls_table=reach.calls_table and reach.calls_table.table_name,
            ),
        )
    )
