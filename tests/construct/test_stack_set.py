"""The stack set that brings spokes: where to, with what, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnStackSet, Environment, Stack
from aws_cdk.assertions import Annotations, Match

from manual_change_detector import Attribution, ManualChangeDetectorHub
from manual_change_detector.spoke_stack_set import TEMPLATE_LIMIT, spoke_stack_set

UNITS = ["ou-ab12-11111111", "ou-ab12-22222222"]
REGIONS = ["eu-west-1", "us-east-1"]


def with_spokes(stack: Stack, **given: Any) -> None:
    """A hub that streams people's calls, and its spokes."""
    hub = ManualChangeDetectorHub(
        stack, "Hub", organization_id="o-abcde12345", attribution=Attribution.stream(people_only=True)
    )
    hub.spoke_stack_set(**({"organizational_units": UNITS, "regions": REGIONS} | given))


@pytest.fixture(scope="module")
def synthesised(synthesise: Any) -> Any:
    """Both."""
    return synthesise(with_spokes)


@pytest.fixture(scope="module")
def stack_set(synthesised: Any) -> dict[str, Any]:
    """The stack set's properties."""
    [properties] = synthesised.properties("AWS::CloudFormation::StackSet")
    return dict(properties)


def test_it_deploys_to_units_and_regions_and_to_accounts_that_join(stack_set: dict[str, Any]) -> None:
    """Service-managed: no role is to be made in any account."""
    assert "SERVICE_MANAGED" == stack_set["PermissionModel"]
    assert "DELEGATED_ADMIN" == stack_set["CallAs"]
    assert {"Enabled": True, "RetainStacksOnAccountRemoval": False} == stack_set["AutoDeployment"]
    assert [{"DeploymentTargets": {"OrganizationalUnitIds": UNITS}, "Regions": REGIONS}] == stack_set[
        "StackInstancesGroup"
    ]


def test_it_may_make_roles_with_names_and_nothing_more(stack_set: dict[str, Any]) -> None:
    """The names by which a service control policy protects them."""
    assert ["CAPABILITY_NAMED_IAM"] == stack_set["Capabilities"]


def test_its_template_is_the_spokes_and_asks_what_it_is_given(stack_set: dict[str, Any]) -> None:
    """Within what CloudFormation takes as text."""
    template = json.loads(stack_set["TemplateBody"])

    assert len(stack_set["TemplateBody"].encode()) < TEMPLATE_LIMIT / 4
    assert set(template["Parameters"]) == {each["ParameterKey"] for each in stack_set["Parameters"]}
    assert "manual-change-spoke-calls" in stack_set["TemplateBody"]


def test_the_parameters_are_the_hubs_own(synthesised: Any, stack_set: dict[str, Any]) -> None:
    """Its bus and its roles, whatever CloudFormation calls them: a role that is made anew reaches every spoke."""
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack_set["Parameters"]}
    [bus] = synthesised.resources("AWS::Events::EventBus")
    outputs = synthesised.template["Outputs"]

    assert {"Fn::GetAtt": [bus, "Arn"]} == given["HubBusArn"]
    assert {"Ref": "AWS::Region"} == given["HomeRegion"]
    assert "o-abcde12345" == given["OrganizationId"]
    assert given == {
        name.removeprefix("Spoke"): output["Value"] for name, output in outputs.items() if "Export" not in output
    }


def exported_and_imported(folder: Path, attribution: Attribution | None) -> tuple[set[str], set[str]]:
    """What a hub's stack exports, and what the stack of its stack set imports, by name."""
    app = App(outdir=str(folder))
    stacks = [
        Stack(app, name, env=Environment(account="222233334444", region="eu-west-1")) for name in ("Hub", "Spokes")
    ]
    hub = ManualChangeDetectorHub(stacks[0], "Hub", organization_id="o-abcde12345", attribution=attribution)
    hub.spoke_stack_set(organizational_units=UNITS, regions=REGIONS, scope=stacks[1])
    app.synth()
    outputs = json.loads((folder / "Hub.template.json").read_text())["Outputs"].values()
    imports = re.findall(r'"Fn::ImportValue": "([^"]+)"', (folder / "Spokes.template.json").read_text())
    return {output["Export"]["Name"] for output in outputs if "Export" in output}, set(imports)


def test_another_attribution_takes_no_export_away_that_the_old_spokes_import(tmp_path: Path) -> None:
    """The hub's stack deploys first, while the stack set's stack still imports what it did before."""
    attributions = {"lookup": None, "stream": Attribution.stream(), "audit": Attribution.control_tower_audit_role()}
    made = {name: exported_and_imported(tmp_path / name, given) for name, given in attributions.items()}
    imported = {name for _, imports in made.values() for name in imports}

    assert 4 == len(imported)
    assert {name: set() for name in made} == {name: imported - exports for name, (exports, _) in made.items()}


def test_excluded_accounts_get_no_spoke(synthesise: Any) -> None:
    """Of the units, all accounts but these."""

    def build(stack: Stack) -> None:
        with_spokes(stack, excluded_accounts=["444455556666"], call_as="SELF")

    [properties] = synthesise(build).properties("AWS::CloudFormation::StackSet")
    [group] = properties["StackInstancesGroup"]

    assert {
        "OrganizationalUnitIds": UNITS,
        "Accounts": ["444455556666"],
        "AccountFilterType": "DIFFERENCE",
    } == group["DeploymentTargets"]


def bare_stack_set(**given: Any) -> dict[str, Any]:
    """Without a hub."""
    options = {
        "template": {},
        "parameters": {},
        "organizational_units": UNITS,
        "regions": REGIONS,
        "home_region": "eu-west-1",
    }
    made = spoke_stack_set(Stack(App(), "Watch"), "Spokes", **(options | given))
    resolved: dict[str, Any] = Stack.of(made).resolve(made.stack_instances_group)
    return resolved


def test_more_units_than_one_operation_takes_are_several() -> None:
    """Fifty at a time."""
    units = [f"ou-ab12-{number:08}" for number in range(120)]

    groups = bare_stack_set(organizational_units=units)

    assert [50, 50, 20] == [len(group["deploymentTargets"]["organizationalUnitIds"]) for group in groups]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"organizational_units": []}, "no account would get a spoke"),
        ({"organizational_units": ["Sandbox"]}, "ou-ab12-11111111"),
        ({"excluded_accounts": ["1234"]}, "twelve digits"),
        ({"regions": []}, "regions is empty; give codes of regions"),
        ({"regions": ["eu-west-1", "us-east1"]}, "regions names 'us-east1'; give codes"),
        ({"regions": ["us-east-1"]}, "regions lacks eu-west-1"),
        ({"name": "spokes"}, "manual-change-spoke-sandbox"),
        ({"name": None}, "name is None; .*manual-change-spoke-sandbox"),
        ({"call_as": "ADMIN"}, "call_as is 'ADMIN'; it is 'DELEGATED_ADMIN', or 'SELF'"),
        ({"template": {"Description": TEMPLATE_LIMIT * "x"}}, "takes 51200 as text"),
    ],
    ids=[
        "no-units",
        "a-name",
        "no-account",
        "no-regions",
        "no-region",
        "not-at-home",
        "name",
        "no-name",
        "call-as",
        "too-long",
    ],
)
def test_what_would_deploy_nothing_is_refused_at_synth(wrong: dict[str, Any], says: str) -> None:
    """With the mend."""
    with pytest.raises(ValueError, match=says):
        bare_stack_set(**wrong)


@pytest.mark.parametrize("text", [{"organizational_units": "ou-ab12-11111111"}, {"regions": "eu-west-1"}])
def test_a_string_is_no_list(text: dict[str, str]) -> None:
    """Its letters would be."""
    with pytest.raises(TypeError, match="a list is expected"):
        bare_stack_set(**text)


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ({"excluded_accounts": [111122223333]}, "excluded_accounts names 111122223333; text is expected"),
        ({"organizational_units": [1]}, "organizational_units names 1; text is expected"),
    ],
)
def test_a_number_is_no_text(number: dict[str, Any], says: str) -> None:
    """Its leading zeros would be gone."""
    with pytest.raises(TypeError, match=says):
        bare_stack_set(**number)


def a_scope_in(account: str | None, region: str | None) -> CfnStackSet:
    """A stack set of a hub in 222233334444 and eu-west-1, in a stack of this account and region."""
    app = App()
    hubs = Environment(account="222233334444", region="eu-west-1")
    hub = ManualChangeDetectorHub(Stack(app, "Hub", env=hubs), "Hub", organization_id="o-abcde12345")
    stack = Stack(app, "Spokes", env=Environment(account=account, region=region))
    return hub.spoke_stack_set(scope=stack, organizational_units=UNITS, regions=REGIONS)


@pytest.mark.parametrize(("account", "region"), [("222233334444", "us-east-1"), ("444455556666", "eu-west-1")])
def test_a_stack_of_its_own_elsewhere_is_refused(account: str, region: str) -> None:
    """The hub's account and region are those that its spokes answer to."""
    with pytest.raises(ValueError, match=r"scope is Spokes in .*give that stack the hub's env"):
        a_scope_in(account, region)


def test_a_stack_whose_place_nobody_knows_yet_is_taken() -> None:
    """It may be the hub's when it is deployed."""
    assert "manual-change-spoke" == a_scope_in(None, None).stack_set_name


def two_stack_sets(**second: Any) -> Any:
    """Of one hub, for different units."""
    stack = Stack(App(), "Watch")
    hub = ManualChangeDetectorHub(stack, "Hub", organization_id="o-abcde12345")
    hub.spoke_stack_set(organizational_units=UNITS[:1], regions=REGIONS)
    return hub.spoke_stack_set("More", organizational_units=UNITS[1:], regions=REGIONS, **second)


def test_a_second_stack_set_of_the_same_name_is_refused() -> None:
    """The deployment would fail."""
    with pytest.raises(ValueError, match="name='manual-change-spoke-sandbox'"):
        two_stack_sets()


def test_a_second_stack_set_has_a_name_of_its_own() -> None:
    """By whose beginning its stacks are known and protected."""
    assert "manual-change-spoke-sandbox" == two_stack_sets(name="manual-change-spoke-sandbox").stack_set_name


def test_a_stack_of_its_own_gets_the_hubs_bus_and_roles(tmp_path: Path) -> None:
    """Where spokes fail, the hub stands; and its template knows nothing of them."""
    app = App(outdir=str(tmp_path))
    env = Environment(account="222233334444", region="eu-west-1")
    hub = ManualChangeDetectorHub(Stack(app, "Hub", env=env), "Hub", organization_id="o-abcde12345")
    hub.spoke_stack_set(scope=Stack(app, "Spokes", env=env), organizational_units=UNITS, regions=REGIONS)
    app.synth()
    hubs, spokes = (json.loads((tmp_path / f"{name}.template.json").read_text()) for name in ("Hub", "Spokes"))
    [made] = [each for each in spokes["Resources"].values() if "AWS::CloudFormation::StackSet" == each["Type"]]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in made["Properties"]["Parameters"]}

    assert "Fn::ImportValue" in given["HubBusArn"]
    assert 3 == json.dumps(given["HubRoles"]).count("Fn::ImportValue")
    assert "AWS::CloudFormation::StackSet" not in {each["Type"] for each in hubs["Resources"].values()}


def test_a_name_is_taken_in_an_account_and_region_not_in_a_stack() -> None:
    """Two stacks of one place cannot have stack sets of one name; two places can."""
    app = App()
    places = [Environment(account="222233334444", region=region) for region in ("eu-west-1", "us-east-1")]
    one, elsewhere, two = (Stack(app, name, env=env) for name, env in zip("OET", [*places, places[0]], strict=True))
    options: dict[str, Any] = {
        "template": {},
        "parameters": {},
        "organizational_units": UNITS,
        "regions": REGIONS,
        "home_region": "eu-west-1",
    }
    spoke_stack_set(one, "Spokes", **options)
    spoke_stack_set(elsewhere, "Spokes", **options)

    with pytest.raises(ValueError, match="O/Spokes is a stack set called manual-change-spoke already"):
        spoke_stack_set(two, "Spokes", **options)


def test_where_the_hubs_region_is_unknown_the_synthesis_says_so() -> None:
    """Nobody can say then whether there will be a lookup role."""
    stack = Stack(App(), "Watch")
    spoke_stack_set(
        stack,
        "Spokes",
        template={},
        parameters={},
        organizational_units=UNITS,
        regions=REGIONS,
        home_region=stack.region,
    )

    assert Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp(r"env=Environment\(region="))


def warned(regions: list[str]) -> bool:
    """Whether the synthesis says that IAM's calls are heard nowhere."""
    stack = Stack(App(), "Watch")
    spoke_stack_set(
        stack,
        "Spokes",
        template={},
        parameters={},
        organizational_units=UNITS,
        regions=regions,
        home_region=regions[0],
    )
    return bool(Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("calls of IAM")))


@pytest.mark.parametrize(
    ("regions", "unheard"),
    [
        (["eu-west-1", "us-east-1"], False),
        (["eu-west-1"], True),
        (["us-gov-east-1", "us-gov-west-1"], False),
        (["cn-northwest-1"], True),
        (["eusc-de-east-1"], False),
    ],
)
def test_where_no_spoke_hears_of_roles_the_synthesis_says_so(regions: list[str], unheard: bool) -> None:
    """The calls of IAM come to EventBridge in one region of a partition."""
    assert unheard == warned(regions)
