"""An app that was there before the detector: a shop, its stack, its pipeline."""

from aws_cdk import App, Tags
from shop_stack import ShopStack

app = App()
shop = ShopStack(app, "Shop")
Tags.of(shop).add("team", "shop")

app.synth()
