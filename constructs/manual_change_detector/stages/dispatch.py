"""The dispatch stage: notifications of AWS Config become changes."""

from __future__ import annotations

from datetime import timedelta

from manual_change.settings import DispatchSettings
from manual_change_detector import permissions, props
from manual_change_detector.stage import Stage
from manual_change_detector.stages.ground import Ground


def wire_dispatch(dispatch: Stage, *, to: Stage, ground: Ground, first_look: timedelta | None) -> None:
    """Fetch what an oversized notification left out; hand changes on. In a hub: quarantine what cannot be trusted."""
    permissions.hand_on(dispatch, to.queue, ground.keeping)
    permissions.permit_everywhere(dispatch, "config:GetResourceConfigHistory")
    permissions.permit_role_of_others(dispatch, ground.reach.role_name)
    organization = ground.organization
    if organization is not None:
        permissions.hand_on(dispatch, organization.quarantine, ground.keeping)
        permissions.permit_items(dispatch, organization.table, ground.keeping, "dynamodb:GetItem", "dynamodb:PutItem")
    permissions.permit_directory(dispatch, ground.directory)
    dispatch.configure(
        DispatchSettings(
            detector=ground.detector,
            account_directory=ground.directory.setting,
            attributions_queue_url=to.queue.queue_url,
            excluded_resource_types=ground.exclusions.resource_types,
            lookup_role_name=ground.reach.role_name,
            **ground.exclusions.of_accounts,
            **ground.place,
            **props.given(
                first_look=first_look,
                quarantine_queue_url=organization and organization.quarantine.queue_url,
                bare_messages=organization and organization.bare_messages,
            ),
        )
    )
