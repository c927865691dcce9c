"""What can be deployed: a template, a template's file, a stack of a cloud assembly.

Source: the cloud assembly's manifest (aws-cdk's cloud-assembly-schema).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manual_change_local.cloud.errors import CloudError


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSource:
    """A stack that can be deployed."""

    name: str
    template: str
    """The template's text."""
    assets: tuple[Path, ...] = ()
    """Asset manifests."""
    account: str | None = None
    region: str | None = None
    """None where the stack leaves it open."""


def stacks_of(assembly: Path) -> tuple[StackSource, ...]:
    """The stacks of an assembly (`cdk.out`) in the order in which they can be deployed.

    Raises:
        CloudError: the folder holds no assembly.
    """
    manifest = assembly / "manifest.json"
    if not manifest.is_file():
        raise CloudError(f"{assembly} is no cloud assembly: it has no manifest.json; synthesise first (make synth)")
    artifacts: dict[str, Any] = json.loads(manifest.read_text())["artifacts"]
    ordered: dict[str, StackSource] = {}

    def visit(identifier: str) -> None:
        artifact = artifacts[identifier]
        if identifier in ordered:
            return
        dependencies = artifact.get("dependencies", ())
        for dependency in dependencies:
            visit(dependency)
        if artifact["type"] == "aws:cloudformation:stack":
            account, region = artifact["environment"].removeprefix("aws://").split("/")
            properties = artifact["properties"]
            ordered[identifier] = StackSource(
                name=properties.get("stackName", identifier),
                template=(assembly / properties["templateFile"]).read_text(),
                assets=tuple(
                    assembly / artifacts[dependency]["properties"]["file"]
                    for dependency in dependencies
                    if artifacts[dependency]["type"] == "cdk:asset-manifest"
                ),
                account=None if account == "unknown-account" else account,
                region=None if region == "unknown-region" else region,
            )

    for identifier in artifacts:
        visit(identifier)
    return tuple(ordered.values())


def stack_in(source: Path | str | Mapping[str, Any], stack_name: str | None) -> StackSource:
    """The stack of a template, of a template's file, or of a cloud assembly.

    Args:
        source: the template itself, or where file or assembly are.
        stack_name: what to call a template's stack; which one of an assembly, where it has several.

    Raises:
        CloudError: the folder holds no assembly, or not one such stack.
    """
    if isinstance(source, Mapping):
        return StackSource(name=stack_name or "Stack", template=json.dumps(source))
    path = Path(source)
    if path.is_file():
        return StackSource(name=stack_name or path.stem, template=path.read_text())
    stacks = [stack for stack in stacks_of(path) if stack_name in (None, stack.name)]
    if len(stacks) != 1:
        raise CloudError(f"{path} has {len(stacks)} stacks named {stack_name or 'anything'}; say which by stack_name")
    return stacks[0]
