# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's StackSets: stacks that really are in their accounts, and follow the set, the units and newcomers.

Rests on moto 5.2.5, `moto.cloudformation`: `StackSet.instances` (`StackInstances`) keeps the instances;
`StackInstances.create_instances` finds the accounts and `StackInstance` deploys to one, for service-managed sets into a
stack that nobody can see; `StackSet.update` leaves the instances as they are; `DeleteStackInstances` ignores units.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from moto.cloudformation import models
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from manual_change_local.cloud.seams.organizations import organization_of
from manual_change_local.cloud.seams.patches import Patches


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rollout:
    """One CreateStackInstances: where a set is deployed, and with which parameters of its own."""

    accounts: Sequence[str]
    regions: Sequence[str]
    targets: Mapping[str, Any]
    overrides: Mapping[str, str]
    permission_model: str


def open_stack_sets(patches: Patches) -> None:
    """Deploy into the accounts of units, never into the management account, and keep what is there up to date."""
    original_update = models.StackSet.update
    original_delete = CloudFormationResponse.delete_stack_instances

    def create_instances(
        instances: Any,
        accounts: list[str],
        regions: list[str],
        parameters: Any,
        deployment_targets: dict[str, Any],
        permission_model: str,
    ) -> list[dict[str, Any]]:
        rollout = _Rollout(
            accounts=tuple(accounts),
            regions=tuple(regions),
            targets=deployment_targets,
            overrides={} if isinstance(parameters, Mapping) else _as_mapping(parameters),  # moto: the set's own
            permission_model=permission_model,
        )
        instances.__dict__.setdefault("rollouts", []).append(rollout)
        return [instance.to_dict() for instance in _roll_out(instances, rollout)]

    def init(instance: Any, **given: Any) -> None:
        instance.account_id, instance.region_name = given["account_id"], given["region_name"]
        instance.stackset_id, instance.name = given["stackset_id"], given["name"]
        instance.stack_name = f"StackSet-{given['name']}-{uuid.uuid4()}"
        instance.parameters, instance.permission_model = given["parameters"], given["permission_model"]
        instance.stack = _backend(instance).create_stack(
            name=instance.stack_name, template=given["template"], parameters=given["parameters"]
        )

    def delete(instance: Any) -> None:
        _backend(instance).delete_stack(instance.stack_name)

    def describe(instance: Any) -> dict[str, Any]:
        return {
            "StackId": instance.stack.stack_id,
            "StackSetId": instance.stackset_id,
            "Region": instance.region_name,
            "Account": instance.account_id,
            "Status": "CURRENT",
            "ParameterOverrides": [],
            "StackInstanceStatus": {"DetailedStatus": "SUCCEEDED"},
        }

    def update(stack_set: Any, **options: Any) -> Any:
        operation = original_update(stack_set, **{**options, "accounts": [], "regions": []})
        stack_set.instances.template = stack_set.template
        stack_set.instances.parameters = stack_set.parameters
        for instance in stack_set.stack_instances:
            _update(instance, stack_set.template, {**_as_mapping(stack_set.parameters), **instance.overrides})
        return operation

    def keeping_automatic(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(response: Any) -> Any:
            answered = original(response)
            automatic = response._get_params().get("AutoDeployment")
            if automatic:
                stack_set = response.cloudformation_backend.describe_stack_set(response._get_param("StackSetName"))
                stack_set.instances.automatic = str(automatic.get("Enabled")).lower() == "true"
            return answered

        return answer

    def delete_stack_instances(response: Any) -> Any:
        targets = response._get_params().get("DeploymentTargets")
        if targets:
            stack_set = response.cloudformation_backend.describe_stack_set(response._get_param("StackSetName"))
            regions = response._get_param("Regions", [])
            _withdraw(stack_set.instances, targets, regions)
            stack_set.delete_stack_instances(accounts_of(response.current_account, targets), regions)
            return ActionResult({"OperationId": stack_set.operations[-1]["OperationId"]})
        return original_delete(response)

    patches.replace(models.StackInstances, "create_instances", create_instances)
    patches.replace(models.StackInstance, "__init__", init)
    patches.replace(models.StackInstance, "delete", delete)
    patches.replace(models.StackInstance, "to_dict", describe)
    patches.replace(models.StackSet, "update", update)
    for name in ("create_stack_set", "update_stack_set"):
        patches.replace(CloudFormationResponse, name, keeping_automatic(getattr(CloudFormationResponse, name)))
    patches.replace(CloudFormationResponse, "delete_stack_instances", delete_stack_instances)


def deploy_to_newcomers() -> None:
    """Deploy every set with automatic deployment to the accounts of its units that lack it."""
    for account in list(cloudformation_backends.values()):
        for backend in list(account.values()):
            for stack_set in list(backend.stacksets.values()):
                if getattr(stack_set.instances, "automatic", False):
                    for rollout in stack_set.instances.__dict__.get("rollouts", ()):
                        _roll_out(stack_set.instances, rollout)


def accounts_of(caller: str, targets: Mapping[str, Any]) -> list[str]:
    """The active accounts of units and of the units below them. Source: API reference, `DeploymentTargets`."""
    organization = organization_of(caller)
    units = set(_with_units_below(organization, targets.get("OrganizationalUnitIds", ())))
    members = [
        account.id
        for account in organization.accounts
        if account.parent_id in units and account.status == "ACTIVE" and account.id != account.master_account_id
    ]
    named = targets.get("Accounts", ())
    match targets.get("AccountFilterType", "NONE"):
        case "INTERSECTION":
            return [account for account in members if account in named]
        case "DIFFERENCE":
            return [account for account in members if account not in named]
        case "UNION":
            return members + [account for account in named if account not in members]
    return members


def _with_units_below(organization: Any, units: Sequence[str]) -> Iterator[str]:
    for unit in units:
        yield unit
        yield from _with_units_below(organization, [below.id for below in organization.ou if below.parent_id == unit])


def _roll_out(instances: Any, rollout: _Rollout) -> list[Any]:
    """The instances that were made because they were missing."""
    reached = accounts_of(instances.account_id, rollout.targets) if rollout.targets else rollout.accounts
    made = []
    for account, region in [(account, region) for region in rollout.regions for account in reached]:
        if instances.get_instance(account, region) is None:
            try:
                instance = models.StackInstance(
                    account_id=account,
                    region_name=region,
                    stackset_id=instances.stackset_id,
                    stack_name=instances.stack_name,
                    name=instances.stackset_name,
                    template=instances.template,
                    parameters={**_as_mapping(instances.parameters), **rollout.overrides},
                    permission_model=rollout.permission_model,
                )
            except ValidationError as error:
                raise ValidationError(message=f"in {account}/{region}: {error.message}") from error
            instance.overrides = rollout.overrides
            instances.stack_instances.append(instance)
            made.append(instance)
    return made


def _update(instance: Any, template: str, parameters: Mapping[str, str]) -> None:
    if instance.stack.has_template(template) and instance.parameters == parameters:
        return
    instance.parameters = dict(parameters)
    pairs = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    _backend(instance).update_stack(
        name=instance.stack_name, template=template, role_arn=None, parameters=pairs, tags=None
    )


def _withdraw(instances: Any, targets: Mapping[str, Any], regions: Sequence[str]) -> None:
    """Newcomers of these units get nothing there any more."""
    units = targets.get("OrganizationalUnitIds", ())
    rollouts = instances.__dict__.get("rollouts", [])
    instances.rollouts = [
        replace(rollout, regions=[region for region in rollout.regions if region not in regions])
        if set(rollout.targets.get("OrganizationalUnitIds", ())) <= set(units)
        else rollout
        for rollout in rollouts
    ]


def _backend(instance: Any) -> Any:
    return cloudformation_backends[instance.account_id][instance.region_name]


def _as_mapping(parameters: Any) -> dict[str, str]:
    """moto keeps parameters as a mapping, or as the API's list."""
    if isinstance(parameters, Mapping):
        return dict(parameters)
    return {pair["ParameterKey"]: pair["ParameterValue"] for pair in parameters or ()}
