"""Presets fill in whole ARNs; none of them trusts a name alone."""

from __future__ import annotations

import pytest

from manual_change.domain import presets
from manual_change.domain.policy import Policy, PolicyError
from manual_change.domain.policy_document import read_policy
from manual_change.domain.presets import EVERY_ACCOUNT

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci/deploy"

OF_ACCOUNTS = {
    "cdk": presets.cdk(ACCOUNT, people_may_deploy=True),
    "stack sets": presets.stack_sets(ACCOUNT),
    "control tower": presets.control_tower(ACCOUNT),
    "landing zone accelerator": presets.landing_zone_accelerator(ACCOUNT),
    "account factory for terraform": presets.account_factory_for_terraform(ACCOUNT),
    "terraform": presets.terraform(ROLE),
    "github": presets.github_oidc(ROLE),
}
OF_EVERY_ACCOUNT = {
    "cdk": presets.cdk(EVERY_ACCOUNT),
    "stack sets": presets.stack_sets(EVERY_ACCOUNT),
    "control tower": presets.control_tower(EVERY_ACCOUNT),
    "landing zone accelerator": presets.landing_zone_accelerator(EVERY_ACCOUNT),
}
BREAK_GLASS = ("AWSControlTowerExecution", "OrganizationAccountAccessRole")


@pytest.mark.parametrize("entries", OF_EVERY_ACCOUNT.values(), ids=OF_EVERY_ACCOUNT.keys())
def test_in_every_account_only_aws_s_word_is_trusted(entries):
    """Whoever may create a role gives it any name; that CloudFormation called is what AWS writes."""
    policy = Policy(trusted_principals=entries)
    roles = [entry.principal.replace("*", ACCOUNT, 1).replace("*", "x") for entry in entries]

    assert [(True, False, False, False)] * len(roles) == [
        tuple(bool(policy.trusts([role], via)) for via in ("cloudformation", "cli", "terraform", "unknown"))
        for role in roles
    ]


@pytest.mark.parametrize("entries", OF_EVERY_ACCOUNT.values(), ids=OF_EVERY_ACCOUNT.keys())
def test_a_path_makes_another_role_in_every_account(entries):
    """The glob of the account spans no path."""
    policy = Policy(trusted_principals=entries)
    forged = [entry.principal.replace("*", f"{ACCOUNT}:role/", 1).replace("*", "x") for entry in entries]

    assert [None] * len(forged) == [policy.trusts([role], "cloudformation") for role in forged]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: presets.account_factory_for_terraform(EVERY_ACCOUNT),
        lambda: presets.cdk(EVERY_ACCOUNT, people_may_deploy=True),
    ],
    ids=["account factory", "people may deploy"],
)
def test_what_aws_does_not_write_is_no_preset_for_every_account(ask):
    """A look-alike of the role would be trusted."""
    with pytest.raises(PolicyError, match="one account's twelve digits"):
        ask()


@pytest.mark.parametrize("account", [ACCOUNT, EVERY_ACCOUNT])
@pytest.mark.parametrize("role", BREAK_GLASS)
@pytest.mark.parametrize("via", ["console", "cli", "sdk", "terraform", "ssm", "cloudcontrolapi", "unknown"])
def test_an_administrator_s_role_is_always_reported(account, role, via):
    """Whoever may act in the management account may assume it in every other."""
    policy = Policy(always_notify=presets.break_glass(account))

    assert policy.always_notifies([f"arn:aws:iam::{ACCOUNT}:role/{role}"], via) is not None


@pytest.mark.parametrize("via", ["cloudformation", "controltower"])
def test_control_tower_s_own_work_is_not_always_reported(via):
    """Each update of the landing zone would be told from every account."""
    policy = Policy(always_notify=presets.break_glass(EVERY_ACCOUNT))

    assert policy.always_notifies([f"arn:aws:iam::{ACCOUNT}:role/AWSControlTowerExecution"], via) is None


def test_the_break_glass_entries_are_accepted_by_the_policy_s_own_reader():
    """What a preset prints can be pasted into a policy."""
    policy = Policy(always_notify=tuple(presets.break_glass(EVERY_ACCOUNT)))

    assert policy == read_policy(policy.to_json())


@pytest.mark.parametrize("entries", OF_ACCOUNTS.values(), ids=OF_ACCOUNTS.keys())
def test_every_entry_names_its_account(entries):
    """A role of the same name in another account is another role."""
    strangers = [entry.principal.replace(ACCOUNT, OTHER_ACCOUNT, 1).replace("*", "x") for entry in entries]

    assert [None] * len(entries) == [
        Policy(trusted_principals=entries).trusts([stranger], "cloudformation") for stranger in strangers
    ]


@pytest.mark.parametrize("entries", OF_ACCOUNTS.values(), ids=OF_ACCOUNTS.keys())
def test_every_entry_is_accepted_by_the_policy_s_own_reader(entries):
    """What a preset prints can be pasted into a policy."""
    policy = Policy(trusted_principals=tuple(entries))

    assert policy == read_policy(policy.to_json())


def test_the_cdk_s_execution_role_is_trusted_only_through_cloudformation():
    """Somebody who assumes the role by hand does not come through CloudFormation."""
    policy = Policy(trusted_principals=presets.cdk(ACCOUNT))
    role = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-eu-west-1"

    assert (True, False) == (bool(policy.trusts([role], "cloudformation")), bool(policy.trusts([role], "cli")))


def test_a_person_s_cdk_deploy_is_reported_unless_people_may_deploy():
    """The deploy role is what the CDK command line assumes on anybody's machine."""
    deploy_role = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-deploy-role-{ACCOUNT}-eu-west-1"
    strict = Policy(trusted_principals=presets.cdk(ACCOUNT))
    lenient = Policy(trusted_principals=presets.cdk(ACCOUNT, people_may_deploy=True))

    assert (False, True) == (bool(strict.trusts([deploy_role], "cdk")), bool(lenient.trusts([deploy_role], "cdk")))


def test_control_tower_s_role_in_a_person_s_hands_is_not_trusted():
    """AWSControlTowerExecution is an administrator's role that people can assume from the management account."""
    policy = Policy(trusted_principals=presets.control_tower(ACCOUNT))

    assert policy.trusts([f"arn:aws:iam::{ACCOUNT}:role/AWSControlTowerExecution"], "console") is None


@pytest.mark.parametrize("account", ["", "*", "11112222333", 111122223333, "arn:aws:iam::111122223333:root"])
def test_an_account_is_twelve_digits(account):
    """A wildcard would trust a name alone; a number has lost its leading zeros."""
    with pytest.raises(PolicyError, match="twelve digits in quotes"):
        presets.cdk(account)


@pytest.mark.parametrize("role", ["deploy", f"arn:aws:iam::{ACCOUNT}:role/deploy-*", "arn:aws:iam::*:role/deploy"])
def test_a_role_is_a_whole_arn(role):
    """Who may assume a role is decided role by role."""
    with pytest.raises(PolicyError, match="whole ARN"):
        presets.github_oidc(role)
