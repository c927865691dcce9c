"""The seam to moto's idea of who calls: the account is taken from the access key or the assumed role.

Rests on moto 5.2.5: every request asks `moto.iam.models.get_account_id_from(access_key)`, which knows the keys of users
and assumed roles and answers 123456789012 for all others; `FakeBucket.get_permission` enforces bucket policies without
their conditions, which would lock everyone out of a bucket that denies plain HTTP.
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam import models as iam_models
from moto.iam.access_control import PermissionResult
from moto.s3 import models as s3_models

from manual_change_local.cloud.credentials import account_of
from manual_change_local.cloud.seams.patches import Patches


def open_accounts(patches: Patches, *, default: str) -> None:
    """Keys that say their account are of that account; keys that nobody knows are of the default account."""
    original = iam_models.get_account_id_from

    def get_account_id_from(access_key: str) -> str:
        said = account_of(access_key)
        if said:
            return said
        found: str = original(access_key)
        return default if found == DEFAULT_ACCOUNT_ID else found

    def get_permission(*_: Any) -> Any:
        return PermissionResult.NEUTRAL

    patches.replace(iam_models, "get_account_id_from", get_account_id_from)
    patches.replace(s3_models.FakeBucket, "get_permission", get_permission)
