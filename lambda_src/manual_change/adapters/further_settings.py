"""Settings that a function's environment has no room for: long lists of routes, accounts or types, kept in S3."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def with_further_settings(
    environment: Mapping[str, str], location: str, *, s3: Callable[[], S3Client]
) -> Mapping[str, str]:
    """The environment with the variables of a file, a JSON object of texts.

    Args:
        environment: what Lambda gives.
        location: of the file, `s3://BUCKET/KEY`; empty: there is none, and nothing is read.
        s3: makes the client.

    Raises:
        ValueError: the location is none, or the file holds something else.
        ClientError: the file cannot be read.
    """
    if not location:
        return environment
    bucket, _, key = location.removeprefix("s3://").partition("/")
    if not location.startswith("s3://") or not bucket or not key:
        raise ValueError(f"further settings are said to be in {location!r}; s3://BUCKET/KEY is expected")
    further = json.loads(s3().get_object(Bucket=bucket, Key=key)["Body"].read())
    if not isinstance(further, dict) or not all(isinstance(value, str) for value in further.values()):
        raise ValueError(f"{location} holds no settings; a JSON object of texts is expected")
    return {**further, **environment}
