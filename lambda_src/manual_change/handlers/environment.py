"""The function's environment: its variables, and those that it has no room for."""

from __future__ import annotations

import os
from collections.abc import Mapping

import boto3

from manual_change.adapters.further_settings import with_further_settings
from manual_change.settings import FURTHER_SETTINGS


def environment() -> Mapping[str, str]:
    """What the function is configured with. Read once, when it starts."""
    return with_further_settings(os.environ, os.environ.get(FURTHER_SETTINGS, ""), s3=lambda: boto3.client("s3"))
