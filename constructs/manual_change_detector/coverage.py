"""Coverage: every hour, which accounts and regions should report and do not."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from manual_change.settings import CoverageSettings
from manual_change_detector.environment import configure
from manual_change_detector.keeping import Keeping
from manual_change_detector.logged_function import logged_function
from manual_change_detector.runtime import lambda_code

EVERY: Final = Duration.hours(1)


class Coverage(Construct):
    """A function that surveys, on schedule, and the alarms on what it finds and on itself."""

    function: lambda_.Function
    log_group: logs.LogGroup
    rule: events.Rule
    silent_alarm: cloudwatch.Alarm
    """Without a number it stays as it is: a survey that does not know all accounts writes none."""
    directory_alarm: cloudwatch.Alarm
    errors_alarm: cloudwatch.Alarm
    missing_alarm: cloudwatch.Alarm
    """Of a survey that does not run at all, which the three others take for quiet."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: CoverageSettings,
        silent_places: cloudwatch.Metric,
        unread_directory: cloudwatch.Metric,
        keeping: Keeping,
    ) -> None:
        """Build it; what it may read is given to `function` by who owns that.

        Args:
            scope: the hub.
            construct_id: its name in the hub.
            settings: what should report, and how long it may be silent.
            silent_places: what the function says it found.
            unread_directory: whether it could not read which accounts there are.
            keeping: how the log is encrypted, and what becomes of it.
        """
        super().__init__(scope, construct_id)
        self.log_group, self.function = logged_function(
            self,
            keeping=keeping,
            code=lambda_code(),
            handler="manual_change.handlers.coverage.handler",
            description=f"Surveys which accounts and regions report ({scope.node.path})",
            timeout=Duration.minutes(15),  # thousands of places, of which the silent ones are asked one by one
            memory_size=512,
        )
        configure(self.function, settings)
        self.rule = events.Rule(
            self,
            "Rule",
            description="Which accounts and regions are silent to the manual-change detector",
            schedule=events.Schedule.rate(EVERY),
            targets=[targets.LambdaFunction(self.function)],
        )
        self.silent_alarm = silent_places.with_(period=EVERY, statistic="Maximum").create_alarm(
            self,
            "SilentAlarm",
            alarm_description="An account and region has not reported, and does not answer that it still records and "
            "forwards, or an account was never heard of: the function's log names it and says why; "
            "`manual-change coverage` prints all of them",
            threshold=0,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        self.directory_alarm = unread_directory.with_(period=EVERY).create_alarm(
            self,
            "DirectoryAlarm",
            alarm_description="The list of accounts could not be read to its end, so that nobody knows how many are "
            "silent, and the alarm on these stays as it is: the function's log says why. May this account ask AWS "
            "Organizations (delegated administrator)?",
            threshold=0,
            evaluation_periods=3,
            datapoints_to_alarm=2,  # one hour of throttling mends itself
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        self.errors_alarm = self.function.metric_errors(period=EVERY, statistic="Sum").create_alarm(
            self,
            "ErrorsAlarm",
            alarm_description="The survey of accounts and regions fails: silent ones go unnoticed; read its log",
            threshold=0,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self.missing_alarm = self.function.metric_invocations(period=EVERY, statistic="Sum").create_alarm(
            self,
            "MissingAlarm",
            alarm_description="The survey of accounts and regions has not run for three hours, and what its other "
            "alarms say is old: is its rule on, may EventBridge invoke the function, does Lambda let it run?",
            threshold=1,
            evaluation_periods=3,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )

    @property
    def alarms(self) -> list[cloudwatch.Alarm]:
        """On what it finds and on itself."""
        return [self.silent_alarm, self.directory_alarm, self.errors_alarm, self.missing_alarm]
