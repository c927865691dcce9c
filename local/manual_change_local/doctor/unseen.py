"""What could not be looked at, and whether a permission is missing or AWS did not answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

NOT_THERE: Final = frozenset(
    {
        "NoSuchEntity",
        "NoSuchEntityException",
        "AWSOrganizationsNotInUseException",
        "AccountNotRegisteredException",
        "ResourceNotFoundException",
        "NotFound",
        "NotFoundException",
    }
)
"""Errors that are an answer: there is no such thing."""

_FORBIDDEN: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",  # SNS
        "AuthorizationErrorException",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
"""How services spell that a permission is missing (their API references, "Common Errors")."""

_NOBODY: Final = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
)
"""How services spell that they do not know the credentials. A region that the account has not enabled says so, too."""

_SAID: Final = 240
"""Characters of what AWS said."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be looked at."""

    action: str
    """As IAM spells it: `config:DescribeDeliveryChannels`."""
    said: str
    """By AWS, or on the way to it."""
    forbidden: bool
    """Whether a permission is missing; otherwise AWS did not answer, or not as it should."""
    unknown: bool = False
    """Whether AWS does not know the credentials there."""

    @property
    def why(self) -> str:
        """In few words where a permission is missing: AWS's own are long, and the same for every action."""
        return "it is not allowed" if self.forbidden and not self._by_organization else self.said

    @property
    def to_do(self) -> str:
        """What lets it be seen."""
        if self.unknown:
            return "sign in again; if only this region says so, the account has not enabled it: leave it out"
        if not self.forbidden:
            return "try again; if it stays so, see whether the network lets you reach AWS there"
        if self._by_organization:
            return f"an organization's policy denies {self.action}: ask whoever manages the organization"
        return f"allow {self.action}, or ask somebody who may"

    @property
    def _by_organization(self) -> bool:
        """AWS names the kind of policy that denies (IAM user guide, "Troubleshoot access denied error messages")."""
        return "service control policy" in self.said


def asked(action: str, ask: Callable[[], Any], *, otherwise: Any = None) -> Any:
    """The answer; `otherwise` where there is no such thing; `Unseen` where it could not be asked."""
    try:
        return ask()
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and error.response["Error"].get("Code") in NOT_THERE:
            return otherwise
        return unseen(action, error)


def unseen(action: str, error: ClientError | BotoCoreError) -> Unseen:
    """What the error of a call means."""
    if not isinstance(error, ClientError):
        return Unseen(action, str(error)[:_SAID], forbidden=False)
    code = error.response["Error"].get("Code", "")
    said = f"{code}: {error.response['Error'].get('Message', '')}"[:_SAID]
    return Unseen(action, said, forbidden=code in _FORBIDDEN, unknown=code in _NOBODY)
