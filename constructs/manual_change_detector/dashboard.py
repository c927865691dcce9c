"""The dashboard: what came in, what became of it, what waits, and whether the heart beats."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from manual_change import metric_names as names
from manual_change_detector.metrics import Metrics
from manual_change_detector.parts import Parts

WIDTH: Final = 8
"""Three graphs in a row of 24."""


class Dashboard(Construct):
    """Drawn from the metrics that the functions write; it has no state of its own."""

    dashboard: cloudwatch.Dashboard

    def __init__(self, scope: Construct, construct_id: str, *, metrics: Metrics, parts: Parts, of_a_hub: bool) -> None:
        """Three rows: the notifications, the judgement, the machinery; of a hub a fourth, its accounts."""
        super().__init__(scope, construct_id)
        path = metrics.node.path
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            default_interval=Duration.days(1),
            widgets=[
                [
                    _graph(
                        "Notifications of AWS Config, heartbeats",
                        metrics.metric_notifications(),
                        metrics.metric_heartbeats(),
                    ),
                    _split("Dropped, by reason", path, names.DROPPED, names.REASON),
                    _split("Findings, by verdict and decision", path, names.FINDINGS, names.VERDICT, names.DECISION),
                ],
                [
                    _graph("From Config's capture to the finding (s)", *_lags(metrics)),
                    _graph(
                        "Requests to CloudTrail's LookupEvents, changes that wait for it or in vain",
                        metrics.metric_lookup_requests(),
                        metrics.metric_postponed(),
                        metrics.metric_unread_changes(),
                    ),
                    _split("Posts to Slack, by outcome", path, names.POSTS, names.OUTCOME),
                ],
                [
                    _graph(
                        "Messages that wait",
                        *(queue.metric_approximate_number_of_messages_visible() for queue in parts.queues),
                    ),
                    _graph(
                        "Age of the oldest message (s)",
                        *(queue.metric_approximate_age_of_oldest_message() for queue in parts.queues),
                    ),
                    _graph(
                        "Dead letters",
                        *(
                            queue.metric_approximate_number_of_messages_visible()
                            for queue in (*parts.dead_letter_queues, parts.untold.queue)
                        ),
                    ),
                ],
                *([_accounts(metrics)] if of_a_hub else []),
                [
                    cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(parts.alarms), width=3 * WIDTH),
                ],
            ],
        )


def _accounts(metrics: Metrics) -> list[cloudwatch.IWidget]:
    return [
        _graph(
            "Accounts and regions, silent and unasked ones; lists of accounts not read",
            metrics.metric_places(),
            metrics.metric_silent_places(),
            metrics.metric_unasked_places(),
            metrics.metric_unread_directory(),
        ),
        _graph("Messages in quarantine", metrics.metric_quarantined()),
        _graph("Calls that spokes forwarded", metrics.metric_calls()),
    ]


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=WIDTH, left_y_axis=_FROM_ZERO)


def _split(title: str, detector: str, name: str, *dimensions: str) -> cloudwatch.GraphWidget:
    """One line for each value of a dimension that there is: nobody lists the reasons here."""
    schema = ",".join(f'"{each}"' for each in (names.NAMESPACE, names.DETECTOR, *dimensions))
    search = f'{{{schema}}} MetricName="{name}" "{names.DETECTOR}"="{detector}"'
    return _graph(
        title,
        cloudwatch.MathExpression(
            expression=f"SEARCH('{search}', 'Sum', 300)", using_metrics={}, label="", period=Duration.minutes(5)
        ),
    )


def _lags(metrics: Metrics) -> list[cloudwatch.IMetric]:
    lag = metrics.metric_attribution_lag()
    return [lag.with_(statistic=statistic, label=statistic) for statistic in ("p50", "p90", "p99")]


_FROM_ZERO: Final = cloudwatch.YAxisProps(min=0, show_units=False)
