"""Credentials that say which account they are of, and nothing else: the embedded cloud checks no signature.

Access keys have twenty characters, as AWS's have (moto looks for exactly that), and do not look like real ones.
"""

from __future__ import annotations

import re
from typing import Final

_ACCESS_KEY: Final = re.compile(r"LOCAL(\d{12})KEY")


def access_key_of(account: str) -> str:
    """The access key id of an account, twelve digits.

    Raises:
        ValueError: that is no account id.
    """
    key = f"LOCAL{account}KEY"
    if not _ACCESS_KEY.fullmatch(key):
        raise ValueError(f"{account!r} is no account id: those are twelve digits")
    return key


def account_of(access_key: str) -> str | None:
    """The account of an access key made by `access_key_of`, None for any other."""
    match = _ACCESS_KEY.fullmatch(access_key)
    return match[1] if match else None
