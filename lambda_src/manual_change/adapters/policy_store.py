"""The policy in Systems Manager's Parameter Store: read without a redeploy, and seldom."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from manual_change.domain.policy import Policy, PolicyError
from manual_change.domain.policy_document import read_policy

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class PolicyUnreadable(RuntimeError):
    """The stored policy has errors, and no earlier one is known."""


class PolicyStore:
    """The policy as it stands in the parameter, read again when it is older than `max_age`.

    A document that somebody broke does not stop the detector: as long as this process knows an earlier policy, that
    one stays in force, and `complain` is told.
    """

    def __init__(
        self,
        ssm: SSMClient,
        parameter: str,
        *,
        max_age: timedelta,
        complain: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._max_age = max_age.total_seconds()
        self._complain = complain
        self._clock = clock
        self._known: Policy | None = None
        self._read_at = 0.0

    def policy(self) -> Policy:
        """The policy in force.

        Raises:
            PolicyUnreadable: the document has errors and no earlier policy is known; the message names each mend.
            ClientError: the parameter cannot be read.
        """
        if self._known is not None and self._clock() - self._read_at < self._max_age:
            return self._known
        document = self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)["Parameter"]["Value"]
        self._read_at = self._clock()
        try:
            self._known = read_policy(document)
        except PolicyError as error:
            problem = f"parameter {self._parameter}: {error}"
            if self._known is None:
                raise PolicyUnreadable(f"{problem}\nMend it with `aws ssm put-parameter --overwrite`") from error
            self._complain(f"{problem}\nThe policy that was read before stays in force")
        return self._known
