# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's CloudFormation: our resource types beside moto's, and failures that say what and where.

Rests on moto 5.2.5, `moto.cloudformation`: `parsing.get_model_map/get_model_list/get_name_type_map` say which class
deploys a type; `parsing.parse_and_create_resource/parse_and_update_resource` deploy one; `Stack.resource_map` is lazy
and creates a resource when it is looked up; `CloudFormationBackend.create_stack/update_stack/create_change_set/
execute_change_set` take a template and change a stack. moto skips unknown types with a warning; here they fail.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.cloudformation.models import cloudformation_backends

from manual_change_local.cloud.resource_types import RESOURCE_TYPES, Api, Deployed, ResourceType, Wanted
from manual_change_local.cloud.seams.patches import Patches

_WHERE = "local/manual_change_local/cloud/resource_types.py"

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
    _parse_json_first(patches)
    _open_parsing(patches)
    _open_backend(patches, known=frozenset(every) | frozenset(parsing.NULL_MODELS))


def _open_parsing(patches: Patches) -> None:
    original_create = parsing.parse_and_create_resource
    original_update = parsing.parse_and_update_resource

    def create(logical_id: str, resource_json: dict[str, Any], *args: Any, **options: Any) -> Any:
        with _naming(logical_id, resource_json):
            return original_create(logical_id, resource_json, *args, **options)

    def update(
        logical_id: str, resource_json: dict[str, Any], resources_map: Any, account_id: str, region_name: str
    ) -> Any:
        with _naming(logical_id, resource_json):
            updated = original_update(logical_id, resource_json, resources_map, account_id, region_name)
            if updated is None:  # a type that moto cannot update: replace it, as CloudFormation would
                resources_map._delete_resource(resources_map[logical_id], resource_json)
                updated = original_create(logical_id, resource_json, resources_map, account_id, region_name)
            return updated

    patches.replace(parsing, "parse_and_create_resource", create)
    patches.replace(parsing, "parse_and_update_resource", update)


class _naming:  # noqa: N801 - used like a function
    """Errors inside name the resource, and reach the caller as CloudFormation's, not as a failure of the server."""

    def __init__(self, logical_id: str, resource_json: dict[str, Any]) -> None:
        self._what = f"{logical_id} ({resource_json['Type']})"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, ValidationError):
            raise ValidationError(message=f"{self._what}: {type(error).__name__}: {error}") from error


def _open_backend(patches: Patches, known: frozenset[str]) -> None:
    backend_class = models.CloudFormationBackend
    original_create = backend_class.create_stack
    original_update = backend_class.update_stack
    original_create_set = backend_class.create_change_set
    original_execute = backend_class.execute_change_set

    def create_stack(backend: Any, name: str, template: str, *args: Any, **options: Any) -> Any:
        _check(template, known)
        try:
            return original_create(backend, name, template, *args, **options)
        except ValidationError:
            _roll_back(backend, name)
            raise

    def update_stack(backend: Any, name: str, template: str, *args: Any, **options: Any) -> Any:
        _check(template, known)
        return original_update(backend, name, template, *args, **options)

    def create_change_set(backend: Any, **options: Any) -> Any:
        _check(options["template"], known)
        return original_create_set(backend, **options)

    def execute_change_set(backend: Any, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = backend.describe_change_set(change_set_name)
        try:
            original_execute(backend, change_set_name, stack_name)
        except ValidationError:
            if change_set.change_set_type == "CREATE":
                _roll_back(backend, change_set.stack_name)
            raise

    patches.replace(backend_class, "create_stack", create_stack)
    patches.replace(backend_class, "update_stack", update_stack)
    patches.replace(backend_class, "create_change_set", create_change_set)
    patches.replace(backend_class, "execute_change_set", execute_change_set)


def _check(template: str, known: frozenset[str]) -> None:
    """Refuse a template with a type that nobody would deploy, before anything is created."""
    resources = models.Stack.parse_template(template).get("Resources") or {}
    unknown = sorted(
        f"{resource['Type']} ({logical_id})"
        for logical_id, resource in resources.items()
        if resource["Type"] not in known
    )
    if unknown:
        raise ValidationError(
            message=f"the embedded cloud cannot deploy {', '.join(unknown)}: add the resource type to {_WHERE}"
        )


def _roll_back(backend: Any, name: str) -> None:
    for stack in backend.stacks.values():
        if stack.name == name:
            stack.resource_map.delete()
            stack.status = "ROLLBACK_COMPLETE"
            stack._add_stack_event("ROLLBACK_COMPLETE")


def _parse_json_first(patches: Patches) -> None:
    """moto reads every template as YAML, several times; JSON is a hundred times faster to read."""
    original = models.Stack.parse_template

    def parse_template(template: str) -> Any:
        return json.loads(template) if template.lstrip().startswith("{") else original(template)

    def parse_change_set(change_set: Any) -> None:
        change_set.template_dict = parse_template(change_set.template)

    patches.replace(models.Stack, "parse_template", staticmethod(parse_template))
    patches.replace(models.ChangeSet, "_parse_template", parse_change_set)
