"""The cast: the accounts, regions and roles of the demo. All names and ids are made up."""

from __future__ import annotations

from typing import Final

MANAGEMENT: Final = "999900001111"
AUDIT: Final = "222233334444"
"""Where the hub is."""
MEMBERS: Final = {"111122223333": "shop-production", "444455556666": "bank-production", "777788889999": "research-lab"}
"""Accounts with spokes, and their names in AWS Organizations."""
SHOP, BANK, LAB = MEMBERS

HOME: Final = "eu-west-1"
AWAY: Final = "us-east-1"
REGIONS: Final = (HOME, AWAY)

DEPLOYER: Final = "arn:aws:iam::*:role/deploy-*"
"""Whom the hub's policy trusts."""
