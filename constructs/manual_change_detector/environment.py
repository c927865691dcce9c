"""Environment: a function's settings are its variables; what Lambda has no room for is in a file, an asset."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, Protocol

from aws_cdk import Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from manual_change.settings import FURTHER_SETTINGS
from manual_change_detector.deployed_file import deploy_file

ENVIRONMENT_LIMIT: Final = 4096
"""Bytes of all environment variables of a function (Lambda developer guide, "Lambda quotas")."""

ROOM_FOR_A_TOKEN: Final = 200
"""Bytes that stand for what only CloudFormation knows: an ARN, a queue's URL, a bucket and key."""

ROOM_FOR_A_FILE: Final = ROOM_FOR_A_TOKEN + 65
"""Bytes of a file's location: with the digest of what is in it."""

FILE: Final = "settings.json"

_TOKEN: Final = re.compile(r"\$\{Token\[[^\]]*\]\}")


class Settings(Protocol):
    """What a function is configured with: a dataclass of `manual_change.settings`."""

    def to_environment(self) -> dict[str, str]:
        """The environment variables of the function."""
        ...


def configure(function: lambda_.Function, settings: Settings) -> None:
    """Hand the settings to a function: they are its environment, and nothing else is. Where they do not fit, the
    longest (lists of routes, of accounts, of types) go into a file, which the function may read.

    Raises:
        ValueError: they do not fit, and what is long is known to CloudFormation only.
    """
    variables = settings.to_environment()
    further: dict[str, str] = {}
    while _size(variables) + (_room(FURTHER_SETTINGS, "") + ROOM_FOR_A_FILE if further else 0) > ENVIRONMENT_LIMIT:
        further |= _longest(variables, function)
        variables = {name: value for name, value in variables.items() if name not in further}
    for name, value in variables.items():
        function.add_environment(name, value)
    if further:
        _keep_in_a_file(function, further)


def _longest(variables: Mapping[str, str], function: lambda_.Function) -> dict[str, str]:
    """The longest variable that can be written into a file at synthesis."""
    known = [name for name, value in variables.items() if not Token.is_unresolved(value)]
    longest = max(known, key=lambda name: _room(name, variables[name]), default=None)
    if longest is None or _room(longest, variables[longest]) < ROOM_FOR_A_TOKEN:
        culprit = max(variables, key=lambda name: _room(name, variables[name]))
        raise ValueError(
            f"the settings of {function.node.path} take {_size(variables)} bytes of environment, and Lambda allows "
            f"{ENVIRONMENT_LIMIT}; the longest, {culprit}, could be kept in a file if no entry of it were a value "
            "that only CloudFormation knows: write its entries out"
        )
    return {longest: variables[longest]}


def _keep_in_a_file(function: lambda_.Function, further: Mapping[str, str]) -> None:
    content = json.dumps(further, ensure_ascii=False, sort_keys=True)
    file = deploy_file(function, "FurtherSettings", name=FILE, content=content)
    function.add_environment(FURTHER_SETTINGS, file.location)
    function.add_to_role_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[file.arn]))


def _size(variables: Mapping[str, str]) -> int:
    return sum(_room(name, value) for name, value in variables.items())


def _room(name: str, value: str) -> int:
    return len(name) + len(_TOKEN.sub("x" * ROOM_FOR_A_TOKEN, value).encode())
