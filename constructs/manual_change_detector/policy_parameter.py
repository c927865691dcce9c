"""The policy where the running functions read it: an SSM parameter, which can be changed without a redeploy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import Annotations, Stack, Token
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from manual_change.domain.policy import Policy
from manual_change.domain.policy_document import read_policy
from manual_change.domain.principal_check import trusts_a_name

STANDARD_LIMIT: Final = 4096
ADVANCED_LIMIT: Final = 8192
"""Bytes of a value (Systems Manager user guide, "Managing parameter tiers")."""

TRUSTED_NAME: Final = "manual-change-detector:trusted-name"
"""The warning's id, for `Annotations.of(…).acknowledge_warning`."""

KNOWN_WHEN_DEPLOYED: Final = "arn:aws:iam::000000000000:role/known-when-deployed"
"""Stands in, while the policy is checked, for the ARN of a role that the same app creates."""

STAND_INS: Final = {"principal": KNOWN_WHEN_DEPLOYED, "region": "us-east-1"}
"""By field; everywhere else an account is what an app does not know yet."""

_UNKNOWN_ACCOUNT: Final = "000000000000"
_TOKEN: Final = re.compile(r"\$\{Token\[[^\]]*\]\}")
_UNKNOWN_PARTITION: Final = re.compile(rf"^arn:{_TOKEN.pattern}:")


def policy_parameter(scope: Construct, construct_id: str, policy: Policy) -> ssm.StringParameter:
    """The parameter that holds the policy document, of the advanced tier (which is charged) only if it must be.

    Raises:
        PolicyError: the policy has errors; each is named with its mend.
        ValueError: the document is longer than a parameter may be.
    """
    document = policy.to_json()
    checked = _with_stand_ins(document)
    for entry in read_policy(checked).trusted_principals:
        if trusts_a_name(entry):
            Annotations.of(scope).add_warning_v2(
                TRUSTED_NAME,
                f"the policy trusts {entry.principal} in several accounts: whoever may create roles in one of them can "
                "make one of that name, and is silent. Name the accounts, or see to it that nobody may",
            )
    size = len(json.dumps(checked, separators=(",", ":"), ensure_ascii=False).encode())
    if size > ADVANCED_LIMIT:
        raise ValueError(
            f"the policy of {scope.node.path} is {size} bytes long, and an SSM parameter holds {ADVANCED_LIMIT}; "
            "say the same with fewer entries: a glob for several principals, one suppression for several types"
        )
    return ssm.StringParameter(
        scope,
        construct_id,
        description="Policy of the manual-change detector: whom it trusts, what it does not report",
        string_value=Stack.of(scope).to_json_string(document),
        tier=ssm.ParameterTier.ADVANCED if size > STANDARD_LIMIT else ssm.ParameterTier.STANDARD,
    )


def _with_stand_ins(value: Any, field: str = "") -> Any:
    """The document as it may look when it is deployed: what only CloudFormation knows is filled in."""
    match value:
        case str() if not value.startswith("arn:") and Token.is_unresolved(value):
            return STAND_INS.get(field, _UNKNOWN_ACCOUNT)
        case str():
            return _TOKEN.sub(_UNKNOWN_ACCOUNT, _UNKNOWN_PARTITION.sub("arn:aws:", value))
        case Mapping():
            return {key: _with_stand_ins(entry, key) for key, entry in value.items()}
        case list():
            return [_with_stand_ins(entry, field) for entry in value]
        case _:
            return value
