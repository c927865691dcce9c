"""Reading many items of a DynamoDB table at once, however often the table asks to be asked again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

KEYS_A_REQUEST: Final = 100
"""The most keys that BatchGetItem takes; answers beyond 16 MB come back as unprocessed keys."""

TRIES: Final = 8
FIRST_PAUSE: Final = 0.05
"""Seconds before the first try again; each further one waits twice as long: 6.4 s in all."""

Item = Mapping[str, Any]
"""An item as the low-level client spells it: `{"id": {"S": "…"}}`."""


class TableBusy(RuntimeError):
    """The table did not hand out some items, however often it was asked: its capacity is used up."""


def read_items(
    dynamodb: DynamoDBClient, table: str, ids: Iterable[str], *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Item]:
    """The items with these ids that exist, as they are at this moment (consistent reads), in no order.

    Raises:
        TableBusy: DynamoDB left some keys unprocessed time after time.
    """
    waiting = iter(dict.fromkeys(ids))
    while chunk := list(islice(waiting, KEYS_A_REQUEST)):
        wanted: KeysAndAttributesTypeDef = {"Keys": [{"id": {"S": key}} for key in chunk], "ConsistentRead": True}
        for attempt in range(TRIES):
            answer = dynamodb.batch_get_item(RequestItems={table: wanted})
            yield from answer["Responses"].get(table, ())
            unprocessed = answer.get("UnprocessedKeys", {}).get(table)
            if not unprocessed:
                break
            wanted = {"Keys": unprocessed["Keys"], "ConsistentRead": True}
            sleep(FIRST_PAUSE * 2**attempt)
        else:
            raise TableBusy(
                f"table {table} left {len(wanted['Keys'])} of {len(chunk)} items unread, asked {TRIES} times"
            )
