"""A landing zone: a hub in the security account, and a spoke in every account and region, also in those of tomorrow."""

from aws_cdk import App, Environment
from hub_stack import HubStack, SpokesStack

app = App()
security = Environment(account=app.node.try_get_context("security") or "222233334444", region="eu-west-1")
regions = ["eu-west-1", "us-east-1"]

watch = HubStack(
    app,
    "ManualChangeDetectorHub",
    organization_id=app.node.try_get_context("organization") or "o-abcde12345",
    regions=regions,
    env=security,
)
SpokesStack(
    app,
    "ManualChangeDetectorSpokes",
    hub=watch.hub,
    organizational_units=["ou-ab12-11111111", "ou-ab12-22222222"],
    regions=regions,
    env=security,
)

app.synth()
