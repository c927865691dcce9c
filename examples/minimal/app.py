"""The least there is: an account that does not record with AWS Config yet, and one line."""

from aws_cdk import App, Stack

from manual_change_detector import ManualChangeDetector

app = App()
stack = Stack(app, "ChangeDetection")

ManualChangeDetector(stack, "ManualChangeDetector")

app.synth()
