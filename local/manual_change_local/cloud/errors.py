"""What the embedded cloud says when it cannot go on."""

from __future__ import annotations


class CloudError(RuntimeError):
    """Something the person at the keyboard can mend; the message says what was found and how."""
