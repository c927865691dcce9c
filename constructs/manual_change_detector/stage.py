"""Stage: a queue, its dead-letter queue, the function that empties it, and the alarms that watch it."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from manual_change_detector.environment import Settings, configure
from manual_change_detector.keeping import Keeping
from manual_change_detector.logged_function import logged_function
from manual_change_detector.pace import Pace

QUEUE_RETENTION: Final = Duration.days(14)
"""The most that SQS keeps a message: time for people to come back from a holiday and redrive."""

VISIBILITY_FACTOR: Final = 6
"""Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's timeout, plus the window."""

_MORE_THAN: Final = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_QUIET_IS_FINE: Final = cloudwatch.TreatMissingData.NOT_BREACHING


class Stage(Construct):
    """One of the stages. Its id is the name of its handler module: `Dispatch` runs `handlers/dispatch.py`."""

    queue: sqs.Queue
    dead_letter_queue: sqs.Queue
    function: lambda_.Function
    log_group: logs.LogGroup
    alarms: tuple[cloudwatch.Alarm, ...]
    """Dead letters, age of the oldest message, errors and throttles of the function."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        takes: str,
        gives: str,
        code: lambda_.Code,
        pace: Pace,
        keeping: Keeping,
    ) -> None:
        """Build the stage; `configure` gives it its settings.

        Args:
            scope: the detector.
            construct_id: the stage's name.
            takes: what waits in the queue, and the queue's construct id: `Changes`.
            gives: what becomes of it, for the Lambda console.
            code: the Lambda asset.
            pace: how fast it works, and how patiently.
            keeping: how queues and log are encrypted, and what becomes of the log.
        """
        super().__init__(scope, construct_id)
        self.dead_letter_queue = self._queue("DeadLetters", keeping)
        self.queue = self._queue(
            takes,
            keeping,
            visibility_timeout=Duration.seconds(
                VISIBILITY_FACTOR * pace.timeout.to_seconds() + pace.batching_window.to_seconds()
            ),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letter_queue, max_receive_count=pace.max_receive_count
            ),
        )
        self.log_group, self.function = logged_function(
            self,
            keeping=keeping,
            code=code,
            handler=f"manual_change.handlers.{construct_id.lower()}.handler",
            description=f"{takes} become {gives} ({scope.node.path})",
            timeout=pace.timeout,
            memory_size=pace.memory_size,
        )
        self.function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=pace.batch_size,
                max_batching_window=pace.batching_window,
                max_concurrency=pace.max_concurrency,
                report_batch_item_failures=True,
            )
        )
        self.alarms = (
            self._dead_letters_alarm(),
            self._stale_alarm(pace.stale_after),
            self._errors_alarm(),
            self._throttles_alarm(),
        )

    def configure(self, settings: Settings) -> None:
        """Hand the settings to the function.

        Raises:
            ValueError: they fit neither into the environment of a Lambda function nor into a file.
        """
        configure(self.function, settings)

    def _queue(
        self,
        construct_id: str,
        keeping: Keeping,
        *,
        visibility_timeout: Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
    ) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            encryption=sqs.QueueEncryption.KMS if keeping.encryption_key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=keeping.encryption_key,
            enforce_ssl=True,
            retention_period=QUEUE_RETENTION,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=dead_letter_queue,
        )

    def _dead_letters_alarm(self) -> cloudwatch.Alarm:
        waiting = self.dead_letter_queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="Maximum"
        )
        return waiting.create_alarm(
            self,
            "DeadLettersAlarm",
            alarm_description="Messages that could not be handled wait in the dead-letter queue: "
            "read the function's log for the reason, mend it, redrive the queue",
            threshold=0,
            evaluation_periods=1,
            comparison_operator=_MORE_THAN,
            treat_missing_data=_QUIET_IS_FINE,
        )

    def _stale_alarm(self, stale_after: Duration) -> cloudwatch.Alarm:
        age = self.queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5), statistic="Maximum")
        return age.create_alarm(
            self,
            "StaleAlarm",
            alarm_description="Messages wait longer than they should: the stage does not keep up, or keeps failing",
            threshold=stale_after.to_seconds(),
            evaluation_periods=2,
            comparison_operator=_MORE_THAN,
            treat_missing_data=_QUIET_IS_FINE,
        )

    def _errors_alarm(self) -> cloudwatch.Alarm:
        errors = self.function.metric_errors(period=Duration.minutes(5), statistic="Sum")
        return errors.create_alarm(
            self,
            "ErrorsAlarm",
            alarm_description="Invocations fail as a whole (a message that fails alone is no such error)",
            threshold=0,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator=_MORE_THAN,
            treat_missing_data=_QUIET_IS_FINE,
        )

    def _throttles_alarm(self) -> cloudwatch.Alarm:
        throttles = self.function.metric_throttles(period=Duration.minutes(5), statistic="Sum")
        return throttles.create_alarm(
            self,
            "ThrottlesAlarm",
            alarm_description="Lambda does not let the function run: the account's concurrency is used up, or somebody "
            "set the function's own to zero",
            threshold=0,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            comparison_operator=_MORE_THAN,
            treat_missing_data=_QUIET_IS_FINE,
        )
