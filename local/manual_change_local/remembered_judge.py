"""The evidence table, asked once for all the calls of a session: a log holds thousands of calls by the same caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import orjson

from manual_change.domain.api_call import ApiCall
from manual_change.domain.evidence import Judged, judge
from manual_change.domain.policy import Policy

EXAMINED: Final = ("userIdentity", "userAgent", "sourceIPAddress", "eventType", "sessionCredentialFromConsole")
"""All that the evidence table, and the words about who and how, look at in a record."""

MOST_REMEMBERED: Final = 50_000
"""Sessions; beyond that it begins anew."""


@dataclass(slots=True)
class RememberedJudge:
    """Judges like `judge`: all that the table looks at in a record is the key that the answer is kept under."""

    policy: Policy
    _answers: dict[bytes, Judged] = field(default_factory=dict)

    def __call__(self, call: ApiCall) -> Judged:
        """Who made the call, and whether by hand."""
        ask = call.record.get
        try:
            key = orjson.dumps([ask(field) for field in EXAMINED])
            known = self._answers.get(key)
        except TypeError:  # what orjson does not spell is judged anew
            return judge(call, self.policy)
        if known is None:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            known = self._answers[key] = judge(call, self.policy)
        return known
