"""Deployments: what CloudFormation does for the roles that deploy the detector is no tampering.

Anybody may have CloudFormation do it: with a template that lacks a rule, or with a stack of his own that gives a role
of ours another policy. So it takes both, CloudFormation and one of these roles. AWS writes each into the record:
`invokedBy`, and the name of the role whose session it is. An IAM user's session has no role, and is never one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from manual_change_detector import props

DEPLOYING_ROLES: Final = (
    "stacksets-exec-*",  # StackSets with service-managed permissions
    "AWSControlTowerExecution",  # Control Tower, and its customizations
    "AWSAccelerator-Deployment-Role",  # Landing Zone Accelerator (1.15): begins deployments, and CloudFormation acts
    "cdk-*-deploy-role-*",  # `cdk deploy` makes and executes change sets with it
    "cdk-*-cfn-exec-role-*",  # CloudFormation then acts with it
)
"""Who deploys, unless somebody else is named: globs over names of roles."""

MOST_CHARACTERS: Final = 250
"""Of all names together, with their quotes and commas: every pattern holds them, beside what it is about."""

MOST_STARS: Final = 3
"""In a name: EventBridge refuses patterns whose wildcards it finds too complex."""
FEWEST_LETTERS: Final = 4
"""That a name with stars begins or ends with (`cdk-`): with fewer it would be the name of nearly everybody."""

_ROLE: Final = re.compile(r"[\w+=,.@*-]{1,64}", re.ASCII)
_BY_HAND: Final = [{"exists": False}, {"anything-but": "cloudformation.amazonaws.com"}]


def checked_roles(names: Sequence[str]) -> tuple[str, ...]:
    """The names of roles, as patterns of EventBridge take them.

    Raises:
        TypeError: a string was given where a list belongs, or something else where a name does.
        ValueError: there is none, one is no name of a role or nearly everybody's, or they are too long for a pattern.
    """
    if not props.listed("deploying_roles", names):
        raise ValueError("deploying_roles is empty, so every deployment would ring; name who deploys, or leave it out")
    for name in names:
        if not _ROLE.fullmatch(name) or "**" in name or not name.strip("*"):
            raise ValueError(
                f"deploying_roles names {name!r}; give names of roles without path and ARN, in which * may stand for "
                "some characters: deploy-*"
            )
        if "*" in name:
            _check_that_it_tells_roles_apart(name)
    characters = len(json.dumps(list(names), separators=(",", ":")))
    if characters > MOST_CHARACTERS:
        raise ValueError(
            f"deploying_roles has {characters} characters with quotes and commas, and event patterns have room for "
            f"{MOST_CHARACTERS}; say it in fewer names, with *: deploy-*"
        )
    return tuple(names)


def _check_that_it_tells_roles_apart(name: str) -> None:
    beginning, *_, end = name.split("*")
    if max(len(beginning), len(end)) < FEWEST_LETTERS:
        raise ValueError(
            f"deploying_roles names {name!r}, which fits nearly every role, so that hardly anybody would be told; let "
            f"{FEWEST_LETTERS} characters or more stand before the first * or behind the last: deploy-*"
        )
    if name.count("*") > MOST_STARS:
        raise ValueError(
            f"deploying_roles names {name!r} with {name.count('*')} stars, and EventBridge takes few in a pattern; "
            f"{MOST_STARS} are enough: a * stands for hyphens too"
        )


def no_deployment(roles: Sequence[str]) -> dict[str, Any]:
    """Of calls that CloudFormation makes in a deployment: not by it, or not for one of these roles."""
    return {"userIdentity": {"$or": [{"invokedBy": _BY_HAND}, _of_another_role(roles)]}}


def no_deployer(roles: Sequence[str]) -> dict[str, Any]:
    """Of calls that begin a deployment: not of one of these roles."""
    return {"userIdentity": _of_another_role(roles)}


def _of_another_role(roles: Sequence[str]) -> dict[str, Any]:
    names = [{"exists": False}, {"anything-but": {"wildcard": list(roles)}}]
    return {"sessionContext": {"sessionIssuer": {"userName": names}}}
