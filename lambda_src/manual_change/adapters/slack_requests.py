"""Requests to Slack, whichever door they take: what is waited out here, and what is not.

Short hitches are: one retry after a dropped connection, a server error, or a rate limit of a few seconds. What takes
longer is the queue's business.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any, Final

from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryHandler, RetryState
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)

UNREACHABLE: Final = (OSError, HTTPException, UnicodeError, LookupError)
"""What comes out of an HTTP library when nobody answers, or not in HTTP."""


def retry_handlers(patience: timedelta) -> list[RetryHandler]:
    """slack_sdk's own, for one retry each; rate limits longer than `patience` are not waited out."""
    return [ConnectionErrorRetryHandler(), ServerErrorRetryHandler(), _PatientRateLimitRetryHandler(patience)]


def retry_after(headers: Mapping[str, Any]) -> timedelta | None:
    """The header of that name, in seconds; None where it is missing or no number."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    seconds = str(value[0] if isinstance(value, list) and value else value)
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 8 else None


def silent_logger() -> logging.Logger:
    """slack_sdk logs URLs and tokens on debug level, and takes a logger without a level for one that wants it."""
    logger = logging.getLogger("manual_change.slack_sdk")
    logger.setLevel(logging.CRITICAL)
    return logger


class _PatientRateLimitRetryHandler(RateLimitErrorRetryHandler):
    """Waits out a rate limit, unless it is long or Slack does not say how long."""

    def __init__(self, patience: timedelta) -> None:
        super().__init__(max_retry_count=1)
        self._patience = patience

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or not super()._can_retry(state=state, request=request, response=response, error=error):
            return False
        pause = retry_after(response.headers)
        return pause is not None and pause <= self._patience
