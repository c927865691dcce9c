# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's CloudFormation: our resource types beside moto's.

Rests on moto 5.2.5, `moto.cloudformation`: `parsing.get_model_map/get_model_list/get_name_type_map` say which class
deploys a type; `parsing.generate_resource_name` names what the template does not; `Stack.resource_map` is lazy and
creates a resource when it is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.models import cloudformation_backends

from manual_change_local.cloud.resource_types.catalogue import RESOURCE_TYPES
from manual_change_local.cloud.resource_types.contract import Api, Deployed, ResourceType, Wanted
from manual_change_local.cloud.seams.patches import Patches
from manual_change_local.cloud.seams.stacks import open_stacks

NAME_LIMITS: Final[Mapping[str, int]] = {"AWS::IAM::Role": 64, "AWS::Lambda::Function": 64, "AWS::SQS::Queue": 80}
"""How long a name may be; CloudFormation shortens what it generates, and so do we, keeping the random end."""


class _Resource:
    """An instance of one of our types, as moto's stacks keep it."""

    def __init__(self, kind: ResourceType, deployed: Deployed) -> None:
        self.kind = kind
        self.deployed = deployed

    @property
    def physical_resource_id(self) -> str:
        return self.deployed.physical_id

    def get_cfn_attribute(self, name: str) -> str:
        if name not in self.deployed.attributes:
            raise UnformattedGetAttTemplateException
        return self.deployed.attributes[name]

    def is_created(self) -> bool:
        return True

    def delete(self, *_: str) -> None:
        """moto says where it is; the resource knows."""
        self.kind.delete(self.deployed)


def _model(type_name: str, kind: ResourceType, api_at: Callable[[str, str], Api]) -> Any:
    """What moto takes for a class of its own."""

    class Model:
        @staticmethod
        def cloudformation_type() -> str:
            return type_name

        @staticmethod
        def cloudformation_name_type() -> str:
            return kind.name_property

        @staticmethod
        def has_cfn_attr(attribute: str) -> bool:
            return attribute in kind.attributes

        @staticmethod
        def create_from_cloudformation_json(
            name: str, template: dict[str, Any], account: str, region: str, **context: Any
        ) -> _Resource:
            if kind.after:
                _create_first(kind.after, account, region, context["StackId"])
            wanted = Wanted(name=name, properties=template["Properties"], api=api_at(account, region))
            return _Resource(kind, kind.create(wanted))

        @staticmethod
        def update_from_cloudformation_json(
            *, original_resource: _Resource, new_resource_name: str, cloudformation_json: dict[str, Any], **_: Any
        ) -> _Resource:
            old = original_resource.deployed
            new = Wanted(name=new_resource_name, properties=cloudformation_json["Properties"], api=old.wanted.api)
            return _Resource(kind, kind.update(old, new))

    return Model


def _create_first(type_name: str, account: str, region: str, stack_id: str) -> None:
    resources = cloudformation_backends[account][region].get_stack(stack_id).resource_map
    for logical_id, resource in resources._resource_json_map.items():
        if resource["Type"] == type_name:
            _ = resources[logical_id]


def open_formation(patches: Patches, api_at: Callable[[str, str], Api]) -> None:
    """Deploy with our types first, then moto's, and with nothing else."""
    motos = dict(parsing.get_model_map())
    ours = {name: _model(name, kind, api_at) for name, kind in RESOURCE_TYPES.items()}
    every = {**motos, **ours}
    names = {name: model.cloudformation_name_type() for name, model in every.items()}
    original_name = parsing.generate_resource_name

    def generate_resource_name(type_name: str, stack_name: str, logical_id: str) -> str:
        name: str = original_name(type_name, stack_name, logical_id)
        limit = NAME_LIMITS.get(type_name, len(name))
        return name if len(name) <= limit else name[: limit - 13] + name[-13:]

    patches.replace(parsing, "generate_resource_name", generate_resource_name)
    patches.replace(parsing, "get_model_map", lambda: every)
    patches.replace(parsing, "get_model_list", lambda: list(every.values()))
    patches.replace(parsing, "get_name_type_map", lambda: names)
    open_stacks(patches, known=frozenset(every) | frozenset(parsing.NULL_MODELS))
