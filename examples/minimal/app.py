"""The least there is: an account that does not record with AWS Config yet, and one line."""

from aws_cdk import Annotations, App, Stack

from manual_change_detector import ManualChangeDetector

app = App()
stack = Stack(app, "ChangeDetection")
# AWS Config is off here: without the acknowledgement, synthesis warns that an account has one recorder in each region.
Annotations.of(stack).acknowledge_warning("manual-change-detector:new-recorder")

ManualChangeDetector(stack, "ManualChangeDetector")

app.synth()
