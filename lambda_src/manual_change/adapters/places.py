"""Places that reported: when something last came from each account and region, in the organization's table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from manual_change.domain.coverage import KEPT, Place
from manual_change.domain.moment import format_moment, parse_moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PREFIX: Final = "place#"

ANSWER: Final = "answer#"

NO_ANSWER: Final = "no-answer#"

AT_MOST_EVERY: Final = timedelta(hours=1)
"""One process writes a place down no oftener than that: coverage is a matter of hours."""


class Places:
    """Written by the stages that notifications come in at, read by the survey and the command line."""

    def __init__(self, dynamodb: Callable[[], DynamoDBClient], table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._written: dict[Place, datetime] = {}

    def reported(self, place: Place, *, now: datetime) -> None:
        """Something came from there.

        Raises:
            ClientError: the table cannot be written.
        """
        before = self._written.get(place)
        if before and now - before < AT_MOST_EVERY:
            return
        self._write(PREFIX, place, now)
        self._written[place] = now

    def answered(self, place: Place, *, now: datetime) -> None:
        """Nothing came from there, and it says that it still records and forwards.

        Raises:
            ClientError: the table cannot be written.
        """
        self._write(ANSWER, place, now)

    def unanswered(self, place: Place, *, now: datetime) -> None:
        """It was asked, and does not say that it records and forwards.

        Raises:
            ClientError: the table cannot be written.
        """
        self._write(NO_ANSWER, place, now)

    def _write(self, prefix: str, place: Place, now: datetime) -> None:
        self._dynamodb().put_item(
            TableName=self._table,
            Item={
                "id": {"S": f"{prefix}{place.account}|{place.region}"},
                "account": {"S": place.account},
                "region": {"S": place.region},
                "last_reported": {"S": format_moment(now)},
                "expires_at": {"N": str(int((now + KEPT).timestamp()))},
            },
        )

    def all(self) -> Mapping[Place, datetime]:
        """Every place, and when something last came from it."""
        return self._moments(PREFIX)

    def answers(self) -> Mapping[Place, datetime]:
        """The quiet places, and when each last answered."""
        return self._moments(ANSWER)

    def failures(self) -> Mapping[Place, datetime]:
        """The places that did not answer, or not well, and when each last did not."""
        return self._moments(NO_ANSWER)

    def _moments(self, prefix: str) -> Mapping[Place, datetime]:
        pages = (
            self._dynamodb()
            .get_paginator("scan")
            .paginate(
                TableName=self._table,
                FilterExpression="begins_with(id, :prefix)",
                ExpressionAttributeValues={":prefix": {"S": prefix}},
            )
        )
        found: dict[Place, datetime] = {}
        for page in pages:
            for item in page["Items"]:
                last = parse_moment(item["last_reported"]["S"])
                if last is not None:
                    found[Place(item["account"]["S"], item["region"]["S"])] = last
        return found
