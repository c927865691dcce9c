"""Where the calls of a change are found, and what each way may do: statement by statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Annotations, Match

from manual_change import metric_names
from manual_change.settings import AttributeSettings, CollectSettings, LookupSettings
from manual_change_detector import Attribution, ConfigSource, ManualChangeDetector, ManualChangeDetectorHub

PARTITION = {"Ref": "AWS::Partition"}


def detector(**options: Any) -> Callable[[Stack], None]:
    """One without a recorder."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), **options)

    return build


@pytest.fixture(scope="module")
def lookup(synthesise: Any) -> Any:
    """By a role in each account."""
    return synthesise(detector(attribution=Attribution.lookup()))


@pytest.fixture(scope="module")
def statements(synthesise: Any) -> Any:
    """What the role of a stage may do beyond what it may do by itself, of a detector with this attribution."""
    plain = synthesise(detector())

    def of(synthesised: Any, stage: str) -> list[dict[str, Any]]:
        [policy] = [made for name, made in synthesised.resources("AWS::IAM::Policy").items() if stage in name]
        before = [made for name, made in plain.resources("AWS::IAM::Policy").items() if stage in name]
        known = [each for made in before for each in made["Properties"]["PolicyDocument"]["Statement"]]
        return [each for each in policy["Properties"]["PolicyDocument"]["Statement"] if each not in known]

    return of


ASSUME = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Resource": {"Fn::Join": ["", ["arn:", PARTITION, ":iam::*:role/manual-change-spoke-lookup"]]},
    "Condition": {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
}


@pytest.mark.parametrize("stage", ["Dispatch", "Attribute"])
def test_lookup_may_assume_one_role_in_accounts_of_the_organization(statements: Any, lookup: Any, stage: str) -> None:
    """By its name; a role of the same name elsewhere is another organization's."""
    assert [ASSUME] == statements(lookup, stage)
    assert "manual-change-spoke-lookup" == lookup.environment(stage.lower())["MANUAL_CHANGE_LOOKUP_ROLE_NAME"]


def test_nobody_else_may_assume_it(statements: Any, lookup: Any) -> None:
    """Who tells needs no other account."""
    assert [] == statements(lookup, "Notify")


@pytest.fixture(scope="module")
def control_tower(synthesise: Any) -> Any:
    """By Control Tower's roles."""
    return synthesise(detector(attribution=Attribution.control_tower_audit_role()))


def the_lookup_function(synthesised: Any) -> tuple[str, dict[str, Any]]:
    """Its logical id and properties."""
    [(name, made)] = [
        (name, made) for name, made in synthesised.resources("AWS::Lambda::Function").items() if "Lookup" in name
    ]
    return name, made["Properties"]


def test_the_lookup_function_is_control_towers_role(control_tower: Any) -> None:
    """Which is there already: nothing is attached to it."""
    _name, function = the_lookup_function(control_tower)
    arn = ["arn:", PARTITION, ":iam::", {"Ref": "AWS::AccountId"}, ":role/aws-controltower-AuditReadOnlyRole"]

    assert {"Fn::Join": ["", arn]} == function["Role"]
    assert "manual_change.handlers.lookup.handler" == function["Handler"]
    assert [] == [name for name in control_tower.resources("AWS::IAM::Policy") if "Lookup" in name]


def test_the_lookup_function_can_read_its_settings(control_tower: Any) -> None:
    """Which role it assumes in the other accounts."""
    _name, function = the_lookup_function(control_tower)
    settings = LookupSettings.from_environment(function["Environment"]["Variables"])

    assert LookupSettings(detector="Watch/Detector") == settings


def test_only_attribute_may_invoke_the_lookup_function(statements: Any, control_tower: Any) -> None:
    """That function, and nothing else besides."""
    name, _function = the_lookup_function(control_tower)
    invoke = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": [name, "Arn"]}}

    assert [invoke] == statements(control_tower, "Attribute")
    assert [] == statements(control_tower, "Dispatch")
    assert {"Ref": name} == control_tower.environment("attribute")["MANUAL_CHANGE_LOOKUP_FUNCTION"]


@pytest.fixture(scope="module")
def stream(synthesise: Any) -> Any:
    """From what spokes forward."""
    return synthesise(detector(attribution=Attribution.stream()))


def the_calls_table(synthesised: Any) -> str:
    """Its logical id."""
    [name] = [name for name in synthesised.resources("AWS::DynamoDB::Table") if "Calls" in name]
    return str(name)


def test_forwarded_calls_are_read_and_cloudtrail_is_not_asked(statements: Any, stream: Any) -> None:
    """Attribute reads them, and may no longer ask."""
    table = {"Fn::GetAtt": [the_calls_table(stream), "Arn"]}

    assert [{"Effect": "Allow", "Action": "dynamodb:Query", "Resource": table}] == statements(stream, "Attribute")
    assert "cloudtrail:LookupEvents" not in stream.actions()


def test_collect_keeps_calls_and_hands_on_what_nobody_records(stream: Any) -> None:
    """Its queue and its log, the table, the policy, and the queue of attribute: that is all."""
    [policy] = [made for name, made in stream.resources("AWS::IAM::Policy").items() if "Collect" in name]
    may = {
        action: statement["Resource"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if not action.startswith("logs:")
    }
    [calls] = [name for name in stream.resources("AWS::SQS::Queue") if "CollectCalls" in name]

    assert {"Fn::GetAtt": [the_calls_table(stream), "Arn"]} == may.pop("dynamodb:BatchWriteItem")
    assert {"Fn::GetAtt": ["DetectorAttributeAttributions3189DF17", "Arn"]} == may.pop("sqs:SendMessage")
    assert "parameter/" in str(may.pop("ssm:GetParameter"))
    assert {str({"Fn::GetAtt": [calls, "Arn"]})} == {str(resource) for resource in may.values()}
    assert {action.partition(":")[0] for action in may} == {"sqs"}


def test_collect_can_read_its_settings(stream: Any) -> None:
    """Nothing is missing, nothing is misspelt, and there is nothing besides."""
    environment = stream.environment("collect")
    known = {name: value if isinstance(value, str) else "known when deployed" for name, value in environment.items()}

    assert known == CollectSettings.from_environment(known).to_environment()


def test_forwarded_calls_are_looked_for_sooner(stream: Any) -> None:
    """They cost no request to CloudTrail; an option of the detector goes before."""
    looks = AttributeSettings.from_environment(
        {name: value if isinstance(value, str) else "?" for name, value in stream.environment("attribute").items()}
    ).looks

    assert [1, 3, 6, 11, 21] == [look.total_seconds() / 60 for look in looks]
    assert "60" == stream.environment("dispatch")["MANUAL_CHANGE_FIRST_LOOK"]
    assert "true" == stream.environment("notify")["MANUAL_CHANGE_CALLS_ARE_TOLD"]


def test_calls_are_kept_by_place_and_expire(stream: Any) -> None:
    """A day's worth, by account, region and hour."""
    [table] = [each for each in stream.properties("AWS::DynamoDB::Table") if "place" in str(each["KeySchema"])]

    assert [("place", "HASH"), ("call", "RANGE")] == [
        (key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]
    ]
    assert {"AttributeName": "expires_at", "Enabled": True} == table["TimeToLiveSpecification"]


def test_a_fourth_stage_is_one_of_the_parts(stream: Any, synthesise: Any) -> None:
    """Watched, drawn and guarded as the others are."""

    def build(stack: Stack) -> None:
        watched = ManualChangeDetector(
            stack, "Detector", config_source=ConfigSource.event_bridge(), attribution=Attribution.stream()
        )
        assert watched.collect is not None
        assert (4, 4, 4) == (len(watched.queues), len(watched.dead_letter_queues), len(watched.functions))
        alarms = {alarm.node.path for alarm in watched.alarms}
        assert {alarm.node.path for alarm in watched.collect.alarms} <= alarms

    synthesise(build)
    [calls] = [name for name in stream.resources("AWS::SQS::Queue") if "CollectCalls" in name]
    guards = {name: made for name, made in stream.resources("AWS::Events::Rule").items() if "TamperingQueues" in name}
    assert stream.mentions(calls, guards)


def without_calls(stack: Stack) -> list[Any]:
    """What the synthesis says of calls that nothing delivers."""
    return list(Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("nobody does")))


def test_where_nothing_delivers_calls_the_synthesis_says_so() -> None:
    """A detector has no bus; a hub has one."""
    alone, in_a_hub = Stack(App(), "Alone"), Stack(App(), "Hub")
    ManualChangeDetector(alone, "Detector", config_source=ConfigSource.event_bridge(), attribution=Attribution.stream())
    ManualChangeDetectorHub(in_a_hub, "Hub", organization_id="o-abcde12345", attribution=Attribution.stream())

    assert (1, 0) == (len(without_calls(alone)), len(without_calls(in_a_hub)))


def test_what_spokes_must_bring_is_known_before_anything_is_built() -> None:
    """A role, or calls, or nothing."""
    assert "manual-change-spoke-lookup" == Attribution.lookup().lookup_role_name
    assert (True, True) == (
        Attribution.stream(people_only=True).streamed,
        Attribution.stream(people_only=True).people_only,
    )
    assert ("", False) == (
        Attribution.control_tower_audit_role().lookup_role_name,
        Attribution.control_tower_audit_role().streamed,
    )


@pytest.mark.parametrize("name", ["", "arn:aws:iam::111122223333:role/lookup", "path/lookup", "x" * 65])
def test_a_name_that_no_role_has_is_refused(name: str) -> None:
    """Its ARN would be put together with it."""
    with pytest.raises(ValueError, match=r"role_name is .*give the name of a role, without its path"):
        Attribution.lookup(role_name=name)


@pytest.mark.parametrize(
    ("stage", "items"),
    [
        ("Dispatch", ["GetItem", "PutItem"]),
        ("Attribute", None),
        ("Notify", ["GetItem", "PutItem"]),
        ("Collect", ["GetItem", "PutItem"]),
    ],
)
def test_stages_share_what_is_known_of_the_organization(organization: Any, stage: str, items: list[str] | None) -> None:
    """Places that reported, and accounts: the items of one table, and never a scan of it."""
    [table] = [name for name in organization.resources("AWS::DynamoDB::Table") if name.startswith("Places")]
    [policy] = [made for name, made in organization.resources("AWS::IAM::Policy").items() if stage in name]
    shared = {"Fn::GetAtt": [table, "Arn"]}

    assert ([[f"dynamodb:{item}" for item in items]] if items else []) == [
        each["Action"] for each in policy["Properties"]["PolicyDocument"]["Statement"] if each["Resource"] == shared
    ]


def test_turns_are_taken_where_cloudtrail_is_asked(asking_organization: Any, statements: Any) -> None:
    """One update of one item, under a condition; forwarded calls are read without."""
    [table] = [name for name in asking_organization.resources("AWS::DynamoDB::Table") if name.startswith("Places")]
    turn = {"Effect": "Allow", "Action": "dynamodb:UpdateItem", "Resource": {"Fn::GetAtt": [table, "Arn"]}}

    assert [ASSUME, turn] == statements(asking_organization, "Attribute")


@pytest.mark.parametrize(
    ("stage", "may"), [("Dispatch", True), ("Attribute", False), ("Notify", False), ("Collect", True)]
)
def test_who_takes_what_others_send_may_quarantine_it(organization: Any, stage: str, may: bool) -> None:
    """Dispatch and collect; what comes later is from them."""
    [queue] = [name for name in organization.resources("AWS::SQS::Queue") if name.startswith("Quarantine")]
    [policy] = [made for name, made in organization.resources("AWS::IAM::Policy").items() if stage in name]

    assert may == organization.mentions(queue, policy)


def test_a_hubs_stages_are_told_that_they_work_for_many(organization: Any) -> None:
    """Fair queues, turns, and no message without its envelope."""
    dispatch, attribute = organization.environment("dispatch"), organization.environment("attribute")

    assert ("true", "false") == (dispatch["MANUAL_CHANGE_FAIR_QUEUES"], dispatch["MANUAL_CHANGE_BARE_MESSAGES"])
    assert "Ref" in dispatch["MANUAL_CHANGE_QUARANTINE_QUEUE_URL"]
    assert dispatch["MANUAL_CHANGE_ORGANIZATION_TABLE"] == attribute["MANUAL_CHANGE_ORGANIZATION_TABLE"]


def test_a_hub_attributes_more_places_at_a_time(organization: Any) -> None:
    """Ten; turns keep to CloudTrail's limit in each of them."""
    at_a_time = {
        str(mapping["EventSourceArn"]): mapping["ScalingConfig"]["MaximumConcurrency"]
        for mapping in organization.properties("AWS::Lambda::EventSourceMapping")
    }

    assert [10] == [most for queue, most in at_a_time.items() if "Attributions" in queue]


def test_the_dashboard_of_a_hub_shows_its_accounts(organization: Any) -> None:
    """Places, silent ones, quarantine, forwarded calls."""
    [dashboard] = organization.properties("AWS::CloudWatch::Dashboard")

    assert set() == {name for name in metric_names.OF_A_HUB if name not in str(dashboard)}
