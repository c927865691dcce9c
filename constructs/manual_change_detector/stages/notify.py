"""The notify stage: findings become messages."""

from __future__ import annotations

from datetime import timedelta

from aws_cdk import aws_events as events
from aws_cdk import aws_secretsmanager as secretsmanager

from manual_change.settings import NotifySettings
from manual_change_detector import permissions, props
from manual_change_detector.stage import Stage
from manual_change_detector.stages.ground import Ground


def wire_notify(
    notify: Stage,
    *,
    ground: Ground,
    secret: secretsmanager.ISecret,
    event_bus: events.IEventBus,
    event_bus_name: str | None,
    retention: timedelta | None,
    language: str | None,
    routes: str | None,
    start_url: str | None,
) -> None:
    """Read the webhook; record what was sent; put findings on the bus, and nothing that could be taken for others'."""
    keeping, organization = ground.keeping, ground.organization
    permissions.permit_items(
        notify,
        ground.findings_table,
        keeping,
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    )
    permissions.permit_untold(notify, ground.findings_table)
    secret.grant_read(notify.function)
    permissions.permit_telling(notify, event_bus)
    if organization is not None:
        permissions.permit_items(notify, organization.table, keeping, "dynamodb:GetItem", "dynamodb:PutItem")
    permissions.permit_directory(notify, ground.directory)
    notify.configure(
        NotifySettings(
            detector=ground.detector,
            account_directory=ground.directory.setting,
            account_names=ground.directory.names,
            findings_table=ground.findings_table.table_name,
            slack_secret_arn=secret.secret_arn,
            calls_are_told=ground.reach.collect is not None,
            **props.given(
                retention=retention,
                language=language,
                routes=routes,
                start_url=start_url,
                event_bus_name=event_bus_name,
                organization_table=organization and organization.table.table_name,
            ),
        )
    )
