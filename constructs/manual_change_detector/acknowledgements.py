"""Findings of cdk-nag that are as they should be, each with its reason, beside what it excuses.

An app that applies cdk-nag stays clean without listing what is inside this construct; one that does not is not touched.
"""

from __future__ import annotations

from constructs import IConstruct


def acknowledge(construct: IConstruct, *, rule: str, reason: str) -> None:
    """Acknowledge one finding of the pack AwsSolutions on the construct, and on what is below it.

    Written as `Validations.of(construct).acknowledge` writes it, which older versions of the CDK do not have.
    """
    construct.node.add_metadata("aws:cdk:acknowledged-rules", {f"AwsSolutions::AwsSolutions-{rule}": reason})
