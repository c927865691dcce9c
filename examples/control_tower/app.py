"""An organization under Control Tower: a hub in its audit account, and nothing to deploy anywhere else."""

from aws_cdk import App, Environment
from hub_stack import HubStack

app = App()
HubStack(
    app,
    "ManualChangeDetectorHub",
    organization_id=app.node.try_get_context("organization") or "o-abcde12345",
    governed_regions=["eu-west-1", "us-east-1"],
    env=Environment(account=app.node.try_get_context("audit") or "222233334444", region="eu-west-1"),
)

app.synth()
