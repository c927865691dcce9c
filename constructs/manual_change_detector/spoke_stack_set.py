"""A stack set that puts a spoke into every account of some organizational units, those of tomorrow included."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

from aws_cdk import Annotations, CfnStackSet, Token
from constructs import Construct

from manual_change.domain.partition import partition_of
from manual_change_detector import props
from manual_change_detector.place import in_the_same_place
from manual_change_detector.spoke_names import SPOKE

CallAs = Literal["SELF", "DELEGATED_ADMIN"]
"""For whom CloudFormation is called: the management account itself, or one that may act for it."""

TEMPLATE_LIMIT: Final = 51_200
"""Bytes of a template that is passed as text (CloudFormation user guide, "CloudFormation quotas")."""
MOST_UNITS: Final = 50
"""Organizational units of one operation (CreateStackInstances)."""

_NAME: Final = re.compile(rf"{SPOKE}[a-zA-Z0-9-]{{0,64}}")
_UNIT: Final = re.compile(r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32}")
_ACCOUNT: Final = re.compile(r"\d{12}")


def spoke_stack_set(
    scope: Construct,
    construct_id: str,
    *,
    template: dict[str, Any],
    parameters: dict[str, str],
    organizational_units: Sequence[str],
    regions: Sequence[str],
    home_region: str,
    excluded_accounts: Sequence[str] = (),
    call_as: CallAs = "DELEGATED_ADMIN",
    name: str = SPOKE,
) -> CfnStackSet:
    """The stack set.

    One account in ten may fail in a region before the roll-out stops there: with none, a single account in which
    something is in the way would keep all others blind. CloudFormation rounds down: of fewer than ten, none may.

    Args:
        scope: the hub, or a stack of its own.
        construct_id: the stack set's name in its scope.
        template: the spoke's.
        parameters: of the template.
        organizational_units: ids, of the root too (`r-…`).
        regions: each gets a spoke.
        home_region: of the hub; the spoke there has the lookup role.
        excluded_accounts: of these units, accounts that get none.
        call_as: `SELF` in the management account, `DELEGATED_ADMIN` in one that may act for it.
        name: the stack set's name in its account and region.

    Raises:
        TypeError: a string was given where a list belongs, or a number where text does.
        ValueError: nothing would be deployed, or no lookup role, an option is none of its values, or the template is
            too long.
    """
    _check_name(scope, name)
    if call_as not in get_args(CallAs):
        raise ValueError(f"call_as is {call_as!r}; it is 'DELEGATED_ADMIN', or 'SELF' in the management account")
    units = _all(organizational_units, "organizational_units", _UNIT, "ou-ab12-11111111, or r-ab12 for the root")
    accounts = _all(excluded_accounts, "excluded_accounts", _ACCOUNT, "twelve digits")
    if not units:
        raise ValueError("organizational_units is empty, so no account would get a spoke; name them, or the root r-…")
    props.regions("regions", regions)
    if Token.is_unresolved(home_region):
        if home_region not in regions:
            Annotations.of(scope).add_warning_v2(
                "manual-change-detector:home-region-unknown",
                f"the stack of {scope.node.path} has no region, so that nobody can say whether regions has it, where "
                "the spoke has the role that the hub looks up with; give the stack its env=Environment(region=…)",
            )
    elif home_region not in regions:
        raise ValueError(
            f"regions lacks {home_region}, where the hub is: the spoke there has the role that the hub looks up with; "
            "add it, also where nothing is recorded in it"
        )
    telling = partition_of(next((region for region in regions if not Token.is_unresolved(region)), "")).home_region
    if not any(Token.is_unresolved(region) or region == telling for region in regions):
        Annotations.of(scope).add_warning_v2(
            "manual-change-detector:roles-unwatched",
            f"regions lacks {telling}: CloudTrail hands the calls of IAM to EventBridge there only, so that nobody is "
            "told when somebody alters the spokes' roles, and streamed calls lack those of IAM; add it",
        )
    body = json.dumps(template, separators=(",", ":"))
    if len(body.encode()) > TEMPLATE_LIMIT:
        raise ValueError(
            f"the spoke's template is {len(body.encode())} bytes, and a stack set takes {TEMPLATE_LIMIT} as text; "
            "put it into a bucket and use aws_cdk.CfnStackSet with template_url"
        )
    return CfnStackSet(
        scope,
        construct_id,
        stack_set_name=name,
        description="Spokes of the manual-change detector",
        permission_model="SERVICE_MANAGED",
        call_as=call_as,
        capabilities=["CAPABILITY_NAMED_IAM"],
        auto_deployment=CfnStackSet.AutoDeploymentProperty(enabled=True, retain_stacks_on_account_removal=False),
        managed_execution={"Active": True},
        operation_preferences=CfnStackSet.OperationPreferencesProperty(
            region_concurrency_type="PARALLEL",
            failure_tolerance_percentage=10,
            max_concurrent_percentage=100,
            concurrency_mode="SOFT_FAILURE_TOLERANCE",
        ),
        parameters=[
            CfnStackSet.ParameterProperty(parameter_key=key, parameter_value=value) for key, value in parameters.items()
        ],
        stack_instances_group=[
            CfnStackSet.StackInstancesProperty(
                deployment_targets=CfnStackSet.DeploymentTargetsProperty(
                    organizational_unit_ids=units[begin : begin + MOST_UNITS],
                    accounts=accounts or None,
                    account_filter_type="DIFFERENCE" if accounts else None,
                ),
                regions=list(regions),
            )
            for begin in range(0, len(units), MOST_UNITS)
        ],
        template_body=body,
    )


def _check_name(scope: Construct, name: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"name is {name!r}; a spoke's stack is known, and protected, by {SPOKE} at the beginning of its stack "
            f"set's name, with letters, digits and hyphens behind: {SPOKE}-sandbox"
        )
    for other in scope.node.root.node.find_all():
        if isinstance(other, CfnStackSet) and other.stack_set_name == name and in_the_same_place(other, scope):
            raise ValueError(
                f"{other.node.path} is a stack set called {name} already, and no account and region has two of a name; "
                f"give this one another: name='{SPOKE}-sandbox'. No account may get spokes from both"
            )


def _all(given: Sequence[str], option: str, form: re.Pattern[str], looks_like: str) -> list[str]:
    for each in props.listed(option, given):
        if not Token.is_unresolved(each) and not form.fullmatch(each):
            raise ValueError(f"{option} names {each!r}; it looks like {looks_like}")
    return list(given)
