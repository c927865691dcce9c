"""The template as a whole: what it says, and what the linters say about it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

ASSET_HASH = re.compile(r"[0-9a-f]{64}")

REDUNDANT_DEPENDENCY = "W3005"
"""The CDK makes a function depend on its role as a whole, and `add_dependency` covers what a Ref implies."""


def test_the_template_is_the_one_that_was_reviewed(variant: Any, snapshot: SnapshotAssertion) -> None:
    """Every difference that a change makes to what is deployed is seen in its diff."""
    masked = json.loads(ASSET_HASH.sub("<asset hash>", json.dumps(variant.template)))

    assert snapshot.use_extension(JSONSnapshotExtension) == masked


def test_cfn_lint_has_nothing_to_say(variant: Any, complaints: Any) -> None:
    """The template is valid CloudFormation, without circles, in every region that has the services."""
    assert [] == complaints(variant.template, REDUNDANT_DEPENDENCY)


def test_cfn_lint_complains_of_each_template_anew(complaints: Any) -> None:
    """Its rules are shared, and remember nothing: of what is wrong it says so every time, and of nothing else."""
    queues = [{"Queue": {"Type": "AWS::SQS::Queue", "Properties": each}} for each in ({"DelaySeconds": "soon"}, {})]
    wrong, right = ({"Resources": each} for each in queues)

    said = [complaints(each) for each in (wrong, right, wrong)]

    assert ["E3012 'soon' is not of type 'integer'"] == said[0]
    assert [[], said[0]] == said[1:]


def test_cdk_nag_has_nothing_to_say(build: Any, nag_findings: Any) -> None:
    """Every finding of the pack AwsSolutions is mended, or acknowledged with its reason where it stands."""
    assert set() == nag_findings(build)


def test_every_acknowledgement_excuses_something(
    build: Any, nag_findings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cdk-nag no longer complains about is no longer acknowledged."""
    acknowledged: set[str] = set()
    for module in ("permissions", "recorder", "storage", "calls_table"):
        monkeypatch.setattr(
            f"manual_change_detector.{module}.acknowledge",
            lambda _construct, *, rule, reason: acknowledged.add(rule),  # noqa: ARG005
        )

    assert nag_findings(build) == {f"AwsSolutions-{rule}" for rule in acknowledged}
