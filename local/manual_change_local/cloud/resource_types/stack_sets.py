"""StackSets. Source: AWS CloudFormation template reference, `AWS::CloudFormation::StackSet`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from manual_change_local.cloud.resource_types.contract import Deployed, Replaced, Wanted, gone_is_fine


class StackSet(Replaced):
    """A template in many accounts and regions. moto does not know the type."""

    name_property = "StackSetName"
    attributes = ("StackSetId",)

    def create(self, wanted: Wanted) -> Deployed:
        settings = wanted.only("PermissionModel", "Tags")
        made = wanted.client("cloudformation").create_stack_set(
            StackSetName=wanted.name, **settings, **self._settings(wanted)
        )
        deployed = wanted.as_deployed(made["StackSetId"], StackSetId=made["StackSetId"])
        try:
            self._deploy(wanted, wanted.name)
        except ClientError:
            self.delete(deployed)
            raise
        return deployed

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "StackSetName", "PermissionModel"):
            return super().update(old, new)
        for group in old.wanted.get("StackInstancesGroup", ()):
            if group not in new.get("StackInstancesGroup", ()):
                self._withdraw(old, group)
        new.client("cloudformation").update_stack_set(StackSetName=old.physical_id, **self._settings(new))
        self._deploy(new, old.physical_id)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            for group in old.wanted.get("StackInstancesGroup", ()):
                self._withdraw(old, group)
            old.wanted.client("cloudformation").delete_stack_set(StackSetName=old.physical_id)

    @staticmethod
    def _settings(wanted: Wanted) -> dict[str, Any]:
        return wanted.only("TemplateBody", "TemplateURL", "Parameters", "Description", "Capabilities", "AutoDeployment")

    @staticmethod
    def _deploy(wanted: Wanted, name: str) -> None:
        for group in wanted.get("StackInstancesGroup", ()):
            wanted.client("cloudformation").create_stack_instances(
                StackSetName=name, **_where(group), ParameterOverrides=group.get("ParameterOverrides", [])
            )

    @staticmethod
    def _withdraw(old: Deployed, group: Mapping[str, Any]) -> None:
        old.wanted.client("cloudformation").delete_stack_instances(
            StackSetName=old.physical_id, **_where(group), RetainStacks=False
        )


def _where(group: Mapping[str, Any]) -> dict[str, Any]:
    """Units with their filter, or accounts alone: the API has them in two places."""
    targets = group["DeploymentTargets"]
    where = {"DeploymentTargets": targets} if "OrganizationalUnitIds" in targets else {"Accounts": targets["Accounts"]}
    return {"Regions": group["Regions"], **where}
