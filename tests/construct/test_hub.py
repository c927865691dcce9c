"""The hub: whom it lets in, whom it may ask, what it makes of what arrives, and who watches the watcher."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from moto.events.models import EventPattern
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from manual_change_detector import Attribution, ConfigSource, ManualChangeDetectorHub
from manual_change_detector.deployments import MOST_CHARACTERS
from manual_change_detector.tampering import PATTERN_LIMIT

RULE = "AWS::Events::Rule"
ASSET_HASH = re.compile(r"[0-9a-f]{64}")
REDUNDANT_DEPENDENCY = "W3005"


def test_the_template_is_the_one_that_was_reviewed(hub: Any, snapshot: SnapshotAssertion) -> None:
    """Every difference that a change makes to what is deployed is seen in its diff."""
    masked = json.loads(ASSET_HASH.sub("<asset hash>", json.dumps(hub.template)))

    assert snapshot.use_extension(JSONSnapshotExtension) == masked


def test_cfn_lint_has_nothing_to_say(hub: Any, complaints: Any) -> None:
    """Valid CloudFormation, without circles."""
    assert [] == complaints(hub.template, REDUNDANT_DEPENDENCY)


def test_cdk_nag_has_nothing_to_say(build_hub: Any, nag_findings: Any) -> None:
    """Mended, or acknowledged with its reason where it stands."""
    assert set() == nag_findings(build_hub)


def statements_of(hub: Any, part: str) -> list[dict[str, Any]]:
    """What the role of a part may do."""
    return [
        statement
        for name, policy in hub.resources("AWS::IAM::Policy").items()
        if part in name
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


def assuming(hub: Any, part: str) -> list[dict[str, Any]]:
    """In what other accounts' roles a part may turn."""
    return [statement for statement in statements_of(hub, part) if "sts:AssumeRole" in statement["Action"]]


THE_SPOKES_ROLE = {
    "Action": "sts:AssumeRole",
    "Effect": "Allow",
    "Condition": {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}},
    "Resource": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::*:role/manual-change-spoke-lookup"]]},
}


@pytest.mark.parametrize("part", ["DetectorDispatch", "DetectorAttribute", "Coverage"])
def test_looking_up_assumes_the_spokes_role_in_the_organization_and_no_other(lookup_hub: Any, part: str) -> None:
    """Its name, and our organization: a role of that name elsewhere gets no caller of ours."""
    assert [THE_SPOKES_ROLE] == assuming(lookup_hub, part)


def test_the_stage_that_talks_to_slack_assumes_no_role(hub: Any) -> None:
    """It reads findings."""
    assert [] == assuming(hub, "DetectorNotify")


def test_streaming_needs_nobodys_role_but_to_ask_the_silent(streaming_hub: Any) -> None:
    """The calls come by themselves."""
    assert [] == [*assuming(streaming_hub, "DetectorAttribute"), *assuming(streaming_hub, "DetectorCollect")]
    assert [THE_SPOKES_ROLE] == assuming(streaming_hub, "Coverage")


def reading_roles(hub: Any) -> set[str]:
    """Whom the outputs tell spokes to trust."""
    output = hub.template["Outputs"]["SpokeHubRoles"]["Value"]
    roles = output["Fn::Join"][1] if "Fn::Join" in output else [output]
    return {role["Fn::GetAtt"][0] for role in roles if role != ","}


def test_spokes_are_told_to_trust_exactly_the_roles_that_may_assume_theirs(lookup_hub: Any) -> None:
    """Neither one that cannot be used, nor one that is missing."""
    may = {
        role["Ref"]
        for policy in lookup_hub.properties("AWS::IAM::Policy")
        if "sts:AssumeRole" in json.dumps(policy)
        for role in policy["Roles"]
    }

    assert 3 == len(may)
    assert may == reading_roles(lookup_hub)


def test_of_a_hub_that_streams_only_the_survey_is_trusted(streaming_hub: Any) -> None:
    """It asks whether a silent account still records."""
    [role] = reading_roles(streaming_hub)

    assert role.startswith("HubCoverage")


def test_the_organization_may_put_events_on_the_bus_and_nobody_else(hub: Any) -> None:
    """By the organization's id, never by a list of accounts, which 10,240 characters do not hold."""
    [bus] = hub.resources("AWS::Events::EventBus")
    [policy] = hub.properties("AWS::Events::EventBusPolicy")

    assert {
        "Action": "events:PutEvents",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}},
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Resource": {"Fn::GetAtt": [bus, "Arn"]},
        "Sid": "cdk-SpokesOfTheOrganization",
    } == policy["Statement"]


def bus_rules(hub: Any) -> dict[str, dict[str, Any]]:
    """The rules of the hub's bus, by name."""
    rules = [rule for rule in hub.properties(RULE) if "EventBusName" in rule]
    return {rule["Name"].removeprefix("manual-change-hub-"): rule for rule in rules}


def test_nothing_is_sent_on_to_a_third_bus(hub: Any) -> None:
    """EventBridge does not deliver what already came from another bus: everything ends in queues and at a topic."""
    [bus] = hub.resources("AWS::Events::EventBus")
    targets = json.dumps([rule["Targets"] for rule in bus_rules(hub).values()])

    assert not hub.mentions(bus, targets)
    assert "event-bus" not in targets


def events_let_into(hub: Any, queue: str) -> list[dict[str, Any]]:
    """The conditions under which EventBridge may put messages into a queue."""
    return [
        statement["Condition"]
        for statement in hub.statements("AWS::SQS::QueuePolicy", "Allow")
        if queue in json.dumps(statement["Resource"]) and {"Service": "events.amazonaws.com"} == statement["Principal"]
    ]


@pytest.mark.parametrize(("rule", "queue"), [("changes", "DispatchChanges"), ("strangers", "QuarantineQueue")])
def test_a_queue_takes_messages_of_its_rule_in_this_account(lookup_hub: Any, rule: str, queue: str) -> None:
    """No confused deputy: EventBridge, for that rule of ours."""
    [name] = [
        name
        for name, made in lookup_hub.resources(RULE).items()
        if f"manual-change-hub-{rule}" == made["Properties"].get("Name")
    ]

    assert {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [name, "Arn"]}}} in events_let_into(lookup_hub, queue)


@pytest.mark.parametrize("queue", ["DispatchChanges", "CollectCalls", "QuarantineQueue"])
def test_a_queue_with_a_key_takes_messages_of_this_account(streaming_hub: Any, queue: str) -> None:
    """The rule's ARN in the policies of queue and key would be a circle; the account is in both."""
    conditions = events_let_into(streaming_hub, queue)

    assert conditions
    assert all(
        {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}} == condition for condition in conditions
    )


def an_event(source: str, detail_type: str, **detail: Any) -> dict[str, Any]:
    """As it is on the hub's bus."""
    return {"source": source, "detail-type": detail_type, "account": "444455556666", "detail": detail}


def a_call(service: str, call: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    """A person's, in another account."""
    return an_event(
        f"aws.{service}",
        "AWS API Call via CloudTrail",
        eventSource=f"{service}.amazonaws.com",
        eventName=call,
        readOnly=False,
        sourceIPAddress="192.0.2.7",
        requestParameters=parameters or {},
    )


def taken_by(hub: Any, event: dict[str, Any]) -> set[str]:
    """Which rules of the bus take an event."""
    return {
        name
        for name, rule in bus_rules(hub).items()
        if EventPattern.load(json.dumps(rule["EventPattern"])).matches_event(event)
    }


CHANGE = an_event("aws.config", "Config Configuration Item Change", messageType="ConfigurationItemChangeNotification")


def test_a_change_arrives_with_its_envelope(hub: Any) -> None:
    """The envelope's account is what EventBridge says of whom it comes from."""
    assert {"changes"} == taken_by(hub, CHANGE)
    assert {"Arn", "DeadLetterConfig", "Id"} == set(bus_rules(hub)["changes"]["Targets"][0])


def test_what_somebody_else_calls_a_change_is_a_strangers(hub: Any) -> None:
    """Nobody but AWS may use a source that begins with aws."""
    assert {"strangers"} == taken_by(hub, CHANGE | {"source": "custom.config"})


PARTNER = "aws.partner/example.com/tenant/events"


def test_a_partner_is_a_stranger(lookup_hub: Any) -> None:
    """Its sources begin with aws., and what they send is not AWS's: neither a change, nor a call, nor tampering."""
    forged = [CHANGE, *(event for event, _ in TAMPERING)]

    assert [{"strangers"}] * len(forged) == [taken_by(lookup_hub, event | {"source": PARTNER}) for event in forged]


def test_a_partners_call_is_set_aside_also_where_calls_are_streamed(streaming_hub: Any) -> None:
    """A pattern cannot except it from the calls: who takes them does."""
    assert {"strangers", "calls"} == taken_by(streaming_hub, a_call("sqs", "CreateQueue") | {"source": PARTNER})


def test_a_call_is_collected_where_calls_are_streamed(streaming_hub: Any, lookup_hub: Any) -> None:
    """Elsewhere spokes send none, and nobody wants it."""
    rotation = a_call("kms", "RotateKey") | {"detail-type": "AWS Service Event via CloudTrail"}

    assert {"calls"} == taken_by(streaming_hub, a_call("sqs", "CreateQueue"))
    assert {"calls"} == taken_by(streaming_hub, rotation)
    assert set() == taken_by(lookup_hub, a_call("sqs", "CreateQueue"))


TAMPERING = [
    (a_call("config", "StopConfigurationRecorder"), "tamperingrecording"),
    (a_call("cloudtrail", "StopLogging"), "tamperingtrails"),
    (a_call("events", "DisableRule", {"name": "manual-change-spoke-changes"}), "tamperingrules"),
    (a_call("iam", "DeleteRole", {"roleName": "manual-change-spoke-lookup"}), "tamperingroles"),
    (a_call("cloudformation", "DeleteStack", {"stackName": "StackSet-manual-change-spoke-0abc"}), "tamperingstack"),
    (a_call("cloudformation", "DeleteStackInstances", {"stackSetName": "manual-change-spoke"}), "tamperingstacksets"),
    (a_call("cloudformation", "DeleteStackSet", {"stackSetName": "manual-change-spoke:0a1b"}), "tamperingstacksets"),
    (
        a_call("cloudformation", "UpdateStack", {"stackName": "StackSet-manual-change-spoke-0abc"}),
        "tamperingstackupdates",
    ),
]


@pytest.mark.parametrize(("event", "rule"), TAMPERING, ids=[rule for _, rule in TAMPERING])
def test_tampering_with_a_spoke_is_told(lookup_hub: Any, streaming_hub: Any, event: dict[str, Any], rule: str) -> None:
    """By one rule, so once; as a call it is collected, too."""
    assert {rule} == taken_by(lookup_hub, event)
    assert {rule, "calls"} == taken_by(streaming_hub, event)


def test_among_all_calls_only_a_spokes_stack_counts(lookup_hub: Any, streaming_hub: Any) -> None:
    """A spoke that streams nothing has seen to it that the stack is its own, whatever it is called."""
    deletion = a_call("cloudformation", "DeleteStack", {"stackName": "baseline"})

    assert {"tamperingstack"} == taken_by(lookup_hub, deletion)
    assert {"calls"} == taken_by(streaming_hub, deletion)


def test_a_spokes_stack_that_is_protected_is_none_that_is_told(lookup_hub: Any, streaming_hub: Any) -> None:
    """The CDK and accelerators switch the protection on themselves; who switches it off is told."""
    name = "StackSet-manual-change-spoke-0abc"
    on, off = (
        a_call(
            "cloudformation", "UpdateTerminationProtection", {"stackName": name, "enableTerminationProtection": enabled}
        )
        for enabled in (True, False)
    )

    assert set() == taken_by(lookup_hub, on)
    assert {"tamperingstack"} == taken_by(lookup_hub, off)
    assert {"calls"} == taken_by(streaming_hub, on)
    assert {"calls", "tamperingstack"} == taken_by(streaming_hub, off)


def test_among_all_calls_a_deployment_of_a_spoke_is_none_that_is_told(streaming_hub: Any) -> None:
    """It arrives there as any other call does."""
    role = {"sessionContext": {"sessionIssuer": {"userName": "stacksets-exec-0abc"}}}
    update = a_call("cloudformation", "UpdateStack", {"stackName": "StackSet-manual-change-spoke-0abc"})
    update["detail"]["userIdentity"] = role

    assert {"calls"} == taken_by(streaming_hub, update)


def test_a_tampering_alert_says_who_did_what_where_without_our_functions(hub: Any) -> None:
    """Straight to the alarm topic, in a sentence."""
    rules = {name: rule for name, rule in bus_rules(hub).items() if "tampering" in name}
    targets = [target for rule in rules.values() for target in rule["Targets"]]
    [topic] = {json.dumps(target["Arn"]) for target in targets}

    assert 7 == len(rules)
    assert "AlarmTopic" in topic
    for target in targets:
        said = json.dumps(target["InputTransformer"])
        for word in (
            "recipientAccountId",
            "awsRegion",
            "eventName",
            "userIdentity.arn",
            "a spoke of the manual-change",
        ):
            assert word in said


def test_forged_messages_ring_at_the_first_one(hub: Any) -> None:
    """What waits in quarantine waits for people."""
    [alarm] = [made for name, made in hub.resources("AWS::CloudWatch::Alarm").items() if "Quarantine" in name]
    properties = alarm["Properties"]

    assert ("ApproximateNumberOfMessagesVisible", 0, 1) == (
        properties["MetricName"],
        properties["Threshold"],
        properties["EvaluationPeriods"],
    )
    assert properties["AlarmActions"]


def test_nothing_takes_messages_out_of_quarantine(hub: Any) -> None:
    """Only dispatch and collect put them in; no function reads."""
    mappings = json.dumps(hub.properties("AWS::Lambda::EventSourceMapping"))
    [queue] = [name for name in hub.resources("AWS::SQS::Queue") if "Quarantine" in name]
    allowed = {
        json.dumps(statement["Action"])
        for part in ("Dispatch", "Collect", "Attribute", "Notify", "Coverage")
        for statement in statements_of(hub, part)
        if hub.mentions(queue, statement["Resource"])
    }

    assert not hub.mentions(queue, mappings)
    assert {'"sqs:SendMessage"'} == allowed


def test_a_silent_account_rings_and_so_does_a_survey_that_fails(hub: Any) -> None:
    """Nobody misses what does not come."""
    alarms = {
        name: made["Properties"] for name, made in hub.resources("AWS::CloudWatch::Alarm").items() if "Coverage" in name
    }

    assert {"SilentPlaces", "UnreadDirectory", "Errors", "Invocations"} == {
        alarm["MetricName"] for alarm in alarms.values()
    }
    assert all(alarm["AlarmActions"] for alarm in alarms.values())


def test_a_survey_that_does_not_run_rings(hub: Any) -> None:
    """A permission that is gone, or no concurrency: every other alarm on it keeps its last state for ever."""
    [alarm] = [alarm for alarm in hub.properties("AWS::CloudWatch::Alarm") if alarm.get("MetricName") == "Invocations"]
    hours = alarm["Period"] * alarm["EvaluationPeriods"] / 3600

    assert ("breaching", "LessThanThreshold", 1, 3.0) == (
        alarm["TreatMissingData"],
        alarm["ComparisonOperator"],
        alarm["Threshold"],
        hours,
    )
    assert "Coverage" in json.dumps(alarm["Dimensions"])


def test_what_the_hub_cannot_tell_waits_and_rings(hub: Any) -> None:
    """Notices of spokes and of the hub publish with roles: each of their rules has the detector's queue behind it."""
    [untold] = [name for name in hub.resources("AWS::SQS::Queue") if "Untold" in name]
    rules = [rule["Properties"] for rule in hub.resources(RULE).values()]
    behind = {
        json.dumps(target.get("DeadLetterConfig"))
        for rule in rules
        for target in rule["Targets"]
        if "InputTransformer" in target
    }

    assert {json.dumps({"Arn": {"Fn::GetAtt": [untold, "Arn"]}})} == behind


def test_the_roles_of_the_hub_are_guarded_once_each(hub: Any) -> None:
    """The detector guards its own."""
    guards = json.dumps([rule for name, rule in hub.resources(RULE).items() if "TamperingRoles" in name])

    assert {1} == {guards.count(f'{{"Ref": "{name}"}}') for name in hub.resources("AWS::IAM::Role")}


def test_the_survey_asks_after_the_subscriptions_that_the_hub_has(control_tower_hub: Any, lookup_hub: Any) -> None:
    """A region is not heard without its topic's; a hub that listens to its bus alone has none."""
    subscriptions = list(control_tower_hub.resources("AWS::SNS::Subscription"))
    asked = json.dumps(control_tower_hub.environment("coverage")["MANUAL_CHANGE_SUBSCRIPTIONS"])
    may = "sns:GetSubscriptionAttributes"

    assert subscriptions
    assert [] == [name for name in subscriptions if f'"{name}"' not in asked]
    assert [True] == [may in json.dumps(statements_of(control_tower_hub, "Coverage"))]
    assert ("[]", False) == (
        lookup_hub.environment("coverage")["MANUAL_CHANGE_SUBSCRIPTIONS"],
        may in json.dumps(lookup_hub.template),
    )


def test_no_alarm_of_the_survey_ends_because_it_does_not_know(hub: Any) -> None:
    """A survey that could not read the list of accounts writes no number of silent ones, and says that it could not."""
    missing = {
        alarm["MetricName"]: alarm["TreatMissingData"]
        for alarm in hub.properties("AWS::CloudWatch::Alarm")
        if alarm.get("MetricName") in ("SilentPlaces", "UnreadDirectory")
    }

    assert {"SilentPlaces": "ignore", "UnreadDirectory": "ignore"} == missing


def test_the_survey_knows_what_should_report(lookup_hub: Any, streaming_hub: Any) -> None:
    """Regions, exclusions, and whom to ask."""
    environment = lookup_hub.environment("coverage")
    excluding = streaming_hub.environment("coverage")

    assert ["eu-west-1", "us-east-1"] == json.loads(environment["MANUAL_CHANGE_REGIONS"])
    assert "manual-change-spoke-lookup" == environment["MANUAL_CHANGE_LOOKUP_ROLE_NAME"]
    assert "86400" == environment["MANUAL_CHANGE_SILENT_AFTER"]
    assert "Watch/Hub/Detector" == environment["MANUAL_CHANGE_DETECTOR"]
    assert ["444455556666"] == json.loads(excluding["MANUAL_CHANGE_EXCLUDED_ACCOUNTS"])
    assert ["Sandbox"] == json.loads(excluding["MANUAL_CHANGE_EXCLUDED_ORGANIZATIONAL_UNITS"])


def test_what_spokes_record_daily_is_looked_for_over_a_day(streaming_hub: Any) -> None:
    """Their recorders are not ours to ask."""
    daily = streaming_hub.environment("attribute")["MANUAL_CHANGE_DAILY_RESOURCE_TYPES"]

    assert ["AWS::EC2::Volume"] == json.loads(daily)


def test_the_stages_know_that_they_work_for_many_accounts(hub: Any) -> None:
    """Nothing that comes without an envelope is believed; turns are taken; queues are fair."""
    dispatch, attribute = hub.environment("dispatch"), hub.environment("attribute")

    assert "Quarantine" in json.dumps(dispatch["MANUAL_CHANGE_QUARANTINE_QUEUE_URL"])
    assert "OrganizationTable" in json.dumps(attribute["MANUAL_CHANGE_ORGANIZATION_TABLE"])
    assert "true" == dispatch["MANUAL_CHANGE_FAIR_QUEUES"] == attribute["MANUAL_CHANGE_FAIR_QUEUES"]


def test_without_an_envelope_a_message_counts_where_a_topic_delivers_it(
    lookup_hub: Any, control_tower_hub: Any
) -> None:
    """A topic's policy says who publishes; on a queue that only the bus feeds nothing comes bare."""
    assert "false" == lookup_hub.environment("dispatch")["MANUAL_CHANGE_BARE_MESSAGES"]
    assert "true" == control_tower_hub.environment("dispatch")["MANUAL_CHANGE_BARE_MESSAGES"]


def test_control_towers_way_assumes_nothing_itself_but_to_ask_the_silent(control_tower_hub: Any) -> None:
    """A function that is Control Tower's role does; the attribute stage may invoke that one function."""
    [lookup] = [
        (name, made["Properties"])
        for name, made in control_tower_hub.resources("AWS::Lambda::Function").items()
        if "manual_change.handlers.lookup.handler" == made["Properties"]["Handler"]
    ]
    [invoking] = [
        statement
        for statement in statements_of(control_tower_hub, "DetectorAttribute")
        if "lambda:InvokeFunction" == statement["Action"]
    ]

    assert [] == [*assuming(control_tower_hub, "DetectorAttribute"), *assuming(control_tower_hub, "DetectorDispatch")]
    assert "role/aws-controltower-AuditReadOnlyRole" in json.dumps(lookup[1]["Role"])
    assert {"Fn::GetAtt": [lookup[0], "Arn"]} == invoking["Resource"]


def test_a_place_is_asked_about_a_rule_that_its_spoke_has(lookup_hub: Any, control_tower_hub: Any) -> None:
    """Where changes come from a topic, spokes do not forward them; what they send goes to the hub's bus."""
    further = ["manual-change-spoke-guard", "manual-change-spoke-stack"]
    for hub, from_topics in ((lookup_hub, "false"), (control_tower_hub, "true")):
        settings = hub.environment("coverage")
        assert from_topics == settings["MANUAL_CHANGE_CHANGES_FROM_TOPICS"]
        assert "manual-change-spoke-changes" == settings["MANUAL_CHANGE_CHANGES_RULE_NAME"]
        assert "manual-change-spoke-tampering" == settings["MANUAL_CHANGE_TAMPERING_RULE_NAME"]
        assert further == json.loads(settings["MANUAL_CHANGE_FURTHER_RULE_NAMES"])
        [bus] = hub.resources("AWS::Events::EventBus")
        assert {"Fn::GetAtt": [bus, "Arn"]} == settings["MANUAL_CHANGE_BUS_ARN"]


def test_where_nobody_can_be_asked_silence_is_told_after_a_week(control_tower_hub: Any) -> None:
    """A quiet account has nothing to report for days."""
    assert "604800" == control_tower_hub.environment("coverage")["MANUAL_CHANGE_SILENT_AFTER"]


def test_what_the_hub_adds_is_guarded_as_the_detector_is(hub: Any) -> None:
    """Nothing is forgotten when something is added."""
    guards = json.dumps([rule for name, rule in hub.resources(RULE).items() if "Tampering" in name])
    kinds = (
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::SecretsManager::Secret",
    )

    assert [] == [name for kind in kinds for name in hub.resources(kind) if f'"{name}"' not in guards]


def named(value: Any, bus: str) -> Any:
    """Patterns with the bus's name, and something else wherever CloudFormation would fill in a name."""
    match value:
        case {"Ref": name}:
            return "manual-change-detector" if name == bus else f"<{name}>"
        case dict() if any(key.startswith("Fn::") for key in value):
            return "<a name>"
        case dict():
            return {key: named(entry, bus) for key, entry in value.items()}
        case list():
            return [named(entry, bus) for entry in value]
    return value


@pytest.mark.parametrize(
    "event",
    [
        a_call("events", "DeleteEventBus", {"name": "manual-change-detector"}),
        a_call("events", "RemovePermission", {"eventBusName": "manual-change-detector", "statementId": "x"}),
        a_call("events", "DisableRule", {"name": "manual-change-hub-changes"}),
        a_call("events", "RemoveTargets", {"rule": "manual-change-hub-strangers", "ids": ["Target0"]}),
        a_call("cloudformation", "DeleteStackInstances", {"stackSetName": "manual-change-spoke"}),
        a_call("cloudformation", "DeleteStackSet", {"stackSetName": "manual-change-spoke:0a1b"}),
        a_call("cloudformation", "UpdateStackSet", {"stackSetName": "manual-change-spoke-sandbox"}),
    ],
    ids=lambda event: event["detail"]["eventName"],
)
def test_the_bus_its_policy_its_rules_and_the_stack_set_are_guarded_by_their_names(
    lookup_hub: Any, event: dict[str, Any]
) -> None:
    """In the hub's own account, by rules of its default bus; each is told once."""
    [bus] = lookup_hub.resources("AWS::Events::EventBus")
    told = [
        name
        for name, rule in lookup_hub.resources(RULE).items()
        if name.startswith("HubTampering")
        and EventPattern.load(json.dumps(named(rule["Properties"]["EventPattern"], bus))).matches_event(event)
    ]

    assert 1 == len(told)


def test_every_rule_outside_the_bus_is_guarded_by_another(hub: Any) -> None:
    """To go unnoticed somebody would have to disable two at once."""
    rules = {name: rule for name, rule in hub.resources(RULE).items() if "EventBusName" not in rule["Properties"]}
    patterns = {name: json.dumps(rule["Properties"].get("EventPattern", {})) for name, rule in rules.items()}
    lasts = {
        name: json.dumps(rule["Properties"]["Name"]) for name, rule in rules.items() if "Name" in rule["Properties"]
    }

    assert 2 == len(lasts)
    assert [] == [
        name
        for name in rules
        if not any(
            f'"Ref": "{name}"' in pattern or (name in lasts and lasts[name] in pattern)
            for guard, pattern in patterns.items()
            if guard != name
        )
    ]


LONGEST = {
    "AWS::CloudWatch::Alarm": 0,  # CloudFormation's: the stack's name, the logical id, something random
    "AWS::Lambda::EventSourceMapping": 36,
    "AWS::Lambda::Function": 64,
    "AWS::Events::EventBus": 22,
    "AWS::Events::Rule": 64,
    "AWS::IAM::Role": 64,
    "AWS::SQS::Queue": 80,
}


def as_long_as_it_gets(value: Any, hub: Any) -> Any:
    """A pattern once CloudFormation has filled in its names, the longest that they may be."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
            kind = hub.template["Resources"].get(name, {}).get("Type", "")
            return "x" * (LONGEST.get(kind, 250) or len(name) + len("Watch--") + 13)
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(as_long_as_it_gets(part, hub) for part in parts)
        case dict() if any(key.startswith("Fn::") for key in value):
            return "x" * 160
        case dict():
            return {key: as_long_as_it_gets(entry, hub) for key, entry in value.items()}
        case list():
            return [as_long_as_it_gets(entry, hub) for entry in value]
    return value


def too_long(hub: Any) -> dict[str, int]:
    """Patterns of more than 2048 characters, with the longest names."""
    sizes = {
        name: len(json.dumps(as_long_as_it_gets(rule["Properties"]["EventPattern"], hub), separators=(",", ":")))
        for name, rule in hub.resources(RULE).items()
        if "EventPattern" in rule["Properties"]
    }
    return {name: size for name, size in sizes.items() if size > PATTERN_LIMIT}


def test_patterns_stay_within_eventbridges_limit(hub: Any) -> None:
    """With the roles that usually deploy."""
    assert {} == too_long(hub)


def test_as_many_deploying_roles_as_may_be_named_fit_into_every_pattern(synthesise: Any) -> None:
    """The guards are more rules then, and each still has a name of its own."""
    roles = [f"r{number:04}" for number in range(31)]
    hub = synthesise(
        lambda stack: ManualChangeDetectorHub(
            stack,
            "Hub",
            organization_id="o-abcde12345",
            attribution=Attribution.stream(),
            deploying_roles=roles,
        )
    )
    names = [json.dumps(rule["Name"]) for rule in hub.properties(RULE) if "Name" in rule]

    assert MOST_CHARACTERS - 1 == len(json.dumps(roles, separators=(",", ":")))
    assert {} == too_long(hub)
    assert len(set(names)) == len(names)


def a_hub(**given: Any) -> ManualChangeDetectorHub:
    """In a stack of its own."""
    return ManualChangeDetectorHub(Stack(App(), "Watch"), "Hub", **({"organization_id": "o-abcde12345"} | given))


def test_a_single_source_needs_no_list() -> None:
    """As the detector's own option takes it."""
    source = ConfigSource.event_bridge()

    assert (source,) == a_hub(sources=source).sources


def test_everything_a_user_may_want_to_reach_is_an_attribute() -> None:
    """With the metrics where the detector's are."""
    hub = a_hub(attribution=Attribution.stream(), silent_after=Duration.hours(6), bus_name="changes")

    assert hub.detector.collect is not None
    assert 3 == len({hub.bus.node.path, hub.quarantine_queue.node.path, hub.organization_table.node.path})
    assert "SilentPlaces" == hub.detector.metric_silent_places().metric_name
    assert "Quarantined" == hub.detector.metric_quarantined().metric_name
    assert "everyone" == hub.streams_calls


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"organization_id": "123456789012"}, ValueError, "o-abcde12345"),
        ({"config_source": ConfigSource.event_bridge()}, TypeError, "`sources`"),
        ({"organization": None}, TypeError, "organization_id"),
        ({"organization_id": None}, ValueError, "organization_id is None; it looks like o-abcde12345"),
        ({"sources": ["config-topic"]}, TypeError, "sources has 'config-topic'; a source is expected"),
        ({"silent_after": Duration.hours(0)}, ValueError, "silent_after is zero"),
        ({"regions": "eu-west-1"}, TypeError, r"a list is expected: \['eu-west-1'\]"),
        ({"regions": ["eu-west1"]}, ValueError, "regions names 'eu-west1'; give codes of regions"),
        ({"regions": ["eu-west-1", "eu-west-1"]}, ValueError, "twice"),
        ({"attribution": Attribution.own_account()}, ValueError, r"give attribution=.*lookup\(\)"),
    ],
    ids=[
        "account",
        "source",
        "organization",
        "no-id",
        "no-source",
        "zero",
        "a-region",
        "no-region",
        "twice",
        "one-account",
    ],
)
def test_what_cannot_work_is_refused_at_synth(wrong: dict[str, Any], error: type[Exception], says: str) -> None:
    """With what would."""
    with pytest.raises(error, match=says):
        a_hub(**wrong)


def test_two_hubs_stand_in_one_stack(synthesise: Any) -> None:
    """The first one's outputs keep their names."""

    def build(stack: Stack) -> None:
        ManualChangeDetectorHub(stack, "Hub", organization_id="o-abcde12345")
        ManualChangeDetectorHub(stack, "Other", organization_id="o-abcde12345", bus_name="other")

    outputs = synthesise(build).template["Outputs"]
    parameters = {"HubBusArn", "HubRoles", "HomeRegion", "OrganizationId"}

    assert {f"Spoke{name}" for name in parameters} == {name for name in outputs if name.startswith("Spoke")}
    assert 4 == len([name for name in outputs if name.startswith("OtherSpoke")])


def test_two_hubs_of_a_stack_have_two_buses() -> None:
    """A second one of the same name would fail when it is deployed."""
    stack = Stack(App(), "Watch")
    ManualChangeDetectorHub(stack, "Hub", organization_id="o-abcde12345")

    with pytest.raises(ValueError, match="bus_name='manual-change-detector-2'"):
        ManualChangeDetectorHub(stack, "Other", organization_id="o-abcde12345")
