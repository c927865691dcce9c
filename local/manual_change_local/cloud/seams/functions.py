# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's functions: what was deployed, and invocations that run in our processes.

Rests on moto 5.2.5, `moto.awslambda.models`: `LambdaFunction` holds the configuration and `code_bytes`, its `invoke`
is what the Invoke API calls, `_set_function_code` reads the asset; `logs_backends[…]` keeps log groups.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException, UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.logs.models import logs_backends

from manual_change_local.cloud.fleet import Fleet
from manual_change_local.cloud.function import Function
from manual_change_local.cloud.seams.patches import Patches


def open_functions(
    patches: Patches,
    *,
    fleet: Fleet,
    invoke_later: Callable[[Function, bytes], None],
) -> None:
    """Run functions in `fleet`, and hand asynchronous invocations to `invoke_later`."""
    original_init = models.LambdaFunction.__init__
    original_set_code = models.LambdaFunction._set_function_code
    original_configure = models.LambdaFunction.update_configuration
    original_delete_function = models.LambdaBackend.delete_function

    def init(deployed: Any, account_id: str, spec: dict[str, Any], *args: Any, **options: Any) -> None:
        original_init(deployed, account_id, spec, *args, **options)
        deployed.log_format = "Text"
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

    def delete_function(backend: Any, function_name: str, qualifier: str | None = None) -> None:
        arn = backend.get_function(function_name).function_arn
        original_delete_function(backend, function_name, qualifier)
        fleet.retire(arn)

    patches.replace(models.LambdaFunction, "__init__", init)
    patches.replace(models.LambdaFunction, "_set_function_code", set_code)
    patches.replace(models.LambdaFunction, "update_configuration", configure)
    patches.replace(models.LambdaFunction, "invoke", invoke)
    patches.replace(models.LambdaBackend, "delete_function", delete_function)


def _configure_logs(deployed: Any, spec: Mapping[str, Any]) -> None:
    """moto knows no LoggingConfig."""
    chosen = spec.get("LoggingConfig")
    if chosen is None:
        return
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
