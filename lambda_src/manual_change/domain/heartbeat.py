"""The heartbeat: a synthetic notification that is put in at the beginning and must come out at the end.

It passes through every queue, mapping, function and permission that a real notification needs, as it is and without
delay; the last stage counts it. An alarm rings when none is counted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

MESSAGE_TYPE: Final = "ManualChangeDetectorHeartbeat"
"""Beside the message types of AWS Config, so that the subscription's filter can let it through."""

HEARTBEAT: Final[Mapping[str, str]] = {"messageType": MESSAGE_TYPE}
"""The whole message."""


def is_heartbeat(body: str) -> bool:
    """Whether the body of a queue's message, of any stage, is the heartbeat and nothing else."""
    if MESSAGE_TYPE not in body:  # nearly always: nothing is parsed for it
        return False
    try:
        return bool(json.loads(body) == HEARTBEAT)
    except (ValueError, RecursionError):  # not JSON: the stage says so itself
        return False
