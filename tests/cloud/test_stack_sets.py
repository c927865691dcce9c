"""StackSets: into the accounts of organizational units, and what follows them there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manual_change_local.cloud import CloudError, EmbeddedCloud
from manual_change_local.cloud.organization import Organization

pytestmark = pytest.mark.xdist_group("cloud")

AUDIT = "222222222222"
PROD = "111111111111"
SANDBOX = "333333333333"
REGIONS = ("eu-west-1", "eu-central-1")


@pytest.fixture
def organization(cloud: EmbeddedCloud) -> Organization:
    """The management account is in no unit, and the units are in one another."""
    return cloud.organization({"Security": [AUDIT], "Workloads/Prod": [PROD], "Sandbox": [SANDBOX]})


def member_template(message: str = "hello") -> dict[str, Any]:
    """What is deployed to each account: a parameter that says something."""
    said = {"Type": "String", "Name": "said", "Value": {"Fn::Sub": f"{message} ${{Whom}}"}}
    return {
        "Parameters": {"Whom": {"Type": "String", "Default": "nobody"}},
        "Resources": {"Said": {"Type": "AWS::SSM::Parameter", "Properties": said}},
    }


def deploy(
    cloud: EmbeddedCloud,
    *units: str,
    message: str = "hello",
    whom: str = "all",
    regions: tuple[str, ...] = REGIONS,
    automatic: bool = True,
    but: str | None = None,
    override: str | None = None,
) -> None:
    """A stack in the audit account with a StackSet for these units."""
    targets: dict[str, Any] = {"OrganizationalUnitIds": list(units)}
    if but:
        targets |= {"AccountFilterType": "DIFFERENCE", "Accounts": [but]}
    group: dict[str, Any] = {"DeploymentTargets": targets, "Regions": list(regions)}
    if override:
        group["ParameterOverrides"] = [{"ParameterKey": "Whom", "ParameterValue": override}]
    properties = {
        "StackSetName": "spokes",
        "PermissionModel": "SERVICE_MANAGED",
        "CallAs": "DELEGATED_ADMIN",
        "AutoDeployment": {"Enabled": automatic, "RetainStacksOnAccountRemoval": False},
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Parameters": [{"ParameterKey": "Whom", "ParameterValue": whom}],
        "TemplateBody": json.dumps(member_template(message)),
        "StackInstancesGroup": [group],
    }
    template = {"Resources": {"Spokes": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}}}
    cloud.deploy(template, stack_name="Hub", account=AUDIT)


def said(cloud: EmbeddedCloud, account: str, region: str = "eu-west-1") -> str | None:
    """What the member stack says there, None where there is none."""
    ssm = cloud.client("ssm", account=account, region=region)
    found = ssm.get_parameters(Names=["said"])["Parameters"]
    return found[0]["Value"] if found else None


def test_it_reaches_the_accounts_of_the_units_below(cloud: EmbeddedCloud, organization: Organization) -> None:
    """In every region, and no account of another unit."""
    deploy(cloud, organization.units["Workloads"])

    assert ["hello all"] * 2 == [said(cloud, PROD, region) for region in REGIONS]
    assert [None, None, None] == [said(cloud, account) for account in (AUDIT, SANDBOX, organization.management)]


def test_the_management_account_is_left_out(cloud: EmbeddedCloud, organization: Organization) -> None:
    """Although it is below the root."""
    deploy(cloud, organization.root)

    reached = [said(cloud, account) for account in (organization.management, AUDIT, PROD, SANDBOX)]
    assert [None, "hello all", "hello all", "hello all"] == reached


def test_stacks_are_there_to_be_seen(cloud: EmbeddedCloud, organization: Organization) -> None:
    """As AWS names them."""
    deploy(cloud, organization.units["Workloads"])

    stacks = cloud.client("cloudformation", account=PROD).list_stacks()["StackSummaries"]
    assert [True] == [stack["StackName"].startswith("StackSet-spokes-") for stack in stacks]


def test_an_update_follows(cloud: EmbeddedCloud, organization: Organization) -> None:
    """A new template and new parameters reach every instance."""
    deploy(cloud, organization.units["Workloads"])
    deploy(cloud, organization.units["Workloads"], message="goodbye", whom="some")

    assert ["goodbye some"] * 2 == [said(cloud, PROD, region) for region in REGIONS]


def test_other_units_and_regions_take_the_place_of_the_old_ones(
    cloud: EmbeddedCloud, organization: Organization
) -> None:
    """What is no longer meant is deleted."""
    deploy(cloud, organization.units["Workloads"])
    deploy(cloud, organization.units["Sandbox"], regions=("eu-west-1",))

    assert [None, "hello all", None] == [
        said(cloud, PROD), said(cloud, SANDBOX), said(cloud, SANDBOX, "eu-central-1")
    ]  # fmt: skip


def test_it_goes_with_its_stack(cloud: EmbeddedCloud, organization: Organization) -> None:
    """From every account."""
    deploy(cloud, organization.units["Workloads"], organization.units["Sandbox"])

    cloud.client("cloudformation", account=AUDIT).delete_stack(StackName="Hub")

    assert [None, None] == [said(cloud, PROD), said(cloud, SANDBOX)]


@pytest.mark.parametrize(("automatic", "expected"), [(True, "hello all"), (False, None)])
def test_an_account_that_joins_later_gets_it(
    cloud: EmbeddedCloud, organization: Organization, automatic: bool, expected: str | None
) -> None:
    """With automatic deployment."""
    deploy(cloud, organization.units["Workloads"], automatic=automatic)

    organization.join("444444444444", "Workloads/Test")

    assert expected == said(cloud, "444444444444")


def test_a_template_that_an_account_cannot_take_fails_the_deployment(
    cloud: EmbeddedCloud, organization: Organization
) -> None:
    """Which account is said, and the set is gone again."""
    cloud.client("ssm", account=SANDBOX).put_parameter(Name="said", Value="mine", Type="String")

    with pytest.raises(CloudError, match=f"in {SANDBOX}/eu-west-1: Said "):
        deploy(cloud, organization.units["Workloads"], organization.units["Sandbox"])

    assert ("mine", None) == (said(cloud, SANDBOX), said(cloud, PROD))


def test_accounts_can_be_left_out(cloud: EmbeddedCloud, organization: Organization) -> None:
    """`AccountFilterType` DIFFERENCE."""
    deploy(cloud, organization.root, but=SANDBOX)

    assert ("hello all", None) == (said(cloud, PROD), said(cloud, SANDBOX))


def test_a_parameter_of_some_accounts_own_outlives_an_update(cloud: EmbeddedCloud, organization: Organization) -> None:
    """It goes before the set's."""
    deploy(cloud, organization.units["Workloads"], override="prod")
    deploy(cloud, organization.units["Workloads"], override="prod", message="goodbye", whom="some")

    assert "goodbye prod" == said(cloud, PROD)


def test_automatic_deployment_can_be_switched_off(cloud: EmbeddedCloud, organization: Organization) -> None:
    """What is there stays."""
    deploy(cloud, organization.units["Workloads"])
    deploy(cloud, organization.units["Workloads"], automatic=False)
    organization.join("444444444444", "Workloads/Test")

    assert ("hello all", None) == (said(cloud, PROD), said(cloud, "444444444444"))
