"""Files that the app deployed with a function: in S3, and known by their content.

A bucket of assets is written to by more than deployments, and nobody is told. What a function is told of its file is
therefore in its environment, where a change rings (docs/operations.md, "Tampering"): `s3://BUCKET/KEY#SHA256`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORM: Final = "s3://BUCKET/KEY#SHA256"

_LOCATION: Final = re.compile(r"s3://(?P<bucket>[^/#]+)/(?P<key>[^#]+)#(?P<digest>[0-9a-f]{64})")


def is_location(text: str) -> bool:
    """Whether it says where a file is, and what is in it."""
    return _LOCATION.fullmatch(text) is not None


def read_deployed(location: str, s3: Callable[[], S3Client]) -> str:
    """The file's text, if it is the one that was deployed.

    Args:
        location: `s3://BUCKET/KEY#SHA256`, the SHA-256 of the content in hexadecimal digits.
        s3: makes the client.

    Raises:
        ValueError: the location is none, or the file holds something else than what was deployed.
        ClientError: the file cannot be read.
    """
    told = _LOCATION.fullmatch(location)
    if told is None:
        raise ValueError(f"{location!r} is no location of a file; {FORM} is expected")
    content = s3().get_object(Bucket=told["bucket"], Key=told["key"])["Body"].read()
    found = sha256(content).hexdigest()
    if found != told["digest"]:
        file = location.partition("#")[0]
        raise ValueError(
            f"{file} is not the file that was deployed: its SHA-256 is {found}, and should be {told['digest']}. "
            f"Somebody has changed it: find out who (docs/operations.md, Tampering), then remove it (aws s3 rm {file}) "
            "and deploy again, which puts it back"
        )
    return content.decode()
