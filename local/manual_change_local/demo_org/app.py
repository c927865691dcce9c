"""The hub and the stack set of its spokes, synthesised in a process of its own.

`python -m manual_change_local.demo_org.app OUTDIR ORGANIZATION UNIT...`: the ids are the embedded organization's.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from aws_cdk import App, Environment, Stack

from manual_change_detector import Accounts, ManualChangeDetectorHub, Policy, TrustedPrincipal
from manual_change_local.demo_org.cast import AUDIT, DEPLOYER, HOME, REGIONS


def synthesise(outdir: str, organization_id: str, units: Sequence[str]) -> None:
    """Write the cloud assembly of the hub's stack."""
    app = App(outdir=outdir)
    stack = Stack(app, "ManualChangeDetectorHub", env=Environment(account=AUDIT, region=HOME))
    hub = ManualChangeDetectorHub(
        stack,
        "Hub",
        organization_id=organization_id,
        regions=REGIONS,
        accounts=Accounts.organizations(),
        policy=Policy(trusted_principals=[TrustedPrincipal(DEPLOYER, reason="the release pipeline of every account")]),
    )
    hub.spoke_stack_set(organizational_units=units, regions=REGIONS)
    app.synth()


if __name__ == "__main__":
    synthesise(sys.argv[1], sys.argv[2], sys.argv[3:])
