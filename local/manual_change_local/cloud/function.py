"""A Lambda function as it is deployed, and the mark by which its calls are known."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function as deployed. Equal functions can share warm processes."""

    name: str
    arn: str
    account: str
    region: str
    handler: str
    runtime: str
    """`python3.13`: what the template says. It runs on the interpreter that runs the cloud."""
    timeout: float
    """Seconds, of the wall clock: a function is as fast as it is, whatever the time scale."""
    memory: int
    """MB; told to the function, not enforced."""
    environment: Mapping[str, str]
    code_digest: str
    code: bytes = field(repr=False, compare=False)
    """A zip file."""
    log_group: str
    log_format: str = "Text"
    """`JSON` when LoggingConfig says so."""
    layers: tuple[str, ...] = ()
    """ARNs; a function with layers is deployed, and refuses to run."""
    reserved_concurrency: int | None = field(default=None, compare=False)
    """How many invocations may run at a time; None for no limit of its own."""


def trace_id(request_id: str) -> str:
    """The X-Ray header of an invocation, from which `request_id_of` finds back to it: botocore sends it along with
    every call that a function makes."""
    digits = uuid.UUID(request_id).hex
    return f"Root=1-{digits[:8]}-{digits[8:]};Parent={digits[:16]};Sampled=0"


def request_id_of(trace_header: str) -> str | None:
    """The invocation whose function sent this X-Ray header, None for anything else."""
    root = trace_header.partition(";")[0].removeprefix("Root=1-").replace("-", "")
    try:
        return str(uuid.UUID(hex=root))
    except ValueError:
        return None
