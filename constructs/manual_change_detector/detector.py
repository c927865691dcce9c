"""ManualChangeDetector: AWS Config ──▶ dispatch ──▶ attribute ──▶ notify ──▶ Slack."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from manual_change.domain.policy import Policy
from manual_change.domain.routing import Route
from manual_change.metric_names import REFUSED
from manual_change_detector import guarded, pace, props
from manual_change_detector.accounts import Accounts, Directory
from manual_change_detector.alarm_topic import provide_alarm_topic, tell
from manual_change_detector.attribution import Attribution, check_that_calls_are_found
from manual_change_detector.config_source import ConfigSource
from manual_change_detector.dashboard import Dashboard
from manual_change_detector.deployments import DEPLOYING_ROLES, checked_roles
from manual_change_detector.digest import daily_digest
from manual_change_detector.exclusions import Exclusions
from manual_change_detector.heartbeat import INTERVAL, Heartbeat
from manual_change_detector.keeping import Keeping
from manual_change_detector.metrics import Metrics
from manual_change_detector.organization import Organization
from manual_change_detector.parts import Parts
from manual_change_detector.pipe_alarms import SILENCE, alarm_on_refusals, alarm_on_silence, alarm_on_unread
from manual_change_detector.policy_parameter import policy_parameter
from manual_change_detector.runtime import lambda_code
from manual_change_detector.sources import as_sources, bind_all, recorded_daily
from manual_change_detector.stage import Stage
from manual_change_detector.stages.attribute import wire_attribute
from manual_change_detector.stages.collect import wire_collect
from manual_change_detector.stages.dispatch import wire_dispatch
from manual_change_detector.stages.ground import Ground
from manual_change_detector.stages.notify import wire_notify
from manual_change_detector.storage import empty_secret, findings_table
from manual_change_detector.stream import Stream
from manual_change_detector.tampering import Tampering
from manual_change_detector.untold import Untold


class ManualChangeDetector(Metrics, Parts, Construct):
    """Tells a Slack channel who changed what by hand in this account and region."""

    dispatch: Stage
    """Takes Config's notifications, gives changes."""
    attribute: Stage
    """Takes changes, gives findings."""
    notify: Stage
    """Takes findings, gives messages."""
    findings_table: dynamodb.Table
    policy_parameter: ssm.StringParameter
    secret: secretsmanager.ISecret
    """Holds the Slack webhook URL. Where none was passed in, it is created empty and waits to be filled in."""
    collect: Stage | None
    """Takes API calls that spokes forward, and keeps them; None where CloudTrail is asked."""
    calls_table: dynamodb.Table | None
    config_topic: sns.ITopic | None
    """The topic that Config publishes to, the first where there are several; None where all comes over EventBridge."""
    config_topics: tuple[sns.ITopic, ...]
    config_subscriptions: tuple[str, ...]
    """ARNs of the subscriptions to these."""
    directory: Directory
    alarm_topic: sns.ITopic
    """Where alarms and tampering are told: subscribe to it what wakes somebody without Slack."""
    heartbeat: Heartbeat | None
    tampering: Tampering
    dashboard: cloudwatch.Dashboard | None

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config_source: ConfigSource | Sequence[ConfigSource] | None = None,
        attribution: Attribution | None = None,
        slack_secret: secretsmanager.ISecret | None = None,
        policy: Policy | None = None,
        excluded_resource_types: Sequence[str] = (),
        excluded_accounts: Sequence[str] = (),
        excluded_organizational_units: Sequence[str] = (),
        looks: Sequence[Duration] | None = None,
        lookback: Duration | None = None,
        language: Literal["en", "ja"] | None = None,
        accounts: Accounts | None = None,
        routes: Sequence[Route] = (),
        start_url: str | None = None,
        event_bus: events.IEventBus | None = None,
        alarm_topic: sns.ITopic | None = None,
        deploying_roles: Sequence[str] = DEPLOYING_ROLES,
        heartbeat: Duration | None = INTERVAL,
        silence_alarm: Duration | None = SILENCE,
        dashboard: bool = True,
        findings_retention: Duration | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        organization: Organization | None = None,
    ) -> None:
        """Provision the detector. Every option may be left out.

        Args:
            scope: the stack, or a construct in it.
            construct_id: the detector's name in its scope; its path is the `detector` dimension of the metrics.
            config_source: where Config's notifications come from, one or several: a change that two of them bring is
                told once. Left out: `ConfigSource.new_recorder()`.
            attribution: where the calls of a change are found. Left out: in CloudTrail of this account, which is not
                enough where `config_source` brings the changes of others.
            slack_secret: holds the webhook URL of the channel, bare or as {"webhook_url": "https://…"}.
                Left out: a secret is created empty, and findings wait in their queue until it is filled in.
            policy: whom to trust and what not to report. Left out: CloudFormation is trusted, nobody by name.
            excluded_resource_types: types (globs, `AWS::SSM::*`) whose changes are dropped. Left out: none.
            excluded_accounts: ids (globs, `1111*`) of accounts whose changes are dropped. Left out: none.
            excluded_organizational_units: their ids, names or paths (globs, `Sandbox`, `Workloads/Test`), whose
                accounts' changes are dropped; `accounts` must say which these are. Left out: none.
            looks: when CloudTrail is asked, counted from Config's capture, ascending; after the last one a change is
                unattributed. Left out: after 3, 6, 11 and 21 minutes; of forwarded calls also after 1.
            lookback: how long before Config's capture the responsible call may lie, at most a day. Left out: 30
                minutes.
            language: of the messages. Left out: English.
            accounts: names of accounts, shown beside their ids, and their organizational units. Left out: accounts are
                called by their ids, and nobody knows their units.
            routes: which findings go to which channel, the first that fits; needs a bot token in the secret. Left out:
                all go to the secret's channel.
            start_url: the access portal of IAM Identity Center; links in messages then lead into the right account.
                Left out: they lead into the account that the reader is signed in to.
            event_bus: each finding is put there too, for tickets, e-mail or other channels. Left out: the account's
                default bus.
            alarm_topic: told when an alarm rings or ends, and when somebody tampers with the detector; in this account
                and region. The policy of an imported topic stays as it is: it must let CloudWatch publish, and so
                must its key. Left out: a topic is created, and waits for subscribers.
            deploying_roles: names (globs) of the roles that deploy the detector: what CloudFormation does for them is
                not told as tampering, nor is an update of the stack that they begin. Left out:
                `deployments.DEPLOYING_ROLES`, those of StackSets, Control Tower, Landing Zone Accelerator and the CDK.
            heartbeat: how often a synthetic notification goes through the pipe, in whole minutes; an alarm rings when
                three in a row do not come out. None: no heartbeat, no such alarm. Left out: every 15 minutes.
            silence_alarm: an alarm rings when AWS Config has said nothing for so long, in whole hours. None: no such
                alarm. Left out: 3 days.
            dashboard: whether a CloudWatch dashboard is drawn. AWS charges for more than three in an account or
                organization. Left out: one is.
            findings_retention: how long findings stay in the table. Left out: a year.
            log_retention: how long the functions' logs are kept. Left out: three months.
            encryption_key: encrypts queues, table, logs, environments and, where they are made here, the secret and
                Config's bucket. Left out: keys that AWS owns. The policy of an imported key stays as it is: it must
                let CloudWatch Logs, SNS, EventBridge and AWS Config use the key.
            removal_policy: of what holds data: table, secret, logs, Config's bucket. Left out: kept.
            organization: what `ManualChangeDetectorHub` adds. Left out: the detector minds its own account.

        Raises:
            PolicyError: the policy has errors.
            ValueError: an option cannot work; the message says what would.
        """
        super().__init__(scope, construct_id)
        # EventBridge may send to our queues for this account only, whatever the app's feature flags say.
        self.node.set_context("@aws-cdk/aws-events:eventsTargetQueueSameAccount", True)
        sources = as_sources(config_source)
        rungs = props.ladder(looks)
        exclusions = Exclusions.checked(
            resource_types=excluded_resource_types,
            accounts=excluded_accounts,
            organizational_units=excluded_organizational_units,
        )
        keeping = Keeping(encryption_key=encryption_key, removal_policy=removal_policy, log_retention=log_retention)
        keeping.let_logs_use_the_key(Stack.of(self))

        self.findings_table = findings_table(self, "FindingsTable", keeping=keeping)
        self.policy_parameter = policy_parameter(self, "Policy", policy or Policy())
        self.secret = slack_secret or empty_secret(self, "SlackSecret", keeping=keeping)

        stage = partial(Stage, self, code=lambda_code(), keeping=keeping)
        asks = pace.ATTRIBUTE_IN_A_HUB if organization else pace.ATTRIBUTE
        self.dispatch = stage("Dispatch", takes="Changes", gives="changes to attribute", pace=pace.DISPATCH)
        self.attribute = stage("Attribute", takes="Attributions", gives="findings", pace=asks)
        self.notify = stage("Notify", takes="Findings", gives="Slack messages", pace=pace.NOTIFY)

        stream = bind_all(sources, self, self.dispatch, keeping)
        self.config_topics, self.config_subscriptions = stream.topics, stream.subscriptions
        self.config_topic = stream.topics[0] if stream.topics else None
        attribution = attribution or Attribution.own_account()
        check_that_calls_are_found(self, attribution, sources, in_a_hub=organization is not None)
        reach = attribution.bind(self, stage, keeping)
        self.collect, self.calls_table = reach.collect, reach.calls_table
        self.directory = accounts.bind(self, organization is not None) if accounts else Directory()
        exclusions.check(units_are_known=self.directory.knows_units)
        ground = Ground(
            detector=self.node.path,
            findings_table=self.findings_table,
            policy_parameter=self.policy_parameter,
            keeping=keeping,
            reach=reach,
            exclusions=exclusions,
            directory=self.directory,
            organization=organization,
        )
        rungs = rungs or reach.looks
        wire_dispatch(self.dispatch, to=self.attribute, ground=ground, first_look=rungs[0] if rungs else None)
        wire_attribute(
            self.attribute,
            to=self.notify,
            ground=ground,
            looks=rungs,
            lookback=props.lookback(lookback),
            daily_resource_types=recorded_daily(sources),
        )
        wire_notify(
            self.notify,
            ground=ground,
            secret=self.secret,
            event_bus=event_bus or events.EventBus.from_event_bus_name(self, "DefaultEventBus", "default"),
            event_bus_name=event_bus.event_bus_arn if event_bus else None,
            retention=props.length("findings_retention", findings_retention),
            language=props.language(language),
            routes=props.routes(routes, units_are_known=self.directory.knows_units),
            start_url=props.start_url(start_url),
        )
        if self.collect and self.calls_table:
            wire_collect(self.collect, to=self.attribute, ground=ground, calls_table=self.calls_table)
        daily_digest(self, "DailyDigest", notify=self.notify)

        self.alarm_topic = provide_alarm_topic(self, "AlarmTopic", existing=alarm_topic)
        self.untold = Untold(self, "Untold")
        alarm_on_refusals(self, "RefusedAlarm", refused=self.metric_posts(outcome=REFUSED))
        alarm_on_unread(self, "UnreadAlarm", unread=self.metric_unread_changes())
        if silence_alarm is not None:
            silence = props.silence(silence_alarm)
            alarm_on_silence(self, "SilenceAlarm", notifications=self.metric_notifications(), after=silence)
        self.heartbeat = None
        if heartbeat is not None:
            self.heartbeat = Heartbeat(
                self,
                "Heartbeat",
                stream=stream,
                dispatch=self.dispatch,
                came_out=self.metric_heartbeats(),
                interval=props.heartbeat(heartbeat),
            )
        tell(self.alarm_topic, *self.alarms)
        self.dashboard = None
        if dashboard:
            of_a_hub = organization is not None
            self.dashboard = Dashboard(self, "Dashboard", metrics=self, parts=self, of_a_hub=of_a_hub).dashboard
        self.tampering = self._guard_against_tampering(stream, encryption_key, checked_roles(deploying_roles))

    def _guard_against_tampering(self, stream: Stream, key: kms.IKey | None, deployers: Sequence[str]) -> Tampering:
        parts = self.node.find_all()
        return Tampering(
            self,
            "Tampering",
            detector=self.node.path,
            topic=self.alarm_topic,
            untold=self.untold,
            guarded=[
                *guarded.parts_guarded(self),
                *guarded.data_guarded(
                    secret=self.secret,
                    policy_parameter=self.policy_parameter,
                    tables=[self.findings_table, *([self.calls_table] if self.calls_table else [])],
                    key=key,
                ),
                *guarded.surroundings_guarded(stream=stream, alarm_topic=self.alarm_topic),
            ],
            rules=[part for part in parts if isinstance(part, events.Rule)],
            roles=[part for part in parts if isinstance(part, iam.Role)],
            deploying_roles=deployers,
        )
