"""What a spoke's parts are called, in every account and region alike: the hub asks for them by name, and a service
control policy protects them by name. Never `aws-controltower-…`: Control Tower's controls deny everybody those."""

from __future__ import annotations

from typing import Final

SPOKE: Final = "manual-change-spoke"
"""The stack set's name, with which each of its stacks' names begins (`StackSet-manual-change-spoke-…`), and the
beginning of every name below."""

PREFIX: Final = f"{SPOKE}-"

CHANGES_RULE: Final = f"{PREFIX}changes"
CALLS_RULE: Final = f"{PREFIX}calls"
TAMPERING_RULE: Final = f"{PREFIX}tampering"
GUARD_RULE: Final = f"{PREFIX}guard"
STACK_RULE: Final = f"{PREFIX}stack"

LOOKUP_ROLE: Final = f"{PREFIX}lookup"
"""In the spoke's home region only: IAM has one name for the whole account."""
FORWARD_ROLE: Final = f"{PREFIX}forward-"
"""Followed by the region, for the same reason."""
GUARD_ROLE: Final = f"{PREFIX}guard-"
"""Followed by the region."""
