"""What must not happen to a spoke unnoticed: once for the spoke, which forwards it, and once for the hub, which tells.

Two rules forward, each with a role of its own, and each is guarded by the other: whoever takes one away is told by the
one that is left.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Aws

from manual_change_detector import blinding_calls as blinding
from manual_change_detector.blinding_calls import BlindingCalls, Pattern
from manual_change_detector.spoke_names import (
    CALLS_RULE,
    CHANGES_RULE,
    FORWARD_ROLE,
    GUARD_ROLE,
    GUARD_RULE,
    LOOKUP_ROLE,
    PREFIX,
    SPOKE,
    STACK_RULE,
    TAMPERING_RULE,
)
from manual_change_detector.tampering import Guarded

STACK_SETS: Final = Guarded(
    construct_id="StackSets",
    calls=blinding.STACK_SET,
    names=[{"prefix": SPOKE}],  # its name, or its id: the name, a colon and a UUID
    longest_name=64,
    named_in=["stackSetName"],
)
"""Those that bring spokes. With service-managed permissions they are the management account's, also where a delegated
administrator made them (CloudFormation user guide, "Register a delegated administrator"), so that spokes tell of them
too: the management account's."""
BY_TAMPERING: Final = (
    Guarded(construct_id="Recording", calls=blinding.RECORDING),
    Guarded(construct_id="Trails", calls=blinding.TRAILS),
    Guarded(construct_id="Rules", calls=blinding.RULES, names=[CHANGES_RULE, CALLS_RULE, GUARD_RULE, STACK_RULE]),
    Guarded(construct_id="Roles", calls=blinding.ROLES, names=[LOOKUP_ROLE, {"prefix": GUARD_ROLE}]),
    STACK_SETS,
)
BY_THE_GUARD: Final = (
    Guarded(construct_id="Rules", calls=blinding.RULES, names=[TAMPERING_RULE]),
    Guarded(construct_id="Roles", calls=blinding.ROLES, names=[{"prefix": FORWARD_ROLE}]),
)


def own_stack(calls: BlindingCalls) -> Guarded:
    """The stack that the spoke stands in, whatever it is called there."""
    return Guarded(construct_id="Stack", calls=calls, names=[Aws.STACK_NAME, Aws.STACK_ID], longest_name=230)


def told_by_the_hub(*, streams_calls: bool) -> tuple[Guarded, ...]:
    """The same, as it arrives on the hub's bus.

    Args:
        streams_calls: whether other calls arrive too. Then only stacks count that have `manual-change-spoke` in their
            names; otherwise a spoke has seen to it that the stack is its own.
    """
    stacks: list[Pattern] = [{"wildcard": f"*{SPOKE}*"}] if streams_calls else []
    return (
        Guarded(construct_id="Recording", calls=blinding.RECORDING),
        Guarded(construct_id="Trails", calls=blinding.TRAILS),
        Guarded(
            construct_id="Rules",
            calls=blinding.RULES,
            names=[{"prefix": PREFIX}],
            longest_name=64,
            named_in=blinding.RULES.fields,
        ),
        Guarded(
            construct_id="Roles",
            calls=blinding.ROLES,
            names=[{"prefix": PREFIX}],
            longest_name=64,
            named_in=["roleName"],
        ),
        Guarded(construct_id="Stack", calls=blinding.STACK, names=stacks, longest_name=64, named_in=["stackName"]),
        Guarded(
            construct_id="StackUpdates",
            calls=blinding.STACK_UPDATES,
            names=stacks,
            longest_name=64,
            named_in=["stackName"],
        ),
        STACK_SETS,
    )
