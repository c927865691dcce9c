"""Settings that a function's environment has no room for: long lists of routes, accounts or types, kept in S3."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from manual_change.adapters.deployed_file import read_deployed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def with_further_settings(
    environment: Mapping[str, str], location: str, *, s3: Callable[[], S3Client]
) -> Mapping[str, str]:
    """The environment with the variables of a file, a JSON object of texts.

    Args:
        environment: what Lambda gives.
        location: of the file, `s3://BUCKET/KEY#SHA256`; empty: there is none, and nothing is read.
        s3: makes the client.

    Raises:
        ValueError: the location is none, or the file is not the one that was deployed, or holds no settings.
        ClientError: the file cannot be read.
    """
    if not location:
        return environment
    further = json.loads(read_deployed(location, s3))
    if not isinstance(further, dict) or not all(isinstance(value, str) for value in further.values()):
        raise ValueError(f"{location} holds no settings; a JSON object of texts is expected")
    return {**further, **environment}
