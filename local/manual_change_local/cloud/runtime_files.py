"""What a function finds on its disk: its own asset, and beside it only what Lambda's Python runtime provides.

An asset that forgot a dependency fails here with the ImportError that it would raise in AWS, because the project's
virtual environment is not on the path: the process runs with `python -S` (no site-packages) and `PYTHONPATH` names
one folder of links to boto3, its dependencies and the runtime interface client.
"""

from __future__ import annotations

import io
import shutil
import threading
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

from manual_change_local.cloud.errors import CloudError

PROVIDED: Final = (
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
)
"""Distributions in the managed Python runtime: boto3 with what it requires, and the runtime interface client with
what it requires (AWS Lambda developer guide, "Building Lambda functions with Python")."""

_CONFIG = "[default]\ns3 =\n    addressing_style = path\n"
"""`bucket.localhost` does not resolve everywhere, so functions address S3 by path."""


def _top_level(distribution: metadata.Distribution) -> Iterator[Path]:
    """The packages and modules of a distribution, without its metadata and scripts."""
    names = {file.parts[0] for file in distribution.files or () if not file.parts[0].startswith("..")}
    for name in sorted(names):
        if not name.endswith((".dist-info", ".pth", "__pycache__")):
            yield Path(str(distribution.locate_file(name)))


class RuntimeFiles:
    """Folders of the functions under one root, which the embedded cloud removes when it stops."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self.runtime = root / "runtime"
        """What goes on `PYTHONPATH`, `/var/runtime` in Lambda."""
        self.home = root / "home"
        """An empty home: nobody's AWS profile is read."""
        self.runtime.mkdir(parents=True)
        self.home.mkdir()
        self.aws_config = self.home / "config"
        self.aws_config.write_text(_CONFIG)
        for name in PROVIDED:
            self._provide(name)

    def _provide(self, name: str) -> None:
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise CloudError(
                f"the Python package {name} is not installed; functions cannot run without it. "
                "Install it with: pip install 'manual-change-detector[demo]'"
            ) from None
        for path in _top_level(distribution):
            link = self.runtime / path.name
            if not link.exists():
                link.symlink_to(path)

    def task(self, code: bytes, digest: str, *, function: str) -> Path:
        """The asset unpacked (`/var/task` in Lambda); functions with the same asset share the folder.

        Raises:
            CloudError: there is no code, or it is not a zip file.
        """
        folder = self._root / "task" / digest.replace("/", "_").replace("=", "")
        with self._lock:
            if folder.exists():
                return folder
            if not code:
                raise CloudError(f"the function {function} has no code: its asset is not in the bucket that Code names")
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            try:
                with zipfile.ZipFile(io.BytesIO(code)) as archive:
                    archive.extractall(partial)
            except zipfile.BadZipFile as error:
                raise CloudError(f"the code of the function {function} is not a zip file: {error}") from error
            partial.rename(folder)
        return folder
