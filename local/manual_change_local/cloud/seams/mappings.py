# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's event source mappings: ours poll; moto's own, synchronous ones are switched off.

Rests on moto 5.2.5, `moto.awslambda.models`: `LambdaBackend` creates, updates and deletes mappings and keeps them in
`_event_source_mappings`; a queue's `lambda_event_source_mappings` is what moto's own mapping reads.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.events.models import EventPattern
from moto.sqs.models import sqs_backends

from manual_change_local.cloud.event_source import CONCURRENCY_LIMIT, EventSourceMapping
from manual_change_local.cloud.observation import Observation
from manual_change_local.cloud.seams.functions import function_of
from manual_change_local.cloud.seams.patches import Patches
from manual_change_local.cloud.seams.polled_queue import PolledQueue


def open_mappings(
    patches: Patches,
    *,
    mapping_changed: Callable[[str, EventSourceMapping | None], None],
    observe: Callable[[Observation], None],
) -> None:
    """Tell of mappings as they come and go.

    Args:
        patches: what puts moto back.
        mapping_changed: told the uuid of a mapping that was created, updated or deleted, and the mapping as it is now;
            None when it is gone or disabled.
        observe: hears what happens to messages.
    """
    original_create = models.LambdaBackend.create_event_source_mapping

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

    patches.replace(models.LambdaBackend, "create_event_source_mapping", create)
    patches.replace(models.LambdaBackend, "update_event_source_mapping", update)
    patches.replace(models.LambdaBackend, "delete_event_source_mapping", delete)


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


def _mapping(mapping: Any, observe: Callable[[Observation], None]) -> EventSourceMapping | None:
    """The mapping as we run it, None when it is disabled or polls something else than a queue."""
    arn: str = mapping.event_source_arn
    if not _is_true(mapping.enabled) or ":sqs:" not in arn:
        return None
    name = arn.rsplit(":", 1)[1]
    scaling = mapping.scaling_config or {}
    return EventSourceMapping(
        uuid=mapping.uuid,
        queue=PolledQueue(account=mapping.account_id, region=mapping.region, name=name, arn=arn, observe=observe),
        function=functools.partial(function_of, mapping.function_arn),
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
