"""Place: the account and region that a stack is deployed to, as far as that is known at synthesis."""

from __future__ import annotations

from aws_cdk import Stack, Token
from constructs import IConstruct


def in_the_same_place(one: IConstruct, other: IConstruct) -> bool:
    """Whether both are deployed to one account and region, for sure.

    Stacks whose account or region is known only when they are deployed may be in different ones.
    """
    here, there = Stack.of(one), Stack.of(other)
    known = not any(Token.is_unresolved(part) for part in (here.account, here.region))
    return here.node.path == there.node.path or (known and (here.account, here.region) == (there.account, there.region))


def in_different_places(one: IConstruct, other: IConstruct) -> bool:
    """Whether both are deployed to different accounts or regions, for sure."""
    here, there = Stack.of(one), Stack.of(other)
    pairs = [(here.account, there.account), (here.region, there.region)]
    return any(mine != yours and not any(map(Token.is_unresolved, (mine, yours))) for mine, yours in pairs)
