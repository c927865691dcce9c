"""The metrics that the functions write, as CDK metrics: for alarms and dashboards of one's own."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Node

from manual_change import metric_names as names


class Metrics:
    """The `metric_*` methods of the detector. Each is a sum over five minutes, if it says nothing else.

    `metric.with_(…)` changes that.
    """

    node: Node

    def metric_notifications(self) -> cloudwatch.Metric:
        """Messages of AWS Config that were read, whatever they turned out to be."""
        return self._metric(names.NOTIFICATIONS)

    def metric_dropped(self, *, reason: str | None = None) -> cloudwatch.Metric:
        """Notifications that are no change, or noise. Reason left out: all of them."""
        return self._metric(names.DROPPED, **{names.REASON: reason})

    def metric_findings(self, *, verdict: str | None = None, decision: str | None = None) -> cloudwatch.Metric:
        """Judged changes. Both left out: all of them.

        Args:
            verdict: `manual`, `automated` or `unattributed`.
            decision: `notify` or `silent`.

        Raises:
            ValueError: one was given without the other; CloudWatch keeps no such sum.
        """
        if (verdict is None) != (decision is None):
            raise ValueError(
                f"metric_findings has verdict {verdict!r} and decision {decision!r}; findings are counted by both or "
                "as a whole: metric_findings(verdict='manual', decision='notify')"
            )
        return self._metric(names.FINDINGS, **{names.VERDICT: verdict, names.DECISION: decision})

    def metric_posts(self, *, outcome: str | None = None) -> cloudwatch.Metric:
        """Messages handed to Slack: `sent`, `unavailable` or `refused`. Outcome left out: all of them."""
        return self._metric(names.POSTS, **{names.OUTCOME: outcome})

    def metric_lookup_requests(self) -> cloudwatch.Metric:
        """Requests to CloudTrail's LookupEvents."""
        return self._metric(names.LOOKUP_REQUESTS)

    def metric_unread_changes(self) -> cloudwatch.Metric:
        """Changes that were judged without CloudTrail having been read to the end, after half an hour of tries."""
        return self._metric(names.UNREAD_CHANGES)

    def metric_postponed(self) -> cloudwatch.Metric:
        """Changes that a batch had no time left for, each time; they come again seconds later."""
        return self._metric(names.POSTPONED)

    def metric_attribution_lag(self) -> cloudwatch.Metric:
        """Seconds from Config's capture to the finding, 90th percentile."""
        return self._metric(names.ATTRIBUTION_LAG).with_(statistic="p90", unit=cloudwatch.Unit.SECONDS)

    def metric_heartbeats(self) -> cloudwatch.Metric:
        """Heartbeats that came out at the end of the pipe; notifications do not count them."""
        return self._metric(names.HEARTBEATS)

    def metric_quarantined(self) -> cloudwatch.Metric:
        """Hub only: messages that could not be trusted."""
        return self._metric(names.QUARANTINED)

    def metric_calls(self) -> cloudwatch.Metric:
        """Hub only: API calls that spokes forwarded and that are kept."""
        return self._metric(names.CALLS)

    def metric_places(self) -> cloudwatch.Metric:
        """Hub only: accounts and regions that should report, at each survey."""
        return self._metric(names.PLACES).with_(statistic="Maximum")

    def metric_silent_places(self) -> cloudwatch.Metric:
        """Hub only: those of them that did not, and did not answer that they still record."""
        return self._metric(names.SILENT_PLACES).with_(statistic="Maximum")

    def metric_unasked_places(self) -> cloudwatch.Metric:
        """Hub only: those of them of which nobody knows, as a survey had no time to ask them; the next begins there."""
        return self._metric(names.UNASKED_PLACES).with_(statistic="Maximum")

    def metric_unread_directory(self) -> cloudwatch.Metric:
        """Hub only: 1 where a survey could not read the list of accounts to its end, and counted no places."""
        return self._metric(names.UNREAD_DIRECTORY).with_(statistic="Maximum")

    def _metric(self, name: str, **dimensions: str | None) -> cloudwatch.Metric:
        given = {dimension: value for dimension, value in dimensions.items() if value is not None}
        return cloudwatch.Metric(
            namespace=names.NAMESPACE,
            metric_name=name,
            dimensions_map={names.DETECTOR: self.node.path, **given},
            statistic="Sum",
            period=Duration.minutes(5),
        )
