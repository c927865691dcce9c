"""Whose turn it is: one invocation at a time asks CloudTrail about an account and region.

AWS allows two requests a second for each, whoever makes them: other tools of that account want answers, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FORGOTTEN_AFTER: Final = timedelta(hours=1)
"""An item that nobody holds any more goes by itself."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to ask about one account and region."""

    item_id: str
    token: str


class Turns:
    """Turns in the organization's table; each ends by itself when its invocation is killed."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, *, lease: timedelta) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._lease = lease

    def take(self, account: str, region: str, *, now: datetime) -> Turn | None:
        """The turn, or None while another invocation has it."""
        turn = Turn(f"turn#{account}|{region}", uuid4().hex)
        until = now + self._lease
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": turn.item_id}},
                UpdateExpression="SET lease = :lease, lease_until = :until, expires_at = :expires",
                ConditionExpression="attribute_not_exists(lease_until) OR lease_until <= :now",
                ExpressionAttributeValues={
                    ":lease": {"S": turn.token},
                    ":until": {"N": f"{until.timestamp():.3f}"},
                    ":now": {"N": f"{now.timestamp():.3f}"},
                    ":expires": {"N": str(int((until + FORGOTTEN_AFTER).timestamp()))},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return turn

    def give_back(self, turn: Turn) -> None:
        """The next one may have it; nothing where it was lost meanwhile."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": turn.item_id}},
                UpdateExpression="REMOVE lease, lease_until",
                ConditionExpression="lease = :lease",
                ExpressionAttributeValues={":lease": {"S": turn.token}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
