"""Landing Zone Accelerator without Control Tower: the hub by the CDK, the spokes by the accelerator's pipeline."""

from aws_cdk import App, Environment
from hub_stack import HubStack

app = App()
HubStack(
    app,
    "ManualChangeDetectorHub",
    organization_id=app.node.try_get_context("organization") or "o-abcde12345",
    env=Environment(account=app.node.try_get_context("audit") or "222233334444", region="eu-west-1"),
)

app.synth()
