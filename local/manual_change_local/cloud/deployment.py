"""Deploying a synthesised template: assets to the bucket that the template names, then CloudFormation.

What `cdk bootstrap` would have made is made when it is missing: the asset bucket and the parameter with the bootstrap
version. Everything else comes from the template. Source: the asset manifests of aws-cdk's cloud-assembly-schema.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from manual_change_local.cloud.errors import CloudError

BOOTSTRAP_VERSION: Final = "30"
"""At least what the assembly asks for (`requiresBootstrapStackVersion`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """A stack in the embedded cloud."""

    name: str
    stack_id: str
    account: str
    region: str
    outputs: Mapping[str, str]
    """Output key -> value."""
    resources: Mapping[str, str]
    """Logical id -> physical id: a queue's URL, a topic's ARN, a table's name, …"""
    types: Mapping[str, str]
    """Logical id -> CloudFormation type."""

    def physical_ids(self, type_name: str) -> dict[str, str]:
        """Logical id -> physical id of the resources of one type."""
        return {logical: self.resources[logical] for logical, found in self.types.items() if found == type_name}

    def only(self, type_name: str, *, containing: str = "") -> str:
        """The physical id of the one resource of this type whose logical id contains a text.

        Raises:
            CloudError: there is none, or several; the message lists the candidates.
        """
        found = {key: value for key, value in self.physical_ids(type_name).items() if containing in key}
        if len(found) != 1:
            raise CloudError(f"{self.name} has {len(found)} {type_name} named like {containing!r}: {sorted(found)}")
        return next(iter(found.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Deploys into one account and region."""

    account: str
    region: str
    client: Callable[[str], Any]

    def _bootstrap(self, template: str) -> None:
        """Make the version parameter that the template reads, as `cdk bootstrap` would have, unless it is there."""
        version = json.loads(template).get("Parameters", {}).get("BootstrapVersion")
        if version is None:
            return
        ssm = self.client("ssm")
        try:
            ssm.get_parameter(Name=version["Default"])
        except ssm.exceptions.ParameterNotFound:
            ssm.put_parameter(Name=version["Default"], Value=BOOTSTRAP_VERSION, Type="String")

    def publish(self, manifest: Path) -> None:
        """Put the file assets of a manifest where it says.

        Raises:
            CloudError: an asset's file is missing, or it is an image.
        """
        described = json.loads(manifest.read_text())
        if described.get("dockerImages"):
            raise CloudError(f"{manifest} has container images; the embedded cloud takes file assets only")
        for asset in described["files"].values():
            path = manifest.parent / asset["source"]["path"]
            if not path.exists():
                raise CloudError(f"the asset {asset.get('displayName', '')} is missing: {path}; synthesise again")
            body = _zipped(path) if asset["source"].get("packaging") == "zip" else path.read_bytes()
            for destination in asset["destinations"].values():
                self._put(self._resolved(destination["bucketName"]), self._resolved(destination["objectKey"]), body)

    def _put(self, bucket: str, key: str, body: bytes) -> None:
        s3 = self.client("s3")
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError:
            where = {} if self.region == "us-east-1" else {"LocationConstraint": self.region}
            s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
        s3.put_object(Bucket=bucket, Key=key, Body=body)

    def _resolved(self, text: str) -> str:
        for name, value in (("AccountId", self.account), ("Region", self.region), ("Partition", "aws")):
            text = text.replace(f"${{AWS::{name}}}", value)
        return text

    def deploy(self, template: str, *, stack_name: str, parameters: Mapping[str, str]) -> DeployedStack:
        """Create the stack, or update it when it exists.

        Raises:
            CloudError: CloudFormation refused; the message is its own.
        """
        self._bootstrap(template)
        formation = self.client("cloudformation")
        request = {
            "StackName": stack_name,
            "TemplateBody": template,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }
        try:
            if self._exists(stack_name):
                formation.update_stack(**request)
            else:
                formation.create_stack(**request)
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "No updates are to be performed" not in message:
                raise CloudError(f"the stack {stack_name} cannot be deployed: {message}") from error
        return self.describe(stack_name)

    def _exists(self, stack_name: str) -> bool:
        stacks = self.client("cloudformation").list_stacks()["StackSummaries"]
        return any(
            stack["StackName"] == stack_name and stack["StackStatus"] not in {"DELETE_COMPLETE", "ROLLBACK_COMPLETE"}
            for stack in stacks
        )

    def describe(self, stack_name: str) -> DeployedStack:
        """The stack as it is now."""
        formation = self.client("cloudformation")
        stack = formation.describe_stacks(StackName=stack_name)["Stacks"][0]
        resources = formation.describe_stack_resources(StackName=stack_name)["StackResources"]
        return DeployedStack(
            name=stack_name,
            stack_id=stack["StackId"],
            account=self.account,
            region=self.region,
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())},
            resources={found["LogicalResourceId"]: found.get("PhysicalResourceId", "") for found in resources},
            types={found["LogicalResourceId"]: found["ResourceType"] for found in resources},
        )

    def destroy(self, stack_name: str) -> None:
        """Delete the stack; resources that it retains stay."""
        self.client("cloudformation").delete_stack(StackName=stack_name)


def _zipped(folder: Path) -> bytes:
    """The folder as a zip file; not compressed, it does not travel."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return target.getvalue()
