"""The evidence table, asked once for all the calls of a session: a log holds thousands of calls by the same caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from manual_change.domain.api_call import ApiCall
from manual_change.domain.evidence import Judged, judge
from manual_change.domain.policy import Policy

MOST_REMEMBERED: Final = 50_000
"""Sessions; beyond that it begins anew."""


@dataclass(slots=True)
class RememberedJudge:
    """Judges like `judge`: all that the table looks at in a record is the key that the answer is kept under."""

    policy: Policy
    _answers: dict[tuple[Any, ...], Judged] = field(default_factory=dict)

    def __call__(self, call: ApiCall) -> Judged:
        """Who made the call, and whether by hand."""
        record = call.record
        try:
            key = (
                orjson.dumps(record.get("userIdentity")),
                orjson.dumps(record.get("userAgent")),
                orjson.dumps(record.get("sourceIPAddress")),
                record.get("eventType"),
                repr(record.get("sessionCredentialFromConsole")),
            )
            known = self._answers.get(key)
        except TypeError:  # what JSON cannot spell, or an odd type in the place of a text, is judged anew
            return judge(call, self.policy)
        if known is None:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            known = self._answers[key] = judge(call, self.policy)
        return known
