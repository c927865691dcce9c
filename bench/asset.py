"""How large the Lambda asset is, zipped the way the CDK zips it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from bench.measurement import Row, at_most
from manual_change_detector.runtime import asset_files

MEGABYTE = 1_000_000


def measure() -> Iterator[Row]:
    """Every file of the asset, deflated."""
    zipped = io.BytesIO()
    unpacked = 0
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for source, target in asset_files():
            archive.write(source, str(target))
            unpacked += source.stat().st_size
    size = len(zipped.getvalue()) / MEGABYTE
    yield at_most("Lambda asset, zipped", size, 3, " MB", detail=f"{unpacked / MEGABYTE:.1f} MB unpacked")
