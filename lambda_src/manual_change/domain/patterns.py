"""Patterns of the policy: shell globs over the whole value, case counted; those that silence principals part by part.

A principal's ARN is `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, and whoever may create roles writes most of the
resource: a path begins and ends with a slash and may hold any character from `!` to DEL, colons included (IAM API
reference, CreateRole, Path), while a name holds letters, digits and `_+=,.@-`. A glob that spans parts, or path and
name, therefore also matches what a stranger made to look like it: `role/:role/release`, `role/release-/alice`. Where a
match silences, that is a way in; where it only tells more, nobody gains by looking like the principal, and a glob that
stays within its part would miss `role/ops/break-glass-1`.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache
from typing import Final, NamedTuple

ANY: Final = "*"

RESERVED_PATH: Final = "role/aws-reserved/sso.amazonaws.com/"
"""IAM Identity Center makes the roles below this path, and nobody else may; in them a region may precede the name:
`AWSReservedSSO_Admin_0123`, `eu-west-1/AWSReservedSSO_Admin_0123`."""

_SIGN: Final = re.compile(r"[*?\[]")
_PARTS: Final = 6
_ACCOUNT: Final = re.compile(r"\d{12}")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def matches(pattern: str, *values: str | None) -> bool:
    """Whether the glob matches one of the values as a whole. `*` matches also where there is no value."""
    if pattern == ANY:
        return True
    if not _SIGN.search(pattern):  # lists of thousands of accounts and channels are names, hardly ever globs
        return pattern in values
    compiled = _compiled(pattern)
    return any(value is not None and compiled.match(value) is not None for value in values)


def is_whole_arn(pattern: str) -> bool:
    """Whether the pattern has the six parts of an ARN, so that each is compared with its own."""
    return pattern.startswith("arn:") and pattern.count(":") >= _PARTS - 1


def matches_principal(pattern: str, *arns: str) -> bool:
    """Whether the pattern matches one of the ARNs of a principal.

    A sign of a glob stays within its part of the ARN, and in the resource between two slashes: `role/deploy-*` is
    every role of such a name without a path, `role/ci/*-deploy` is below the path `/ci/`. Where the resource, or what
    follows its last slash, is `*` alone, that is everything below: `*`, `role/*`, `role/ci/*`. Below
    Identity Center's path a `*` spans slashes, because nobody but AWS writes what is there.

    A pattern that is no whole ARN (`*`, `*:user/alice`) is compared with the whole text, and its `*` spans everything.
    """
    if not is_whole_arn(pattern):
        return matches(pattern, *arns)
    wanted = _split(pattern)
    return any(_matches_parts(wanted, arn) for arn in arns)


def matches_principal_widely(pattern: str, *arns: str) -> bool:
    """Whether the pattern matches one of the ARNs of a principal part by part or as a whole text.

    For entries that only tell more: `role/*break-glass*` is a role of such a name below any path, too.
    """
    return matches_principal(pattern, *arns) or matches(pattern, *arns)


class _Arn(NamedTuple):
    """An ARN, or a pattern over one."""

    before: tuple[str, ...]
    """`arn`, partition, service, region."""
    account: str
    resource: str
    segments: tuple[str, ...]
    """The resource between its slashes."""


@lru_cache(maxsize=4096)
def _split(arn: str) -> _Arn:
    *before, account, resource = arn.split(":", _PARTS - 1)
    return _Arn(tuple(before), account, resource, tuple(resource.split("/")))


def _matches_parts(wanted: _Arn, arn: str) -> bool:
    if not is_whole_arn(arn):
        return False
    found = _split(arn)
    return (
        _matches_resource(wanted, found)
        and matches(wanted.account, found.account)
        and _ACCOUNT.fullmatch(found.account) is not None
        and all(matches(glob, part) for glob, part in zip(wanted.before, found.before, strict=True))
    )


def _matches_resource(wanted: _Arn, found: _Arn) -> bool:
    if wanted.resource.startswith(RESERVED_PATH):
        return matches(wanted.resource, found.resource)
    globs, segments = wanted.segments, found.segments
    if globs[-1] == ANY:
        globs = globs[:-1]
        if len(segments) <= len(globs):
            return False
        segments = segments[: len(globs)]
    return len(globs) == len(segments) and all(map(matches, globs, segments))
