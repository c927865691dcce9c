"""How somebody called: the console, a command line, a tool. TABLE of user agents.

A user agent is whatever the caller says, so what this module finds is for the reader of a message (`via`) and, where
the policy asks for it, narrows trust. Only `invokedBy` and a service as source address are written by AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from manual_change.domain.api_call import flag, mapping

CLOUDFORMATION: Final = "cloudformation"

SAID_BY_CALLERS: Final = frozenset({"console", "cli", "sdk", "terraform", "pulumi", "cdk", "unknown"})
"""Ways of calling that prove nothing; every other is a service that AWS names."""

_SERVICE_SUFFIX: Final = ".amazonaws.com"

USER_AGENTS: Final[tuple[tuple[str, str], ...]] = (
    ("terraform", "terraform"),
    ("opentofu", "terraform"),
    ("pulumi", "pulumi"),
    ("aws-cdk", "cdk"),
    ("cdk-cli", "cdk"),
    ("cdk/", "cdk"),
    ("aws-cli/", "cli"),
    ("awspowershell", "cli"),
    ("aws-tools-for-powershell", "cli"),
    ("signin.amazonaws.com", "console"),
    ("console.amazonaws.com", "console"),
    ("console.aws.amazon.com", "console"),
    ("awsconsole", "console"),
    ("s3console/", "console"),
    ("console for", "console"),
    (" console", "console"),
    ("mozilla/", "console"),
    ("boto3/", "sdk"),
    ("botocore/", "sdk"),
    ("aws-sdk-", "sdk"),
    ("boto/", "sdk"),
)
"""The first that stands anywhere in the user agent, in lower case, says the tool. Tools come before the SDKs that they
are made of, and `console.ec2.amazonaws.com` is matched by its first label below."""


def invoking_service(record: Mapping[str, Any]) -> str | None:
    """The service that called for somebody, without `.amazonaws.com`; None for a direct call.

    `AWS Internal` and `signin.amazonaws.com` are written for people's console actions too and name no service.
    """
    return service_named(mapping(record.get("userIdentity")).get("invokedBy"))


def service_named(value: object) -> str | None:
    """`ssm` of `ssm.amazonaws.com`; None for anything else, and for the sign-in service."""
    if not isinstance(value, str) or not value.endswith((_SERVICE_SUFFIX, _SERVICE_SUFFIX + ".cn")):
        return None
    service = value.removesuffix(".cn").removesuffix(_SERVICE_SUFFIX)
    return None if not service or service in ("signin", "console") or service.startswith("console.") else service


def via_of(record: Mapping[str, Any]) -> str:
    """How the call was made: a service that AWS names, else the tool that the caller names, else `unknown`."""
    if service_named(record.get("sourceIPAddress")) == CLOUDFORMATION:
        return CLOUDFORMATION
    service = invoking_service(record)
    if service:
        return service
    tool = _tool(record.get("userAgent"))
    if tool in ("unknown", "sdk") and flag(record.get("sessionCredentialFromConsole")):
        return "console"
    return tool


def _tool(user_agent: object) -> str:
    return _tool_named(user_agent) if isinstance(user_agent, str) else "unknown"


@lru_cache(maxsize=2048)
def _tool_named(user_agent: str) -> str:
    lowered = user_agent.lower()
    for mark, tool in USER_AGENTS:
        if mark in lowered:
            return tool
    return "console" if lowered.startswith("console.") and lowered.endswith(_SERVICE_SUFFIX) else "unknown"
