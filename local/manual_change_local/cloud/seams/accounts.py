"""The seam to moto's idea of who calls: the account is taken from the access key or the assumed role.

A role that does not exist cannot be assumed; whether the caller may assume one that does is not looked at.

Rests on moto 5.2.5: every request asks `moto.iam.models.get_account_id_from(access_key)`, which knows the keys of users
and assumed roles and answers 123456789012 for all others; `STSBackend.assume_role` assumes whatever it is asked for;
`FakeBucket.get_permission` enforces bucket policies without
their conditions, which would lock everyone out of a bucket that denies plain HTTP.
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import AccessDeniedError
from moto.iam import models as iam_models
from moto.iam.access_control import PermissionResult
from moto.s3 import models as s3_models
from moto.sts.models import STSBackend

from manual_change_local.cloud.credentials import account_of
from manual_change_local.cloud.seams.patches import Patches


def open_accounts(patches: Patches, *, default: str) -> None:
    """Keys that say their account are of that account; keys that nobody knows are of the default account."""
    original = iam_models.get_account_id_from
    original_assume = STSBackend.assume_role

    def get_account_id_from(access_key: str) -> str:
        said = account_of(access_key)
        if said:
            return said
        found: str = original(access_key)
        return default if found == DEFAULT_ACCOUNT_ID and not _is_key_of(found, access_key) else found

    def assume_role(backend: Any, *, role_arn: str, **options: Any) -> Any:
        if not _role_exists(role_arn):
            caller = f"arn:aws:iam::{backend.account_id}:root"
            raise AccessDeniedError(caller, f"sts:AssumeRole on resource: {role_arn}")
        return original_assume(backend, role_arn=role_arn, **options)

    def get_permission(*_: Any) -> Any:
        return PermissionResult.NEUTRAL

    patches.replace(iam_models, "get_account_id_from", get_account_id_from)
    patches.replace(STSBackend, "assume_role", assume_role)
    patches.replace(s3_models.FakeBucket, "get_permission", get_permission)


def _is_key_of(account: str, access_key: str) -> bool:
    return any(access_key in backend.access_keys for backend in iam_models.iam_backends[account].values())


def _role_exists(role_arn: str) -> bool:
    _, partition, _, _, account, _ = role_arn.split(":", 5)
    return any(role.arn == role_arn for role in iam_models.iam_backends[account][partition].get_roles())
