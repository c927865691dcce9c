"""A file that is deployed with the functions, as an asset, and that they read from S3."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct


class DeployedFile(NamedTuple):
    """What a function must know and may read."""

    location: str
    """`s3://BUCKET/KEY#SHA256`. The key is the CDK's, a hash of more than the content: the digest is what the function
    holds against what it reads, because in the bucket a change of the file rings nowhere."""
    arn: str


def deploy_file(scope: Construct, construct_id: str, *, name: str, content: str) -> DeployedFile:
    """Make it an asset."""
    with TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content.encode())
        asset = s3_assets.Asset(scope, construct_id, path=str(file))
    digest = sha256(content.encode()).hexdigest()
    return DeployedFile(
        location=f"s3://{asset.s3_bucket_name}/{asset.s3_object_key}#{digest}",
        arn=asset.bucket.arn_for_objects(asset.s3_object_key),
    )
