"""The policy where the running functions read it: an SSM parameter, changed without a redeploy."""

from __future__ import annotations

from typing import Final

from aws_cdk import Stack, Token
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from manual_change.domain.policy import Policy
from manual_change.domain.policy_document import read_policy

STANDARD_LIMIT: Final = 4096
ADVANCED_LIMIT: Final = 8192
"""Bytes of a value (Systems Manager user guide, "Managing parameter tiers")."""


def policy_parameter(scope: Construct, construct_id: str, policy: Policy) -> ssm.StringParameter:
    """The parameter that holds the policy document, of the advanced tier only if it must be.

    Raises:
        PolicyError: the policy has errors; each is named with its mend.
        ValueError: the document is longer than a parameter may be.
    """
    document = policy.to_json()
    read_policy(document)
    text = Stack.of(scope).to_json_string(document)
    size = 0 if Token.is_unresolved(text) else len(text.encode())
    if size > ADVANCED_LIMIT:
        raise ValueError(
            f"the policy is {size} bytes long, and an SSM parameter holds {ADVANCED_LIMIT}; "
            "say more with fewer entries: a glob for several principals, an account-wide suppression for several types"
        )
    return ssm.StringParameter(
        scope,
        construct_id,
        description="Policy of the manual-change detector: whom it trusts, what it does not report",
        string_value=text,
        tier=ssm.ParameterTier.ADVANCED if size > STANDARD_LIMIT else ssm.ParameterTier.STANDARD,
    )
