"""What `manual-change doctor` says to paste is pasted, deployed to the embedded AWS, and visited again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from manual_change_local.cli import main
from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.slack_stand_in import SlackStandIn

pytestmark = pytest.mark.xdist_group("cloud")

SHOP, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Any:
    """With the caller signed in."""
    with EmbeddedCloud(account=SHOP, region=REGION) as cloud:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        yield cloud


def visit(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The last check of each subject, and the recommendation."""
    with pytest.raises(SystemExit):
        main(["doctor", "--slack", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    return {check["subject"]: check for check in said["checks"]}, said["recommendation"]


def deploy(cloud: EmbeddedCloud, code: str, folder: Path) -> None:
    """As a reader would: the lines, in a file of their own."""
    (folder / "app.py").write_text(code)
    environment = os.environ | {"CDK_OUTDIR": str(folder / "cdk.out")}
    subprocess.run([sys.executable, "app.py"], cwd=folder, check=True, timeout=300, env=environment)
    cloud.deploy(folder / "cdk.out")


def test_what_is_recommended_is_seen_once_it_is_deployed(
    cloud: EmbeddedCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its recorder and functions, the topic of its alarms, its secret and what that holds; and no second one."""
    _, recommended = visit(capsys)
    deploy(cloud, recommended["code"], tmp_path)
    empty, second = visit(capsys)
    with SlackStandIn() as slack:
        secrets = cloud.client("secretsmanager")
        arn = secrets.list_secrets()["SecretList"][0]["ARN"]
        secrets.put_secret_value(SecretId=arn, SecretString=slack.webhook_url())
        filled, _ = visit(capsys)

    assert ("nothing: it is there already", "") == (second["title"], second["code"])
    assert "the recorder default records" == empty["recorder"]["found"]
    assert "a detector is here: attribute, dispatch, notify" == empty["detector"]["found"]
    assert empty["alarm topic"]["found"].startswith(f"nobody is subscribed to arn:aws:sns:{REGION}:{SHOP}:Change")
    assert ("mend", "mend") == (empty["Slack secret"]["state"], empty["Slack"]["state"])
    assert ("fine", "fine") == (filled["Slack secret"]["state"], filled["Slack"]["state"])
