"""One request to CloudTrail of another account, as Control Tower's audit role: the function is all that may be it.

Control Tower lets its audit role be assumed by Lambda only, so that the attribute stage cannot have it itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from manual_change.adapters.account_clients import AccountClients
from manual_change.settings import LookupSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

ANSWER_BYTES: Final = 5_500_000
"""A function's answer holds 6 MB, and a page of fifty large records may be more."""


@dataclass(slots=True)
class Lookup:
    """The function with what it needs from outside."""

    clients: AccountClients

    def handle(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What CloudTrail answers, as far as it is of use; what it refuses, as data."""
        asked = dict(request["asked"])
        try:
            client = self.clients.client("cloudtrail", request["account"], request["region"])
            while True:
                answer = _useful(client.lookup_events(**asked))
                size = len(json.dumps(answer))
                if size <= ANSWER_BYTES or asked["MaxResults"] <= 1:
                    return answer
                asked["MaxResults"] = max(1, asked["MaxResults"] // 2)
        except ClientError as error:
            said = error.response["Error"]
            return {"error": {"Code": said.get("Code", "Unknown"), "Message": said.get("Message", str(error))}}


def _useful(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The records and the token: times and resources stand in the records."""
    events = [
        {"EventId": event.get("EventId"), "CloudTrailEvent": event.get("CloudTrailEvent")}
        for event in answer.get("Events", ())
    ]
    token = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else {}
    return {"Events": events, **token}


@cache
def _function() -> Lookup:
    """Built at the first invocation, kept while the process lives."""
    settings = LookupSettings.from_environment(os.environ)
    one_try = Config(retries={"total_max_attempts": 1})
    return Lookup(
        AccountClients(
            role_name=settings.execution_role_name,
            sts=cache(lambda: boto3.client("sts")),
            make=lambda service, region, **credentials: boto3.client(
                service, region_name=region, config=one_try, **credentials
            ),
        )
    )


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands it over
    """Lambda's entry point: `{"account", "region", "asked"}`, invoked by the attribute stage."""
    return _function().handle(event)
