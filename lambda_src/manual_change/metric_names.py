"""The metrics that the handlers write (CloudWatch embedded metric format) and that the construct draws: their names.

Only the standard library, so that the construct can import it.
"""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "ManualChangeDetector"

DETECTOR: Final = "detector"
"""Dimension of every metric: tells the detectors of an account apart."""
REASON: Final = "reason"
"""Dimension of DROPPED."""
VERDICT: Final = "verdict"
"""Dimension of FINDINGS."""
DECISION: Final = "decision"
"""Dimension of FINDINGS."""
OUTCOME: Final = "outcome"
"""Dimension of POSTS: `sent`, `unavailable` (is tried again) or `refused` (somebody has to mend it)."""

NOTIFICATIONS: Final = "Notifications"
"""Messages of Config that were read, whatever they turned out to be."""
DROPPED: Final = "Dropped"
"""Notifications and forwarded calls that end as nothing: no change, noise, told otherwise; also by REASON."""
FINDINGS: Final = "Findings"
"""Judged changes; also by VERDICT and DECISION."""
POSTS: Final = "Posts"
"""Messages handed to Slack; also by OUTCOME."""
LOOKUP_REQUESTS: Final = "LookupRequests"
"""LookupEvents requests made."""
UNREAD_CHANGES: Final = "UnreadChanges"
"""Changes that were judged without CloudTrail having been read to the end, after many tries."""
POSTPONED: Final = "Postponed"
"""Changes that a batch had no time left for: they come again seconds later. Where this goes on, CloudTrail is asked for
more than it answers."""
ATTRIBUTION_LAG: Final = "AttributionLag"
"""Seconds from Config's capture to the finding."""
HEARTBEATS: Final = "Heartbeats"
"""Heartbeats that came out at the end of the pipe. They are not among the NOTIFICATIONS."""

QUARANTINED: Final = "Quarantined"
"""Hub only: messages that could not be trusted."""
CALLS: Final = "Calls"
"""Hub only: API calls that spokes forwarded and that are kept."""
PLACES: Final = "Places"
"""Hub only: accounts and regions that should report, at each survey."""
SILENT_PLACES: Final = "SilentPlaces"
"""Hub only: those of them that did not, and did not answer that they still record."""

UNASKED_PLACES: Final = "UnaskedPlaces"
"""Hub only: those of them that a survey had no time to ask, and of which it knows no earlier answer."""
UNREAD_DIRECTORY: Final = "UnreadDirectory"
"""Hub only: 1 where a survey could not read the list of accounts to its end, else 0. The numbers of
places are not written then: from part of a list they would be too low, and an alarm would end for it."""

OF_A_HUB: Final = frozenset({QUARANTINED, CALLS, PLACES, SILENT_PLACES, UNASKED_PLACES, UNREAD_DIRECTORY})
"""Those that no detector of a single account writes."""

SENT: Final = "sent"
UNAVAILABLE: Final = "unavailable"
REFUSED: Final = "refused"
