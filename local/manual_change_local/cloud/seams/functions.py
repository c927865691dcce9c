# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's functions: what was deployed, and invocations that run in our processes.

Rests on moto 5.2.5, `moto.awslambda.models`: `LambdaFunction` holds the configuration and `code_bytes`, its `invoke`
is what the Invoke API calls; `LambdaBackend` creates, updates and deletes event source mappings and keeps them in
`_event_source_mappings`; a queue's `lambda_event_source_mappings` is what moto's own synchronous mapping reads;
`logs_backends[…]` keeps log groups.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException, UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.events.models import EventPattern
from moto.logs.models import logs_backends
from moto.sqs.models import sqs_backends

from manual_change_local.cloud.event_source import CONCURRENCY_LIMIT, EventSourceMapping
from manual_change_local.cloud.fleet import Fleet
from manual_change_local.cloud.function import Function
from manual_change_local.cloud.observation import Observation
from manual_change_local.cloud.seams.patches import Patches
from manual_change_local.cloud.seams.polled_queue import PolledQueue


def open_functions(
    patches: Patches,
    *,
    fleet: Fleet,
    invoke_later: Callable[[Function, bytes], None],
    mapping_changed: Callable[[str, EventSourceMapping | None], None],
    observe: Callable[[Observation], None],
) -> None:
    """Run functions in `fleet`.

    Args:
        patches: what puts moto back.
        fleet: where functions run.
        invoke_later: takes asynchronous invocations.
        mapping_changed: told the uuid of a mapping that was created, updated or deleted, and the mapping as it is now;
            None when it is gone or disabled.
        observe: hears what happens to messages.
    """
    original_init = models.LambdaFunction.__init__
    original_set_code = models.LambdaFunction._set_function_code
    original_configure = models.LambdaFunction.update_configuration
    original_create = models.LambdaBackend.create_event_source_mapping
    original_delete_function = models.LambdaBackend.delete_function

    def init(deployed: Any, account_id: str, spec: dict[str, Any], *args: Any, **options: Any) -> None:
        original_init(deployed, account_id, spec, *args, **options)
        _configure_logs(deployed, spec)

    def set_code(deployed: Any, spec: dict[str, Any]) -> None:
        original_set_code(deployed, spec)
        if "S3Key" in spec and not deployed.code_bytes:  # moto takes a missing object for empty code
            raise InvalidParameterValueException(
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does "
                f"not exist: {spec['S3Bucket']}/{spec['S3Key']}"
            )

    def configure(deployed: Any, spec: dict[str, Any]) -> Any:
        _configure_logs(deployed, spec)
        return original_configure(deployed, spec)

    def invoke(deployed: Any, body: Any, request_headers: Mapping[str, str], response_headers: dict[str, str]) -> bytes:
        payload = body if isinstance(body, bytes) else (body or "{}").encode()
        match request_headers.get("X-Amz-Invocation-Type", "RequestResponse"):
            case "Event":
                invoke_later(_function(deployed), payload)
                return b""
            case "DryRun":
                return b""
        finished = fleet.invoke(_function(deployed), payload)
        if finished.error_type:
            response_headers["x-amz-function-error"] = "Unhandled"
        return finished.payload

    def create(backend: Any, spec: dict[str, Any]) -> Any:
        _check_visibility(backend, spec)
        created = original_create(backend, spec)
        for queue in sqs_backends[backend.account_id][backend.region_name].queues.values():
            queue.lambda_event_source_mappings.clear()
        mapping_changed(created.uuid, _mapping(created, observe))
        return created

    def update(backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
        updated = backend._event_source_mappings.get(uuid)
        if updated is not None:
            _apply(backend, updated, spec)
            mapping_changed(uuid, _mapping(updated, observe))
        return updated

    def delete(backend: Any, uuid: str) -> Any:
        deleted = backend._event_source_mappings.pop(uuid, None)
        mapping_changed(uuid, None)
        return deleted

    def delete_function(backend: Any, function_name: str, qualifier: str | None = None) -> None:
        arn = backend.get_function(function_name).function_arn
        original_delete_function(backend, function_name, qualifier)
        fleet.retire(arn)

    patches.replace(models.LambdaFunction, "__init__", init)
    patches.replace(models.LambdaFunction, "_set_function_code", set_code)
    patches.replace(models.LambdaFunction, "update_configuration", configure)
    patches.replace(models.LambdaFunction, "invoke", invoke)
    patches.replace(models.LambdaBackend, "create_event_source_mapping", create)
    patches.replace(models.LambdaBackend, "update_event_source_mapping", update)
    patches.replace(models.LambdaBackend, "delete_event_source_mapping", delete)
    patches.replace(models.LambdaBackend, "delete_function", delete_function)


def _configure_logs(deployed: Any, spec: Mapping[str, Any]) -> None:
    """moto knows no LoggingConfig."""
    chosen = spec.get("LoggingConfig") or {}
    deployed.logs_group_name = chosen.get("LogGroup") or f"/aws/lambda/{deployed.function_name}"
    deployed.log_format = chosen.get("LogFormat", "Text")


def keep_logs(function: Function, log_stream: str, lines: list[str]) -> None:
    """Put what a function wrote into its log group."""
    if not lines:
        return
    backend = logs_backends[function.account][function.region]
    backend.ensure_log_group(function.log_group)
    backend.ensure_log_stream(function.log_group, log_stream)
    now = int(time.time() * 1000)
    backend.put_log_events(function.log_group, log_stream, [{"timestamp": now, "message": line} for line in lines])


def _check_visibility(backend: Any, spec: Mapping[str, Any]) -> None:
    """Lambda refuses a queue whose messages would reappear while the function still works."""
    function = backend.get_function(spec["FunctionName"])
    queues = sqs_backends[backend.account_id][backend.region_name].queues.values()
    for queue in queues:
        if queue.queue_arn == spec["EventSourceArn"] and queue.visibility_timeout < int(function.timeout):
            raise InvalidParameterValueException(
                f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
                f"Function timeout: {function.timeout} seconds"
            )


_FIELDS: Mapping[str, str] = {
    "BatchSize": "batch_size",
    "FilterCriteria": "filter_criteria",
    "FunctionResponseTypes": "function_response_types",
    "MaximumBatchingWindowInSeconds": "max_batch_window",
    "ScalingConfig": "scaling_config",
}


def _apply(backend: Any, mapping: Any, spec: Mapping[str, Any]) -> None:
    """moto's update leaves ScalingConfig out."""
    for name, attribute in _FIELDS.items():
        if name in spec:
            setattr(mapping, attribute, spec[name])
    if "Enabled" in spec:
        mapping.enabled = _is_true(spec["Enabled"])
    if "FunctionName" in spec:
        mapping.function_arn = backend.get_function(spec["FunctionName"]).function_arn


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _function(deployed: Any) -> Function:
    reserved = deployed.reserved_concurrency
    return Function(
        name=deployed.function_name,
        arn=deployed.function_arn,
        account=deployed.account_id,
        region=deployed.region,
        handler=deployed.handler or "",
        runtime=deployed.run_time or "",
        timeout=float(deployed.timeout),
        memory=int(deployed.memory_size),
        environment=dict(deployed.environment_vars),
        code_digest=deployed.code_sha_256,
        code=deployed.code_bytes,
        log_group=deployed.logs_group_name,
        log_format=deployed.log_format,
        layers=tuple(layer["Arn"] for layer in deployed.layers),
        reserved_concurrency=None if reserved is None else int(reserved),
    )


def retry_attempts(function_arn: str) -> int:
    """How often an asynchronous invocation that failed is tried again: twice, unless the function says otherwise."""
    _, _, _, region, account, _, name, *_ = function_arn.split(":")
    configured = lambda_backends[account][region].get_function(name).event_invoke_config
    return int(configured[-1].config.get("MaximumRetryAttempts", 2)) if configured else 2


def function_of(function_arn: str) -> Function | None:
    """The function as it is deployed now, None when there is none."""
    _, _, _, region, account, _, name, *_ = function_arn.split(":")
    try:
        return _function(lambda_backends[account][region].get_function(name))
    except UnknownFunctionException:
        return None


def _mapping(mapping: Any, observe: Callable[[Observation], None]) -> EventSourceMapping | None:
    """The mapping as we run it, None when it is disabled or polls something else than a queue."""
    arn: str = mapping.event_source_arn
    if not _is_true(mapping.enabled) or ":sqs:" not in arn:
        return None
    function_arn: str = mapping.function_arn
    name = arn.rsplit(":", 1)[1]
    last_known: list[Function] = []

    def current() -> Function:
        found = function_of(function_arn)
        if found is not None:
            last_known[:] = [found]
        return last_known[0]

    current()
    scaling = mapping.scaling_config or {}
    return EventSourceMapping(
        uuid=mapping.uuid,
        queue=PolledQueue(account=mapping.account_id, region=mapping.region, name=name, arn=arn, observe=observe),
        function=current,
        region=mapping.region,
        batch_size=int(mapping.batch_size),
        window=float(mapping.max_batch_window or 0),
        reports_failures="ReportBatchItemFailures" in (mapping.function_response_types or ()),
        concurrency=min(int(scaling.get("MaximumConcurrency") or CONCURRENCY_LIMIT), CONCURRENCY_LIMIT),
        accepts=_accepts(mapping.filter_criteria),
    )


def _accepts(criteria: Mapping[str, Any] | None) -> Callable[[Mapping[str, Any]], bool]:
    """Filter criteria as a predicate on records: one pattern must match; a JSON body is matched by its contents."""
    patterns = [EventPattern.load(entry["Pattern"]) for entry in (criteria or {}).get("Filters", ())]
    if not patterns:
        return lambda _: True

    def accepts(record: Mapping[str, Any]) -> bool:
        try:
            body = json.loads(record["body"])
        except ValueError:
            body = record["body"]
        return any(pattern.matches_event({**record, "body": body}) for pattern in patterns)

    return accepts
