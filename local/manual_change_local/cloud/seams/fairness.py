"""Which messages of a standard queue come first when one tenant holds a large share of those in flight.

Source: Amazon SQS developer guide, "How Amazon SQS fair queues work": a tenant (MessageGroupId; a message without one
is a tenant of its own) is noisy with more than 10 % of the messages in flight and at least 30 of them; messages of
quiet tenants are then delivered first. The second measure, the share of processing time, is not imitated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

LEAST_IN_FLIGHT: Final = 30
SHARE: Final = 0.1


def fairly(visible: Sequence[Any], held: Sequence[Any]) -> list[Any]:
    """The visible messages in the order of their delivery; `held` is all that the queue holds (moto's messages)."""
    in_flight = [message for message in held if message.approximate_receive_count and not message.visible]
    if len(in_flight) < LEAST_IN_FLIGHT:
        return list(visible)
    groups = Counter(message.group_id for message in in_flight if message.group_id is not None)
    noisy = {group for group, n in groups.items() if n >= LEAST_IN_FLIGHT and n > SHARE * len(in_flight)}
    return sorted(visible, key=lambda message: message.group_id in noisy) if noisy else list(visible)
