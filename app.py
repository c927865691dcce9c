"""The reference app: one detector with everything provisioned, in whatever account and region it is deployed to."""

import os

from aws_cdk import Annotations, App, CfnOutput, Stack

from manual_change_detector import ManualChangeDetector

app = App(outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
stack = Stack(
    app,
    "ChangeDetection",
    description="Tells a Slack channel who changed what by hand in this account and region",
)
# AWS Config is off here: without the acknowledgement, synthesis warns that an account has one recorder in each region.
Annotations.of(stack).acknowledge_warning("manual-change-detector:new-recorder")

detector = ManualChangeDetector(stack, "ManualChangeDetector")

CfnOutput(
    stack,
    "FillInTheWebhook",
    description="The Slack webhook goes into this secret: aws secretsmanager put-secret-value --secret-id … "
    "--secret-string https://hooks.slack.com/…",
    value=detector.secret.secret_arn,
)

CfnOutput(
    stack,
    "SubscribeToTheAlarms",
    description="What wakes somebody when Slack cannot: aws sns subscribe --topic-arn … --protocol email "
    "--notification-endpoint you@example.com",
    value=detector.alarm_topic.topic_arn,
)

app.synth()
