"""CloudTrail of another account, asked by a function that runs as Control Tower's audit role.

It stands in for a CloudTrail client: `lookup_events` takes and gives what the client's does, and fails as it does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from manual_change.adapters.cloudtrail import CloudTrailUnread
from manual_change.domain.moment import format_moment

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LookupFunctionFailed(CloudTrailUnread):
    """The function broke off, or did not reach CloudTrail, which is none of CloudTrail's answers."""


@dataclass(frozen=True, slots=True)
class LookupFunction:
    """LookupEvents in one account and region."""

    lambda_: LambdaClient
    function: str
    account: str
    region: str

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        """One request.

        Raises:
            ClientError: what CloudTrail or STS said.
            LookupFunctionFailed: the function's own failure, or that CloudTrail or STS did not answer it.
        """
        request = {"account": self.account, "region": self.region, "asked": asked}
        answer = self.lambda_.invoke(FunctionName=self.function, Payload=json.dumps(request, default=_spelled).encode())
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise LookupFunctionFailed(f"{self.function} failed for {self.account} {self.region}: {said}")
        if "unreachable" in said:
            raise LookupFunctionFailed(f"{self.function} reached nobody in {self.account} {self.region}: {said}")
        if "error" in said:
            raise ClientError({"Error": said["error"]}, "LookupEvents")
        return said


def _spelled(value: object) -> str:
    if isinstance(value, datetime):
        return format_moment(value)
    raise TypeError(f"{value!r} is no part of a request to CloudTrail")
