"""What the Lambdas are deployed with."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import manual_change
from manual_change_detector.runtime import RuntimeAssetError, asset_files

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def asset(defaults: Any) -> Path:
    """The folder that becomes the functions' code."""
    [folder] = defaults.folder.glob("asset.*")
    return Path(folder)


def files_below(folder: Path) -> set[str]:
    """Relative paths of all files."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def an_installed(name: str, folder: Path, *files: str, requires: str = "") -> None:
    """A distribution of these files."""
    record = folder / f"{name}-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}")
    (record / "RECORD").write_text("".join(f"{file},,\n" for file in [*files, f"{name}-1.0.dist-info/METADATA"]))
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


def test_the_whole_package_is_there(asset: Path) -> None:
    """Every module of `manual_change`, and nothing that is not a module."""
    package = Path(manual_change.__path__[0])
    modules = {f"manual_change/{path.relative_to(package).as_posix()}" for path in package.rglob("*.py")}

    assert modules == {file for file in files_below(asset) if file.startswith("manual_change/")}


def test_the_package_has_no_files_that_are_left_behind() -> None:
    """A data file beside the modules would be missing in Lambda: say it in Python."""
    package = Path(manual_change.__path__[0])

    assert {"py.typed"} == {file for file in files_below(package) if not file.endswith((".py", ".pyc"))}


def test_only_what_the_lambdas_need_is_there(asset: Path) -> None:
    """No construct, no command line, no boto3 (the runtime has it), no metadata of packages."""
    assert {
        "aws_lambda_powertools",
        "jmespath",
        "manual_change",
        "slack",  # the former name of slack_sdk, in the same distribution
        "slack_sdk",
        "typing_extensions.py",
    } == {path.name for path in asset.iterdir()}


def test_everything_is_python(asset: Path) -> None:
    """No compiled files of this machine, no caches, no pages of a documentation viewer."""
    assert {".py"} == {Path(file).suffix for file in files_below(asset)}


def test_it_stays_under_three_megabytes_zipped(asset: Path) -> None:
    """Small enough to be read in the Lambda console."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(files_below(asset)):
            archive.write(asset / file, file)

    assert 3 * MEGABYTE > len(zipped.getvalue())


def test_it_runs_with_nothing_but_the_lambda_runtime_beside_it(asset: Path, tmp_path: Path) -> None:
    """Every module of the package can be imported where only boto3 is installed."""
    for name in ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "six"):
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        source = Path(found.origin).parent if found.submodule_search_locations else Path(found.origin)
        (tmp_path / source.name).symlink_to(source)
    modules = sorted(
        file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for file in files_below(asset)
        if file.startswith("manual_change/")
    )
    program = f"import sys; sys.path[:0] = [{str(asset)!r}, {str(tmp_path)!r}]\n" + "\n".join(
        f"import {module}" for module in modules
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )

    assert ("", 0) == (done.stderr, done.returncode)


def test_requirements_of_requirements_go_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but extras, what other platforms need, and what the runtime has."""
    requires = (
        "Requires-Dist: inner>=1\nRequires-Dist: boto3\n"
        'Requires-Dist: pydantic-nowhere; extra == "parser"\nRequires-Dist: pywin32-nowhere; sys_platform == "win32"\n'
    )
    an_installed("outer", tmp_path, "outer/__init__.py", requires=requires)
    an_installed("inner", tmp_path, "inner.py")
    monkeypatch.syspath_prepend(tmp_path)

    staged = {str(target) for _, target in asset_files(["outer"]) if "manual_change" not in target.parts}

    assert {"outer/__init__.py", "inner.py"} == staged


def test_a_dependency_that_is_not_pure_python_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was built for this machine; Lambda would fail at import."""
    an_installed("quick", tmp_path, "quick/__init__.py", "quick/_speed.cpython-311-x86_64-linux-gnu.so")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RuntimeAssetError, match=r"quick 1.0 is not pure Python: quick/_speed.*\.so .*wheel"):
        list(asset_files(["quick"]))


def test_a_dependency_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With who needs it, and the command that mends it."""
    an_installed("outer", tmp_path, "outer/__init__.py", requires="Requires-Dist: absent\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RuntimeAssetError, match=r"outer needs absent in the Lambda asset, .*pip install absent"):
        list(asset_files(["outer"]))


def test_a_dependency_without_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editable installation points elsewhere: the asset would be empty."""
    an_installed("elsewhere", tmp_path, "elsewhere.pth")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RuntimeAssetError, match=r"elsewhere 1.0 lists no Python files, as an editable installation"):
        list(asset_files(["elsewhere"]))


def test_the_same_files_come_in_the_same_order_every_time() -> None:
    """Nothing depends on the order of a folder."""
    assert list(asset_files()) == list(asset_files())
