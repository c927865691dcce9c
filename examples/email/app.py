"""An app whose critical findings also go out by e-mail."""

from aws_cdk import App
from email_stack import EmailStack

app = App()
EmailStack(app, "ChangeDetection", address=app.node.try_get_context("address") or "on-call@example.com")

app.synth()
