"""What is wrong, or unwise, with a policy's patterns over principals: those that match nobody, or anybody's namesake.

Sources of what an ARN can look like: IAM user guide, "IAM identifiers"; CloudTrail user guide, "userIdentity element".
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final, NamedTuple

from manual_change.domain.patterns import ANY, RESERVED_PATH, is_whole_arn, matches
from manual_change.domain.policy import TrustedPrincipal
from manual_change.domain.tools import SAID_BY_CALLERS

EXAMPLE: Final = "arn:aws:iam::111122223333:role/deploy-*"

KINDS: Final = {"role": "iam", "user": "iam", "root": "iam", "assumed-role": "sts", "federated-user": "sts"}
"""TABLE: what the resource of a caller's ARN begins with, and whose ARN that is."""

_GLOB: Final = re.compile(r"[*?\[]")
_PARTITION: Final = re.compile(r"aws(-[a-z]+)*")
ACCOUNT: Final = re.compile(r"(?=.*[*?\[]|\d{12}$)[\d*?\[\]!-]+")
AN_ACCOUNT: Final = 'an account is 12 digits, or a glob over them: "1111*", "*"'


class Slip(NamedTuple):
    """Why a pattern matches nobody."""

    found: str
    mend: str


def trusts_a_name(entry: TrustedPrincipal) -> bool:
    """Whether an entry trusts whoever may create a role of that name in one of several accounts.

    Not where AWS's word is asked for, that a service called, nor below Identity Center's path.
    """
    *_, account, resource = entry.principal.split(":", 5)
    proven = entry.via and SAID_BY_CALLERS.isdisjoint(entry.via)
    return bool(_GLOB.search(account)) and not proven and not resource.startswith(RESERVED_PATH)


def slip_in(principal: str) -> Slip | None:
    """Why a pattern over the ARNs of principals can match nobody, or anybody's; None where it is sound."""
    if not is_whole_arn(principal):
        return Slip(f"is {principal!r}", f'give the whole ARN, account included: "{EXAMPLE}"')
    _, partition, service, region, account, resource = principal.split(":", 5)
    if not _GLOB.search(partition) and not _PARTITION.fullmatch(partition):
        return Slip(f"is {principal!r}", "after arn: comes the partition: aws, aws-cn, aws-us-gov")
    if service not in ("iam", "sts", ANY):
        return Slip(f"is {principal!r}", "a principal's ARN begins with arn:aws:iam: or arn:aws:sts:")
    if not matches(region, ""):
        return Slip(f"names the region {region!r}", "the ARN of a principal has none: arn:aws:iam::111122223333:…")
    if not ACCOUNT.fullmatch(account):
        return Slip(f"names the account {account!r}", AN_ACCOUNT)
    return _slip_in_resource(service, resource)


def _slip_in_resource(service: str, resource: str) -> Slip | None:
    kind, slash, rest = resource.partition("/")
    if _GLOB.search(kind):
        return None
    owner = KINDS.get(kind)
    if owner is None:
        close = get_close_matches(kind.lower(), list(KINDS), n=1)
        mend = f"did you mean {close[0]!r}?" if close else f"a caller is one of {', '.join(KINDS)}"
        return Slip(f"names {resource!r}", mend)
    if service not in (owner, ANY):
        return Slip(f"names {resource!r} in {service}", f"the ARN of a {kind} begins with arn:aws:{owner}:")
    if kind == "root":
        return None if not slash else Slip(f"names {resource!r}", "root is root alone")
    if not rest or rest.endswith("/"):
        return Slip(f"names {resource!r}", f'give a name, or a glob for all: "{kind}/*"')
    if kind == "assumed-role" and rest.count("/") != 1 and rest != ANY:
        return Slip(f"names {resource!r}", 'a session is "assumed-role/ROLE/SESSION", without the role\'s path')
    return None
