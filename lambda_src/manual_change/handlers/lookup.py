"""One request to CloudTrail of another account, as Control Tower's audit role: the function is all that may be it.

Control Tower lets its audit role be assumed by Lambda only, so that the attribute stage cannot have it itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from manual_change.adapters.account_clients import AccountClients
from manual_change.settings import LookupSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

ANSWER_BYTES: Final = 5_500_000
"""A function's answer holds 6 MB, and a page of fifty large records may be more."""

REST_OF_PAGE: Final = "rest-of-page"
"""Begins a token of this function's own: `rest-of-page:12:TOKEN` is what follows the twelfth entry of the page that
TOKEN names. CloudTrail takes a token only with the parameters that it was given for, so that a page that is too large
for an answer is asked for again as it was, and handed over in parts."""

ONE_TRY: Final = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
"""Of CloudTrail: the pace of its requests is the attribute stage's business."""
TWO_TRIES: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})
"""Of STS. All of it together ends before the function's minute does, so that the stage learns what went wrong."""


@dataclass(slots=True)
class Lookup:
    """The function with what it needs from outside."""

    clients: AccountClients

    def handle(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What CloudTrail answers, as far as it is of use; what it refuses, or that it does not answer, as data."""
        asked = dict(request["asked"])
        given, token = _read_token(asked.pop("NextToken", ""))
        try:
            client = self.clients.client("cloudtrail", request["account"], request["region"])
            answer = client.lookup_events(**asked, **({"NextToken": token} if token else {}))
        except ClientError as error:
            said = error.response["Error"]
            return {"error": {"Code": said.get("Code", "Unknown"), "Message": said.get("Message", str(error))}}
        except BotoCoreError as error:
            return {"unreachable": str(error)}
        rest = [_useful(event) for event in answer.get("Events", ())][given:]
        part = rest[: _fitting(rest)]
        if len(part) < len(rest):
            return {"Events": part, "NextToken": f"{REST_OF_PAGE}:{given + len(part)}:{token}"}
        return {"Events": part} | ({"NextToken": answer["NextToken"]} if answer.get("NextToken") else {})


def _read_token(token: str) -> tuple[int, str]:
    """How many entries of a page were given already, and the page's own token; "" for the first page."""
    if not token.startswith(f"{REST_OF_PAGE}:"):
        return 0, token
    _, given, page = token.split(":", 2)
    return int(given), page


def _useful(event: Mapping[str, Any]) -> dict[str, Any]:
    """The record: times and resources stand in it."""
    return {"EventId": event.get("EventId"), "CloudTrailEvent": event.get("CloudTrailEvent")}


def _fitting(events: Sequence[Mapping[str, Any]]) -> int:
    """How many of them an answer holds: one at least, so that it goes on."""
    room = ANSWER_BYTES
    for number, event in enumerate(events):
        room -= len(json.dumps(event)) + 2
        if room < 0:
            return max(number, 1)
    return len(events)


@cache
def _function() -> Lookup:
    """Built at the first invocation, kept while the process lives."""
    settings = LookupSettings.from_environment(os.environ)
    return Lookup(
        AccountClients(
            role_name=settings.execution_role_name,
            sts=cache(lambda: boto3.client("sts", config=TWO_TRIES)),
            make=lambda service, region, **credentials: boto3.client(
                service, region_name=region, config=ONE_TRY, **credentials
            ),
        )
    )


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda hands it over
    """Lambda's entry point: `{"account", "region", "asked"}`, invoked by the attribute stage."""
    return _function().handle(event)
