"""The metrics that the handlers write, by name: where dashboards and alarms of the user find them."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

NAMESPACE: Final = "ManualChangeDetector"
DETECTOR: Final = "detector"
"""The dimension that tells the detectors of an account apart."""
VERDICT: Final = "verdict"

NOTIFICATIONS: Final = "Notifications"
DROPPED: Final = "Dropped"
FINDINGS: Final = "Findings"
POSTS: Final = "Posts"
LOOKUP_REQUESTS: Final = "LookupRequests"
ATTRIBUTION_LAG: Final = "AttributionLag"


def metric(name: str, detector: str, *, statistic: str = "Sum", **dimensions: str) -> cloudwatch.Metric:
    """A metric of one detector, over five minutes; `with_` changes period and statistic."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={DETECTOR: detector, **dimensions},
        statistic=statistic,
        period=Duration.minutes(5),
    )
