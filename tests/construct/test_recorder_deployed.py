"""A detector with a recorder of its own, deployed where AWS Config records already."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_cdk import App, Stack

from manual_change_detector import ManualChangeDetector
from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.cloud.errors import CloudError

pytestmark = pytest.mark.xdist_group("cloud")

OPERATIONS = Path(__file__).parents[2] / "docs/operations.md"


def test_where_an_account_records_already_the_deployment_says_what_the_document_explains(tmp_path: Path) -> None:
    """As in an account of Control Tower: AWS takes one recorder a region, and the way out is looked up by the error."""
    app = App(outdir=str(tmp_path))
    ManualChangeDetector(Stack(app, "Watch"), "Detector")
    app.synth()
    with EmbeddedCloud() as cloud:
        cloud.client("config").put_configuration_recorder(
            ConfigurationRecorder={"name": "theirs", "roleARN": f"arn:aws:iam::{cloud.account}:role/recorder"}
        )

        with pytest.raises(CloudError) as refused:
            cloud.deploy(tmp_path)

    [row] = [
        line for line in OPERATIONS.read_text().splitlines() if line.startswith("| `MaxNumberOfConfigurationRecord")
    ]
    assert row.split("`")[1] in str(refused.value)
    assert "ConfigSource.existing_topic" in row
