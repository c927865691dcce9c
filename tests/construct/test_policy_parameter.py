"""The policy on its way into the parameter that the running functions read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Annotations, Match

from manual_change.domain.policy_document import read_policy
from manual_change_detector import (
    AlwaysNotify,
    ConfigSource,
    ManualChangeDetector,
    Policy,
    PolicyError,
    Suppression,
    TrustedPrincipal,
)


def parameter(synthesise: Any, policy: Policy) -> dict[str, Any]:
    """The parameter of a detector with this policy."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), policy=policy)

    [properties] = synthesise(build).properties("AWS::SSM::Parameter")
    return dict(properties)


def trusting(count: int) -> Policy:
    """A policy with this many entries."""
    return Policy(
        trusted_principals=[
            TrustedPrincipal(f"arn:aws:iam::111122223333:role/deploy-{number:04}", reason="a pipeline")
            for number in range(count)
        ]
    )


def test_the_parameter_holds_the_policy(synthesise: Any) -> None:
    """What the function reads is what the app said."""
    policy = Policy(
        always_notify=[AlwaysNotify("arn:aws:iam::*:role/break-glass-*", reason="break glass")],
        suppressions=[Suppression(reason="DBA のもの", resource_type="AWS::RDS::*", tags={"team": "dba"})],
        notify_unattributed="always",
    )

    assert policy.to_json() == read_policy(parameter(synthesise, policy)["Value"]).to_json()


def test_no_policy_is_the_empty_policy(defaults: Any) -> None:
    """Nobody is trusted by name."""
    [properties] = defaults.properties("AWS::SSM::Parameter")

    assert Policy() == read_policy(properties["Value"])


def test_a_role_of_the_same_app_can_be_trusted(synthesise: Any) -> None:
    """Its ARN is known only to CloudFormation."""

    def build(stack: Stack) -> None:
        release = iam.Role(stack, "Release", assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"))
        ManualChangeDetector(
            stack,
            "Detector",
            config_source=ConfigSource.event_bridge(),
            policy=Policy(trusted_principals=[TrustedPrincipal(release.role_arn)]),
        )

    [properties] = synthesise(build).properties("AWS::SSM::Parameter")
    before, arn, after = properties["Value"]["Fn::Join"][1]
    document = json.loads(f"{before}arn:aws:iam::111122223333:role/release{after}")

    assert {"Fn::GetAtt": ["Release6218179A", "Arn"]} == arn
    assert "arn:aws:iam::111122223333:role/release" == document["trusted_principals"][0]["principal"]


def test_what_a_stack_for_any_environment_does_not_know_can_be_named(synthesise: Any) -> None:
    """Its account, region and partition are filled in by CloudFormation."""

    def build(stack: Stack) -> None:
        policy = Policy(
            trusted_principals=[TrustedPrincipal(f"arn:{stack.partition}:iam::{stack.account}:role/deploy")],
            suppressions=[Suppression(reason="here", account=stack.account, region=stack.region)],
        )
        ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), policy=policy)

    [properties] = synthesise(build).properties("AWS::SSM::Parameter")
    parts = properties["Value"]["Fn::Join"][1]

    assert [2, 1, 1] == [parts.count({"Ref": f"AWS::{name}"}) for name in ("AccountId", "Region", "Partition")]


@pytest.mark.parametrize(("entries", "tier"), [(0, "Standard"), (60, "Advanced")])
def test_the_tier_that_is_charged_is_used_only_where_it_must_be(synthesise: Any, entries: int, tier: str) -> None:
    """A standard parameter holds 4 KB, an advanced one 8."""
    assert tier == parameter(synthesise, trusting(entries))["Tier"]


def test_a_policy_that_does_not_fit_is_refused_with_the_mend(synthesise: Any) -> None:
    """Before CloudFormation would, half way through."""
    with pytest.raises(ValueError, match=r"policy of Watch/Detector is \d+ bytes long, .*holds 8192; .*fewer entries"):
        parameter(synthesise, trusting(120))


@pytest.mark.parametrize(("account", "warnings"), [("*", 1), ("111122223333", 0)])
def test_a_name_that_is_trusted_in_every_account_is_warned_of(account: str, warnings: int) -> None:
    """Whoever may create roles in one of them could be silent by it."""
    stack = Stack(App(), "Watch")
    policy = Policy(trusted_principals=[TrustedPrincipal(f"arn:aws:iam::{account}:role/deploy")])

    ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), policy=policy)

    said = Match.string_like_regexp("create roles")
    assert warnings == len(Annotations.from_stack(stack).find_warning("*", said))


def test_a_policy_with_errors_is_refused(synthesise: Any) -> None:
    """With the entry and its mend, as on the command line."""
    policy = Policy(trusted_principals=[TrustedPrincipal("deploy")])

    with pytest.raises(PolicyError, match=r"trusted_principals\[0\].principal is 'deploy'; give the whole ARN"):
        parameter(synthesise, policy)
