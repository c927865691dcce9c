"""The spoke: what it forwards, who may do what with it, and that it deploys anywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk.assertions import Annotations, Match
from moto.events.models import EventPattern
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from manual_change.adapters.recording import CHANGE_SAMPLE, TAMPERING_SAMPLE
from manual_change_detector import ManualChangeDetectorSpoke
from manual_change_detector.spoke_template import spoke_template
from manual_change_detector.tampering import PATTERN_LIMIT

BUS = "arn:aws:events:eu-west-1:111122223333:event-bus/manual-change-detector"
READER = "arn:aws:iam::111122223333:role/Hub-AttributeRole-1"
PSEUDO = {
    "AWS::AccountId": "444455556666",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "StackSet-manual-change-spoke-" + 36 * "0",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:444455556666:stack/StackSet-manual-change-spoke-" + 73 * "0",
}
UNPROTECTED = {"stackName": PSEUDO["AWS::StackName"], "enableTerminationProtection": False}
FORWARDER_TRUST = {
    "StringEquals": {"aws:SourceAccount": "444455556666"},
    "ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:444455556666:rule/manual-change-spoke-*"},
}


def filled_in(value: Any) -> Any:
    """As CloudFormation fills in what it knows itself, in an account of the organization."""
    match value:
        case {"Ref": name} if name in PSEUDO:
            return PSEUDO[name]
        case {"Fn::Join": [separator, parts]} if all(isinstance(filled_in(part), str) for part in parts):
            return separator.join(filled_in(part) for part in parts)
        case dict():
            return {name: filled_in(entry) for name, entry in value.items()}
        case list():
            return [filled_in(entry) for entry in value]
    return value


class Spoke:
    """A spoke's template, with its parts by name."""

    def __init__(self, template: dict[str, Any]) -> None:
        self.template = template
        self._resources: dict[str, dict[str, Any]] = filled_in(template["Resources"])

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of a kind, by logical id."""
        return {name: made for name, made in self._resources.items() if made["Type"] == kind}

    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        """The rules' properties, by what the spoke calls them."""
        rules = [made["Properties"] for made in self.of("AWS::Events::Rule").values()]
        return {rule["Name"].removeprefix("manual-change-spoke-"): rule for rule in rules}

    def role(self, name: str) -> tuple[list[Any], list[Any]]:
        """Whom a role trusts, and what it allows."""
        [(logical_id, role)] = [
            (logical_id, made)
            for logical_id, made in self.of("AWS::IAM::Role").items()
            if made["Properties"]["RoleName"].startswith(f"manual-change-spoke-{name}")
        ]
        allows = [
            statement
            for policy in self.of("AWS::IAM::Policy").values()
            if {"Ref": logical_id} in policy["Properties"]["Roles"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        ]
        return role["Properties"]["AssumeRolePolicyDocument"]["Statement"], allows

    def forwards(self, event: dict[str, Any]) -> set[str]:
        """Which rules forward what is on the account's bus."""
        return {
            name
            for name, rule in self.rules.items()
            if EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event)
        }


def a_call(service: str, call: str, parameters: dict[str, Any] | None = None, **record: Any) -> dict[str, Any]:
    """A write of a person, as EventBridge gets it."""
    return {
        "source": f"aws.{service}",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": f"{service}.amazonaws.com",
            "eventName": call,
            "readOnly": False,
            "sourceIPAddress": "192.0.2.7",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::444455556666:user/mallory"},
            "requestParameters": parameters or {},
            **record,
        },
    }


def without(field: str, event: dict[str, Any]) -> dict[str, Any]:
    """A record that lacks a field."""
    return event | {"detail": {name: value for name, value in event["detail"].items() if name != field}}


@pytest.fixture(scope="module")
def spoke() -> Spoke:
    """The template as it is printed."""
    return Spoke(spoke_template())


@pytest.fixture(scope="module")
def streaming() -> Spoke:
    """One that forwards people's calls too."""
    return Spoke(spoke_template(streams_calls="people"))


def test_the_template_is_the_one_that_was_reviewed(streaming: Spoke, snapshot: SnapshotAssertion) -> None:
    """Every difference in what every account gets is seen in its diff."""
    assert snapshot.use_extension(JSONSnapshotExtension) == streaming.template


def test_cfn_lint_has_nothing_to_say(spoke: Spoke, streaming: Spoke, complaints: Any) -> None:
    """Valid in every region."""
    assert [] == [complaint for each in (spoke, streaming) for complaint in complaints(each.template)]


def test_nothing_needs_an_asset_or_a_bootstrapped_account(streaming: Spoke) -> None:
    """No function, no custom resource, no check of the bootstrap's version: an account is as AWS made it."""
    kinds = {made["Type"] for made in streaming.template["Resources"].values()}

    assert {"AWS::Events::Rule", "AWS::IAM::Policy", "AWS::IAM::Role"} == kinds
    assert "Rules" not in streaming.template
    assert {"HomeRegion", "HubBusArn", "HubRoles", "OrganizationId"} == set(streaming.template["Parameters"])


def test_it_is_small_enough_to_be_passed_as_text(streaming: Spoke) -> None:
    """CloudFormation takes 51,200 bytes; the largest is printed, with indentation, in less than half of that."""
    size = len(json.dumps(streaming.template, indent=2).encode())

    assert size < 25_000


MOST_ROLES = [f"r{number:04}" for number in range(31)]
"""249 characters with quotes and commas, of 250."""


def test_patterns_stay_within_eventbridges_limit() -> None:
    """2048 characters, with the longest name of a stack and the longest list of roles."""
    streaming = Spoke(spoke_template(streams_calls="people", deploying_roles=MOST_ROLES))
    sizes = {
        name: len(
            json.dumps(rule["EventPattern"], separators=(",", ":"))
            .replace(PSEUDO["AWS::StackId"], 230 * "x")
            .replace(PSEUDO["AWS::StackName"], 128 * "x")
        )
        for name, rule in streaming.rules.items()
    }

    assert {} == {name: size for name, size in sizes.items() if size > PATTERN_LIMIT}


def test_two_regions_of_an_account_have_no_name_in_common(streaming: Spoke) -> None:
    """A role's name is the whole account's: it ends in the region, or the role is in the home region only."""
    roles = streaming.template["Resources"]
    everywhere = [
        made["Properties"]["RoleName"]
        for made in roles.values()
        if made["Type"] == "AWS::IAM::Role" and "Condition" not in made
    ]
    [at_home] = {
        json.dumps(streaming.template["Conditions"][made["Condition"]])
        for made in roles.values()
        if "Condition" in made
    }

    assert 2 == len(everywhere)
    assert all({"Ref": "AWS::Region"} == name["Fn::Join"][1][-1] for name in everywhere)
    assert '{"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "HomeRegion"}]}' == at_home


def test_no_name_is_one_that_control_tower_denies(streaming: Spoke) -> None:
    """Its controls deny everybody what is called aws-controltower-…."""
    made = [each["Properties"] for each in streaming.template["Resources"].values()]
    names = json.dumps([each[kind] for each in made for kind in ("Name", "RoleName", "PolicyName") if kind in each])

    assert "controltower" not in names.lower()


@pytest.mark.parametrize("name", ["forward-", "guard-"])
def test_a_forwarding_role_works_for_the_spokes_rules_only(spoke: Spoke, name: str) -> None:
    """EventBridge, for rules of this name in this account and region; and all it may is put events on the hub's bus."""
    [trust], [allowed] = spoke.role(name)

    assert {"Service": "events.amazonaws.com"} == trust["Principal"]
    assert FORWARDER_TRUST == trust["Condition"]
    assert ("events:PutEvents", {"Ref": "HubBusArn"}) == (allowed["Action"], allowed["Resource"])


def test_the_lookup_role_trusts_the_hubs_roles_of_the_organization_only(spoke: Spoke) -> None:
    """The account of the bus, as far as the ARN is one of the hub's and the organization is ours: no look-alike."""
    [trust], _ = spoke.role("lookup")
    [account] = [part for part in trust["Principal"]["AWS"]["Fn::Join"][1] if isinstance(part, dict)]

    assert {"Fn::Select": [4, {"Fn::Split": [":", {"Ref": "HubBusArn"}]}]} == account
    assert {
        "ArnEquals": {"aws:PrincipalArn": {"Ref": "HubRoles"}},
        "StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}},
    } == trust["Condition"]
    assert "sts:AssumeRole" == trust["Action"]


def test_the_lookup_role_only_reads(spoke: Spoke) -> None:
    """Who called what, whether AWS Config records, whether the spoke's rules are on and send."""
    _, allowed = spoke.role("lookup")

    assert [
        {
            "Effect": "Allow",
            "Action": [
                "cloudtrail:LookupEvents",
                "config:DescribeConfigurationRecorderStatus",
                "config:DescribeConfigurationRecorders",
                "config:DescribeDeliveryChannelStatus",
                "config:GetResourceConfigHistory",
                "events:TestEventPattern",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": ["events:DescribeRule", "events:ListTargetsByRule"],
            "Resource": "arn:aws:events:*:444455556666:rule/manual-change-spoke-*",
        },
    ] == allowed


def test_what_the_hub_holds_a_rule_against_passes_its_pattern(spoke: Spoke) -> None:
    """The survey asks EventBridge whether a pattern still lets through what its rule is there for."""
    assert {"changes"} == spoke.forwards(CHANGE_SAMPLE)
    assert {"tampering"} == spoke.forwards(TAMPERING_SAMPLE)


def test_every_rule_sends_straight_to_the_hubs_bus(streaming: Spoke) -> None:
    """EventBridge takes nothing from a second bus to a third: a bus between would lose everything."""
    targets = [target for rule in streaming.rules.values() for target in rule["Targets"]]

    assert 5 == len(targets)
    assert all({"Ref": "HubBusArn"} == target["Arn"] for target in targets)
    assert all("RoleArn" in target for target in targets)


def test_changes_are_forwarded_and_nothing_else_of_aws_config(spoke: Spoke) -> None:
    """Neither snapshots nor what somebody says that AWS Config said."""
    change = {
        "source": "aws.config",
        "detail-type": "Config Configuration Item Change",
        "detail": {"messageType": "ConfigurationItemChangeNotification"},
    }

    assert {"changes"} == spoke.forwards(change)
    assert set() == spoke.forwards(change | {"detail": {"messageType": "ConfigurationSnapshotDeliveryCompleted"}})
    assert set() == spoke.forwards(change | {"source": "custom.config"})


def test_changes_that_come_from_a_topic_are_not_forwarded_too() -> None:
    """Where the hub is subscribed to Control Tower's topics."""
    assert {"tampering", "guard", "stack"} == set(Spoke(spoke_template(forwards_changes=False)).rules)


@pytest.mark.parametrize(
    ("service", "call", "parameters", "rule"),
    [
        ("config", "StopConfigurationRecorder", {"configurationRecorderName": "default"}, "tampering"),
        ("config", "DeleteDeliveryChannel", {"deliveryChannelName": "default"}, "tampering"),
        ("cloudtrail", "StopLogging", {"name": "organization"}, "tampering"),
        ("cloudtrail", "DeleteTrail", {"name": "organization"}, "tampering"),
        ("events", "DisableRule", {"name": "manual-change-spoke-changes"}, "tampering"),
        ("events", "RemoveTargets", {"rule": "manual-change-spoke-calls", "ids": ["Target0"]}, "tampering"),
        ("events", "PutRule", {"name": "manual-change-spoke-guard"}, "tampering"),
        ("events", "DeleteRule", {"name": "manual-change-spoke-tampering"}, "guard"),
        ("events", "PutTargets", {"rule": "manual-change-spoke-tampering"}, "guard"),
        ("iam", "UpdateAssumeRolePolicy", {"roleName": "manual-change-spoke-lookup"}, "tampering"),
        ("iam", "DeleteRolePolicy", {"roleName": "manual-change-spoke-guard-us-east-1"}, "tampering"),
        ("iam", "DeleteRole", {"roleName": "manual-change-spoke-forward-eu-west-1"}, "guard"),
        ("cloudformation", "DeleteStack", {"stackName": PSEUDO["AWS::StackName"]}, "guard"),
        ("cloudformation", "DeleteStack", {"stackName": PSEUDO["AWS::StackId"]}, "guard"),
        ("cloudformation", "SetStackPolicy", {"stackName": PSEUDO["AWS::StackName"]}, "guard"),
        ("cloudformation", "UpdateTerminationProtection", UNPROTECTED, "guard"),
        ("cloudformation", "UpdateStack", {"stackName": PSEUDO["AWS::StackName"]}, "stack"),
        ("cloudformation", "CreateChangeSet", {"stackName": PSEUDO["AWS::StackId"]}, "stack"),
        ("cloudformation", "ExecuteChangeSet", {"stackName": PSEUDO["AWS::StackName"]}, "stack"),
        ("events", "DisableRule", {"name": "manual-change-spoke-stack"}, "tampering"),
        ("cloudformation", "DeleteStackInstances", {"stackSetName": "manual-change-spoke"}, "tampering"),
        ("cloudformation", "DeleteStackSet", {"stackSetName": "manual-change-spoke:0a1b"}, "tampering"),
    ],
)
def test_tampering_is_forwarded_once_and_by_the_part_that_is_left(
    spoke: Spoke, service: str, call: str, parameters: dict[str, Any], rule: str
) -> None:
    """Whoever takes one of the two rules or its role away is told by the other."""
    assert {rule} == spoke.forwards(a_call(service, call, parameters))


@pytest.mark.parametrize(
    "event",
    [
        a_call("events", "DisableRule", {"name": "another"}),
        a_call("iam", "DeleteRole", {"roleName": "another"}),
        a_call("cloudformation", "DeleteStack", {"stackName": "another"}),
        a_call("config", "StopConfigurationRecorder", errorCode="AccessDenied"),
        a_call("cloudformation", "UpdateStack", {"stackName": "another"}),
        a_call("cloudformation", "UpdateTerminationProtection", UNPROTECTED | {"enableTerminationProtection": True}),
        a_call("config", "StopConfigurationRecorder") | {"source": "custom"},
    ],
    ids=["rule", "role", "stack", "refused", "update", "protected", "forged"],
)
def test_what_is_no_tampering_stays_where_it_is(spoke: Spoke, event: dict[str, Any]) -> None:
    """Others' resources, what failed, and what anybody may put on the bus."""
    assert set() == spoke.forwards(event)


def session_of(role: str, *, by_cloudformation: bool = False) -> dict[str, Any]:
    """Who calls: a role's session, by itself or through CloudFormation."""
    issuer = {"type": "Role", "arn": f"arn:aws:iam::444455556666:role/{role}", "userName": role}
    through = {"invokedBy": "cloudformation.amazonaws.com"} if by_cloudformation else {}
    address = {"sourceIPAddress": "cloudformation.amazonaws.com"} if by_cloudformation else {}
    return {"userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}} | through, **address}


DEPLOYERS = [
    "stacksets-exec-899a82a2cb437e970934262f85c7628a",
    "AWSControlTowerExecution",
    "AWSAccelerator-Deployment-Role",
    "cdk-hnb659fds-cfn-exec-role-444455556666-us-east-1",
    "cdk-accel-cfn-exec-role-444455556666-us-east-1",
]
OWN_RULE = {"name": "manual-change-spoke-tampering"}
OWN_ROLE = {"roleName": "manual-change-spoke-forward-us-east-1", "policyName": "theirs"}
OWN_STACK = {"stackName": PSEUDO["AWS::StackName"]}


@pytest.mark.parametrize("role", DEPLOYERS)
def test_a_deployment_is_not_told(spoke: Spoke, role: str) -> None:
    """Neither that it begins, nor what CloudFormation then does, nor that a stack set takes the spoke away."""
    deploying = session_of(role, by_cloudformation=True)

    assert set() == spoke.forwards(a_call("cloudformation", "UpdateStack", OWN_STACK, **session_of(role)))
    assert set() == spoke.forwards(a_call("events", "PutRule", OWN_RULE, **deploying))
    assert set() == spoke.forwards(a_call("iam", "PutRolePolicy", OWN_ROLE, **deploying))
    assert set() == spoke.forwards(a_call("cloudformation", "DeleteStack", OWN_STACK, **deploying))


def test_the_cdks_deploying_role_begins_deployments(spoke: Spoke) -> None:
    """It makes a change set and executes it; what it deletes is told all the same."""
    deployer = session_of("cdk-hnb659fds-deploy-role-444455556666-us-east-1")

    assert set() == spoke.forwards(a_call("cloudformation", "CreateChangeSet", OWN_STACK, **deployer))
    assert set() == spoke.forwards(a_call("cloudformation", "ExecuteChangeSet", OWN_STACK, **deployer))
    assert {"guard"} == spoke.forwards(a_call("cloudformation", "DeleteStack", OWN_STACK, **deployer))


@pytest.mark.parametrize("who", [session_of("Admin", by_cloudformation=True), session_of("AWSControlTowerExecution")])
def test_neither_cloudformation_nor_a_deploying_role_is_an_alibi_by_itself(spoke: Spoke, who: dict[str, Any]) -> None:
    """Somebody has CloudFormation alter the spoke, from this stack or one of his own; or he acts as a role that
    deploys, and no deployment does."""
    assert {"guard"} == spoke.forwards(a_call("events", "DeleteRule", OWN_RULE, **who))
    assert {"guard"} == spoke.forwards(a_call("iam", "PutRolePolicy", OWN_ROLE, **who))


def test_whoever_deploys_can_be_named() -> None:
    """Instead of those that usually do."""
    own = Spoke(spoke_template(deploying_roles=["deploy-*"]))
    update = "cloudformation", "UpdateStack", OWN_STACK

    assert set() == own.forwards(a_call(*update, **session_of("deploy-production")))
    assert {"stack"} == own.forwards(a_call(*update, **session_of("AWSControlTowerExecution")))


def identity(kind: str, issuer: str) -> dict[str, Any]:
    """Who called, with a role's session."""
    return {"type": kind, "sessionContext": {"sessionIssuer": {"type": "Role", "arn": issuer}}}


SERVICE_LINKED = identity(
    "AssumedRole", "arn:aws:iam::444455556666:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
)
LOOK_ALIKE = identity("AssumedRole", "arn:aws:iam::444455556666:role/AWSServiceRoleForX")


@pytest.mark.parametrize(
    ("event", "forwarded"),
    [
        (a_call("sqs", "CreateQueue"), {"calls"}),
        (a_call("sqs", "CreateQueue", userIdentity=LOOK_ALIKE), {"calls"}),
        (a_call("sqs", "CreateQueue", userIdentity=SERVICE_LINKED), set()),
        (a_call("sqs", "CreateQueue", userIdentity={"type": "AWSService", "invokedBy": "x.amazonaws.com"}), set()),
        (a_call("sqs", "GetQueueUrl", readOnly=True), set()),
        (a_call("sqs", "CreateQueue", errorCode="AccessDenied"), set()),
        (a_call("sqs", "CreateQueue", userIdentity={"accountId": "444455556666", "principalId": "x"}), {"calls"}),
        (without("readOnly", a_call("sqs", "CreateQueue")), {"calls"}),
        (a_call("kms", "RotateKey") | {"detail-type": "AWS Service Event via CloudTrail"}, set()),
    ],
    ids=["person", "look-alike", "service-linked", "service", "read", "refused", "no-type", "no-flag", "by-itself"],
)
def test_streaming_people_leaves_out_what_aws_does_by_itself(
    streaming: Spoke, event: dict[str, Any], forwarded: set[str]
) -> None:
    """By what AWS writes into the record: a role that is only called like a service-linked one is forwarded."""
    assert forwarded == streaming.forwards(event)


def test_streaming_everyone_forwards_every_successful_write() -> None:
    """What automation did is then known to the hub, and what a service of AWS did without being called."""
    everyone = Spoke(spoke_template(streams_calls="everyone"))
    by_itself = a_call("kms", "RotateKey", userIdentity={"accountId": "444455556666", "invokedBy": "AWS Internal"})

    assert {"calls"} == everyone.forwards(a_call("sqs", "CreateQueue", userIdentity=SERVICE_LINKED))
    assert {"calls"} == everyone.forwards(without("readOnly", a_call("sqs", "CreateQueue")))
    assert {"calls"} == everyone.forwards(by_itself | {"detail-type": "AWS Service Event via CloudTrail"})


def test_the_template_is_printed_from_the_command_line(tmp_path: Path) -> None:
    """For the console, for pipelines of Control Tower and the Landing Zone Accelerator."""
    options = ["--without-changes", "--deploying-role", "deploy-*", "--deploying-role", "cdk-*"]
    command = [sys.executable, "-m", "manual_change_detector.spoke_template", *options]
    printed = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    assert spoke_template(forwards_changes=False, deploying_roles=["deploy-*", "cdk-*"]) == json.loads(printed)


def a_spoke(stack: Stack, **given: Any) -> ManualChangeDetectorSpoke:
    """In somebody's own stack, with the hub's names written down."""
    options = {"hub_bus_arn": BUS, "hub_roles": [READER], "home_region": "eu-west-1", "organization_id": "o-abcde12345"}
    return ManualChangeDetectorSpoke(stack, "Spoke", **(options | given))


def test_cdk_nag_has_nothing_to_say(nag_findings: Any) -> None:
    """Mended, or acknowledged with its reason where it stands."""
    assert set() == nag_findings(lambda stack: a_spoke(stack, streams_calls="people"))


def test_a_spoke_goes_into_any_stack(synthesise: Any) -> None:
    """With the hub's account out of the bus's ARN, and its roles as they are."""
    synthesised = synthesise(a_spoke)
    trust = json.dumps(Spoke(synthesised.template).role("lookup")[0])

    assert "arn:aws:iam::111122223333:root" in trust
    assert json.dumps([READER]) in trust


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"hub_bus_arn": "manual-change-detector"}, "event-bus/manual-change-detector"),
        ({"hub_roles": []}, "a list with the ARNs"),
        ({"hub_roles": READER}, "a list with the ARNs"),
        ({"hub_roles": ["arn:aws:iam::111122223333:role/*"]}, "give whole ARNs"),
        ({"streams_calls": "humans"}, "'none', 'everyone' or 'people'"),
        ({"home_region": "eu-west1"}, "home_region names 'eu-west1'; give codes"),
        ({"organization_id": "abc"}, "o-abcde12345"),
        ({"organization_id": None}, "organization_id is None; it looks like o-abcde12345"),
        ({"home_region": None}, "home_region names None; give codes"),
        ({"deploying_roles": []}, "every deployment would ring"),
        ({"deploying_roles": ["*"]}, "names of roles without path"),
        ({"deploying_roles": ["*-*"]}, "fits nearly every role"),
        ({"deploying_roles": ["*a*a*a*a*"]}, "fits nearly every role"),
        ({"deploying_roles": ["cdk-*-deploy-*-role-*-*"]}, "with 4 stars"),
        ({"deploying_roles": ["arn:aws:iam::444455556666:role/deploy"]}, "names of roles without path"),
        ({"deploying_roles": [f"role-{number:050}" for number in range(5)]}, "say it in fewer names"),
        ({"deploying_roles": [a + b for a in "abcde" for b in ascii_lowercase[:25]]}, "has 626 characters"),
    ],
    ids=[
        "bus",
        "no-roles",
        "one-role",
        "glob",
        "calls",
        "region",
        "organization",
        "no-organization",
        "no-region",
        "no-deployer",
        "everyone",
        "every-hyphen",
        "every-letter",
        "stars",
        "an-arn",
        "too-long",
        "too-many",
    ],
)
def test_what_cannot_work_is_refused_at_synth(wrong: dict[str, Any], says: str) -> None:
    """With what would."""
    with pytest.raises(ValueError, match=says):
        a_spoke(Stack(App(), "manual-change-spoke"), **wrong)


def test_a_deploying_role_is_a_text() -> None:
    """Said as it is of accounts."""
    with pytest.raises(TypeError, match="deploying_roles names 1; text is expected: '1'"):
        a_spoke(Stack(App(), "manual-change-spoke"), deploying_roles=[1])


def test_an_account_and_region_has_one_spoke() -> None:
    """Names of rules and roles are the same everywhere; a second would fail when it is deployed."""
    app = App()
    one, other, elsewhere = (
        Stack(app, name, env=Environment(account="444455556666", region=region))
        for name, region in (("One", "eu-west-1"), ("Other", "eu-west-1"), ("Elsewhere", "us-east-1"))
    )
    a_spoke(one)
    a_spoke(elsewhere)

    with pytest.raises(ValueError, match="Other/Spoke would be the second spoke of its account and region, after One/"):
        a_spoke(other)


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "eusc-de-east-1", "ap-southeast-5"])
def test_the_parameter_takes_regions_of_every_partition(spoke: Spoke, region: str) -> None:
    """The European Sovereign Cloud's have four letters at the beginning."""
    assert re.fullmatch(spoke.template["Parameters"]["HomeRegion"]["AllowedPattern"], region)
    assert not re.fullmatch(spoke.template["Parameters"]["HomeRegion"]["AllowedPattern"], "eu-west1")


def test_a_stack_that_the_hub_would_not_know_for_a_spokes_is_pointed_out() -> None:
    """Only where all calls are streamed, and its deletion is one among many."""
    stack = Stack(App(), "Baseline")
    a_spoke(stack, streams_calls="people")

    Annotations.from_stack(stack).has_warning("*", Match.string_like_regexp("call it manual-change-spoke"))
