"""What a change opened: to everybody, or to an administrator. Only what it added counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from manual_change.domain.change import DELETE, Change
from manual_change.domain.diff_display import differences
from manual_change.domain.policy_text import PUBLIC, lets_everybody_in, makes_an_administrator, statements_in

ANYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})

REACHABLE: Final = ("AWS::EC2::SecurityGroup", "AWS::EC2::NetworkAcl", "AWS::EC2::SecurityGroupIngress")
"""TABLE: types in which an address range says who may come in. A route to 0.0.0.0/0 is how a network gets out."""

GRANTED_TO_ALL: Final = frozenset(
    {
        "http://acs.amazonaws.com/groups/global/AllUsers",
        "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        "AllUsers",
        "AuthenticatedUsers",
        "public-read",
        "public-read-write",
    }
)
"""TABLE: grantees and canned ACLs of S3 that are everybody."""

OPEN_SWITCHES: Final[Mapping[str, Any]] = {
    "public": True,
    "publiclyaccessible": True,
    "blockpublicacls": False,
    "blockpublicpolicy": False,
    "ignorepublicacls": False,
    "restrictpublicbuckets": False,
    "authtype": "NONE",
    "endpointpublicaccess": True,
}
"""TABLE: member (in lower case) -> the value that opens (images, databases, S3's guard, function URLs, EKS)."""

SHARED_WITH_ALL: Final = ("group", "attributevalues", "userids")
"""TABLE: members (in lower case) that name with whom a snapshot or an image is shared; `all` is everybody."""

ADMINISTRATORS: Final = ("AdministratorAccess", "IAMFullAccess")
"""TABLE: AWS's managed policies with which one can do everything, or give oneself the right to."""

_DEEPEST: Final = 30


def opens_to_everybody(change: Change) -> bool:
    """Whether the change let in everybody: an address range, a principal, a grantee, or a guard taken away."""
    if change.change_type == DELETE:
        return False
    in_network = change.resource.type in REACHABLE
    for difference in differences(change.properties):
        if _newly(difference.before, difference.after, lets_everybody_in):
            return True
        if "publicaccessblock" in difference.path.lower() and difference.after is None:
            return True
        known = set(_leaves(difference.path, difference.before))
        for path, value in _leaves(difference.path, difference.after):
            if (path, value) in known:
                continue
            if in_network and value in ANYWHERE and _lets_in(path, difference.after):
                return True
            if _is_open(path, value):
                return True
    return False


def grants_administration(change: Change) -> bool:
    """Whether the change gave somebody every right, or every right over rights."""
    if change.change_type == DELETE or not change.resource.type.startswith(("AWS::IAM::", "AWS::SSO::")):
        return False
    for difference in differences(change.properties):
        if _newly(difference.before, difference.after, makes_an_administrator):
            return True
        known = {value for _, value in _leaves(difference.path, difference.before)}
        added = {value for _, value in _leaves(difference.path, difference.after)} - known
        if any(str(value).rpartition("/")[2] in ADMINISTRATORS for value in added):
            return True
    return False


def _newly(before: Any, after: Any, dangerous: Callable[[Mapping[str, Any]], bool]) -> bool:
    """Whether a policy has such a statement after, and had it not before."""
    had = list(statements_in(before))
    return any(dangerous(statement) and statement not in had for statement in statements_in(after))


def _is_open(path: str, value: Any) -> bool:
    member = path.rpartition(".")[2].lower()
    if member in OPEN_SWITCHES and value == OPEN_SWITCHES[member] and isinstance(value, type(OPEN_SWITCHES[member])):
        return True
    if value == PUBLIC and "principal" in path.lower().split(".")[-2:]:
        return True
    return (isinstance(value, str) and value in GRANTED_TO_ALL) or (member in SHARED_WITH_ALL and value == "all")


def _lets_in(path: str, entry: Any) -> bool:
    """Whether a rule is about who comes in: not about what goes out, and not one that keeps out what it names."""
    if "egress" in path.lower():
        return False
    if not isinstance(entry, Mapping):
        return True
    return entry.get("egress") is not True and str(entry.get("ruleAction", "")).lower() != "deny"


def _leaves(path: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every plain value inside a value, with its path; list positions are no part of it."""
    if depth == _DEEPEST:
        return
    match value:
        case Mapping():
            for key, member in value.items():
                yield from _leaves(f"{path}.{key}", member, depth + 1)
        case list():
            for entry in value:
                yield from _leaves(path, entry, depth + 1)
        case str() | bool() | int() | float():
            yield path, value
