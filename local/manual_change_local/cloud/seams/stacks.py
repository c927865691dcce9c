# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's stacks: unknown types and failures that say what and where, and updates that reach everything.

Rests on moto 5.2.5, `moto.cloudformation`: `parsing.parse_and_create_resource` and `parse_and_update_resource` deploy
one resource of a `ResourceMap`, whose `_resource_json_map` is the template's resources as deployed and whose
`_parsed_resources` are the instances; `CloudFormationBackend.create_stack/update_stack/create_change_set/
execute_change_set/delete_change_set` are what the API calls.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any, Final

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import ValidationError

from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.seams.patches import Patches

REPLACEABLE: Final = frozenset(
    {"AWS::IAM::ManagedPolicy", "AWS::Lambda::LayerVersion", "AWS::Lambda::Permission", "AWS::Lambda::Version"}
)
"""Types that moto cannot update and that hold nothing: a new one takes the old one's place."""

_WHERE: Final = "local/manual_change_local/cloud/resource_types"
_HERE: Final = "local/manual_change_local/cloud/seams/stacks.py"


class CannotUpdate(CloudError):
    """A resource is to become another, and nobody here can make it so."""

    def __init__(self) -> None:
        super().__init__(
            "moto cannot update this type: destroy the stack and deploy it again, or, where a new resource may take "
            f"the old one's place, add the type to REPLACEABLE in {_HERE}"
        )


def open_stacks(patches: Patches, *, known: frozenset[str]) -> None:
    """Refuse templates with other types than `known`; name what fails; leave nothing half done."""
    _parse_json_first(patches)
    _open_resources(patches)
    _open_updates(patches)
    _open_backend(patches, known=known)
    patches.replace(
        models.Stack,
        "stack_resources",
        property(lambda stack: [found for found in stack.resource_map.values() if found is not None]),
    )


def _parse_json_first(patches: Patches) -> None:
    """moto reads every template as YAML, several times; JSON is a hundred times faster to read."""
    original = models.Stack.parse_template

    def parse_template(template: str) -> Any:
        return json.loads(template) if template.lstrip().startswith("{") else original(template)

    def parse_change_set(change_set: Any) -> None:
        change_set.template_dict = parse_template(change_set.template)

    patches.replace(models.Stack, "parse_template", staticmethod(parse_template))
    patches.replace(models.ChangeSet, "_parse_template", parse_change_set)


@contextlib.contextmanager
def _naming(logical_id: str, resource: dict[str, Any]) -> Iterator[None]:
    """Errors inside name the resource, and reach the caller as CloudFormation's, not as a failure of the server."""
    try:
        yield
    except ValidationError:
        raise
    except Exception as error:
        said = str(error) if isinstance(error, CloudError) else f"{type(error).__name__}: {error}"
        raise ValidationError(message=f"{logical_id} ({resource['Type']}): {said}") from error


def _applied(resources: Any) -> dict[str, tuple[Any, Any]]:
    """Logical id -> the resource as in the template and with everything resolved, of what is really deployed."""
    applied: dict[str, tuple[Any, Any]] = resources.__dict__.setdefault("applied", {})
    return applied


def _resolved(resources: Any, resource: dict[str, Any]) -> Any:
    return parsing.clean_json(copy.deepcopy(resource), resources)


def _open_resources(patches: Patches) -> None:
    original_create = parsing.parse_and_create_resource
    original_update = parsing.parse_and_update_resource

    def create(logical_id: str, resource: dict[str, Any], resources: Any, **where: str) -> Any:
        with _naming(logical_id, resource):
            created = original_create(logical_id, resource, resources, **where)
            if created is not None:
                _applied(resources)[logical_id] = (copy.deepcopy(resource), _resolved(resources, resource))
            return created

    def update(logical_id: str, resource: dict[str, Any], resources: Any, **where: str) -> Any:
        with _naming(logical_id, resource):
            updated = original_update(logical_id, _named(resource, resources[logical_id]), resources, **where)
            if updated is None and resource["Type"] not in REPLACEABLE:
                raise CannotUpdate
            if updated is None:
                resources._delete_resource(resources[logical_id], resource)
                updated = original_create(logical_id, resource, resources, **where)
            _applied(resources)[logical_id] = (copy.deepcopy(resource), _resolved(resources, resource))
            return updated

    patches.replace(parsing, "parse_and_create_resource", create)
    patches.replace(parsing, "parse_and_update_resource", update)


def _named(resource: dict[str, Any], deployed: Any) -> dict[str, Any]:
    """moto updates a bucket by the name in the template, and fails where CloudFormation named it."""
    if resource["Type"] != "AWS::S3::Bucket":
        return resource
    return {**resource, "Properties": {"BucketName": deployed.name, **resource.get("Properties", {})}}


def _open_updates(patches: Patches) -> None:
    original = parsing.ResourceMap.update

    def update(resources: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
        applied = _applied(resources)
        try:
            original(resources, template, parameters)
            _reach_dependents(resources)
        except ValidationError:
            # What is deployed now is the truth that the next update starts from.
            resources._resource_json_map = {name: raw for name, (raw, _) in applied.items()}
            raise
        finally:
            for name in set(applied) - set(template["Resources"]):
                applied.pop(name)
                resources._parsed_resources.pop(name, None)

    patches.replace(parsing.ResourceMap, "update", update)


def _reach_dependents(resources: Any) -> None:
    """moto updates what the template changed; CloudFormation also what refers to a resource that was replaced."""
    applied = _applied(resources)
    for _ in range(len(applied)):
        stale = [
            name
            for name, resource in resources._resource_json_map.items()
            if name in applied and applied[name][1] != _resolved(resources, resource)
        ]
        if not stale:
            return
        for name in stale:
            resources._parsed_resources[name] = parsing.parse_and_update_resource(
                name,
                resources._resource_json_map[name],
                resources,
                account_id=resources._account_id,
                region_name=resources._region_name,
            )


def _open_backend(patches: Patches, *, known: frozenset[str]) -> None:
    backend_class = models.CloudFormationBackend
    original_create = backend_class.create_stack
    original_update = backend_class.update_stack
    original_create_set = backend_class.create_change_set
    original_execute = backend_class.execute_change_set

    def create_stack(backend: Any, *, name: str, template: str, **options: Any) -> Any:
        _check(template, known)
        try:
            return original_create(backend, name=name, template=template, **options)
        except ValidationError:
            _roll_back(backend, name)
            raise

    def update_stack(backend: Any, *, name: str, template: str, **options: Any) -> Any:
        _check(template, known)
        stack = backend.get_stack(name)
        before = (stack.template, stack.template_dict)
        try:
            return original_update(backend, name=name, template=template, **options)
        except ValidationError:
            stack.template, stack.template_dict = before
            raise

    def create_change_set(backend: Any, **options: Any) -> Any:
        _check(options["template"], known)
        return original_create_set(backend, **options)

    def execute_change_set(backend: Any, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = backend.describe_change_set(change_set_name)
        stack = change_set.stack
        try:
            original_execute(backend, change_set_name, stack_name)
        except ValidationError:
            if change_set.change_set_type == "CREATE":
                _roll_back(backend, change_set.stack_name)
            raise
        stack._parse_template()
        stack.parameters = change_set.parameters
        stack.output_map = stack._create_output_map()
        for export in stack.exports:
            backend.exports[export.name] = export

    def delete_change_set(backend: Any, change_set_name: str) -> None:
        for key, change_set in list(backend.change_sets.items()):
            if change_set_name in (key, change_set.change_set_name):
                del backend.change_sets[key]

    patches.replace(backend_class, "create_stack", create_stack)
    patches.replace(backend_class, "update_stack", update_stack)
    patches.replace(backend_class, "create_change_set", create_change_set)
    patches.replace(backend_class, "execute_change_set", execute_change_set)
    patches.replace(backend_class, "delete_change_set", delete_change_set)


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
