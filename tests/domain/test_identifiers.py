"""What a resource is called, in which forms, and where a record says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.api_call import ApiCall, read_call
from manual_change.domain.attribution import touches
from manual_change.domain.change import Change, PropertyChange, Resource
from manual_change.domain.identifiers import (
    ACCOUNT_LEVEL_TYPES,
    GENERATED_PREFIXES,
    identifiers_of,
    is_general,
    is_generated,
    key_names,
    spellings,
)

Build = Callable[..., Change]

ACCOUNT = "111122223333"
LAMBDA = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:web"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:prod/db-AbCdEf"
BALANCER = f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/app/web/50dc6c495c0c9188"
SERVICE = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/prod/web"
GROUP = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/web"

FORMS = [
    ("AWS::EC2::SecurityGroup", "sg-1", "web", None, {"sg-1"}, {"web"}),
    (
        "AWS::IAM::Role",
        "AROAEXAMPLE12345678",
        "deploy",
        f"arn:aws:iam::{ACCOUNT}:role/team/deploy",
        {"AROAEXAMPLE12345678", f"arn:aws:iam::{ACCOUNT}:role/team/deploy"},
        {"deploy"},
    ),
    (
        "AWS::SQS::Queue",
        f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs",
        None,
        f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs",
        {
            f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs",
            f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs",
            f"https://eu-west-1.queue.amazonaws.com/{ACCOUNT}/jobs",
            f"https://queue.amazonaws.com/{ACCOUNT}/jobs",
            f"https://sqs.eu-west-1.amazonaws.com.cn/{ACCOUNT}/jobs",
        },
        {"jobs"},
    ),
    (
        "AWS::SQS::Queue",
        "jobs",
        "jobs",
        f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs",
        {
            f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs",
            f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs",
            f"https://eu-west-1.queue.amazonaws.com/{ACCOUNT}/jobs",
            f"https://queue.amazonaws.com/{ACCOUNT}/jobs",
            f"https://sqs.eu-west-1.amazonaws.com.cn/{ACCOUNT}/jobs",
        },
        {"jobs"},
    ),
    (
        "AWS::SecretsManager::Secret",
        SECRET,
        "prod/db",
        SECRET,
        {SECRET, SECRET.removesuffix("-AbCdEf")},
        {"prod/db", "db-AbCdEf"},
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        BALANCER,
        "web",
        BALANCER,
        {BALANCER, "50dc6c495c0c9188"},
        {"web", "app/web/50dc6c495c0c9188"},
    ),
    ("AWS::OpenSearch::Domain", f"{ACCOUNT}/logs", "logs", None, set(), {f"{ACCOUNT}/logs", "logs"}),
    ("AWS::Lambda::Function", "web", "web", LAMBDA, {LAMBDA}, {"web", f"{ACCOUNT}:function:web"}),
    ("AWS::Logs::LogGroup", "/aws/lambda/web", None, f"{GROUP}:*", {GROUP, f"{GROUP}:*"}, {"/aws/lambda/web"}),
    (
        "AWS::Route53::HostedZone",
        "Z0123456789EXAMPLE",
        "example.com.",
        "arn:aws:route53:::hostedzone/Z0123456789EXAMPLE",
        {"Z0123456789EXAMPLE", "arn:aws:route53:::hostedzone/Z0123456789EXAMPLE"},
        {"example.com.", "/hostedzone/Z0123456789EXAMPLE"},
    ),
    (
        "AWS::ECS::Service",
        SERVICE,
        "web",
        SERVICE,
        {SERVICE, f"arn:aws:ecs:eu-west-1:{ACCOUNT}:service/web"},
        {"web"},
    ),
    (
        "AWS::CloudFront::Distribution",
        "E1EXAMPLE12345",
        None,
        f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1EXAMPLE12345",
        {"E1EXAMPLE12345", f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1EXAMPLE12345"},
        set(),
    ),
    ("AWS::S3::Bucket", "assets", "assets", None, {"arn:aws:s3:::assets"}, {"assets"}),
    ("AWS::S3::Bucket", "assets", "assets", "arn:aws-cn:s3:::assets", {"arn:aws-cn:s3:::assets"}, {"assets"}),
    (
        "AWS::RDS::DBInstance",
        "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "prod",
        None,
        {"db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        {"prod"},
    ),
    (
        "AWS::KMS::Key",
        "1a2b3c4d-0000-4000-8000-000000000001",
        None,
        None,
        {"1a2b3c4d-0000-4000-8000-000000000001"},
        set(),
    ),
    ("AWS::KMS::Alias", "alias/orders", "alias/orders", None, set(), {"alias/orders"}),
    (
        "AWS::ECR::Repository",
        "team/web",
        "team/web",
        f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team/web",
        {f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/team/web"},
        {"team/web"},
    ),
]
"""(type, id, name, ARN, what no other resource can carry, what another may be called too)."""


@pytest.mark.parametrize(("resource_type", "id_", "name", "arn", "unique", "plain"), FORMS)
def test_a_resource_is_called_in_the_forms_of_its_type(
    a_change: Build, resource_type: str, id_: str, name: str | None, arn: str | None, unique: set[str], plain: set[str]
) -> None:
    """Id, name, ARN, the ARN's last word, and what calls of the service use besides."""
    found = identifiers_of(a_change(id_, type=resource_type, name=name, arn=arn))

    assert (unique, plain) == (found.unique, found.plain)


@pytest.mark.parametrize(
    "arn", ["", "arn", "arn:aws", "web", "a:function:b", ":function:", "arn:aws:lambda:::function:"]
)
@pytest.mark.parametrize("resource_type", ["AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::ECS::Service", "odd", ""])
def test_an_odd_arn_is_no_error(a_change: Build, arn: str, resource_type: str) -> None:
    """What is called an ARN and is none names nothing more."""
    assert "x" in identifiers_of(a_change("x", type=resource_type, arn=arn)).plain


@pytest.mark.parametrize("resource_type", sorted(ACCOUNT_LEVEL_TYPES))
def test_an_account_id_names_what_belongs_to_the_account(a_change: Build, resource_type: str) -> None:
    """The account's public access block is called by the account."""
    assert ACCOUNT in identifiers_of(a_change(ACCOUNT, type=resource_type)).plain


def test_the_account_level_types_are_known_to_this_test() -> None:
    """For any other type a bare account id matches nothing."""
    assert {
        "AWS::::Account",
        "AWS::EC2::EBSEncryptionByDefault",
        "AWS::IAM::AccountPasswordPolicy",
        "AWS::S3::AccountPublicAccessBlock",
    } == ACCOUNT_LEVEL_TYPES


def test_an_account_id_names_nothing_else(a_change: Build) -> None:
    """It stands in most records."""
    found = identifiers_of(a_change(ACCOUNT, type="AWS::GuardDuty::Detector", name=ACCOUNT))

    assert [] == [*found]


PREFIXES = """
    acl aclassoc ami bundle cagw cgw cr dopt dxcon dxvif eigw eipalloc eipassoc eni eni-attach erg fl fle fpga fs fsap
    fsmt i igw import-ami import-snap ipam ipam-pool ipam-scope lgw lgw-rtb lt lur nat network-insights-access-scope nip
    nis pcx pg pl pool rtb rtbassoc scg scl sfr sg sgr sir snap subnet subnet-cidr-assoc tgw tgw-attach
    tgw-connect-peer tgw-mcast-domain tgw-rtb tmf tmfr tms verified-access-endpoint verified-access-group
    verified-access-instance vai vagr vgw vol vpc vpc-cidr-assoc vpce vpce-svc vpn
""".split()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_ids_with_these_prefixes_are_generated(prefix: str) -> None:
    """As Amazon EC2 writes them, of 8 and of 17 digits."""
    assert [True] * 2 == [is_generated(f"{prefix}-{digits}") for digits in ("0a1b2c3d", "0123456789abcdef0")]


def test_every_prefix_is_known_to_this_test() -> None:
    """None more, none less."""
    assert set(PREFIXES) == GENERATED_PREFIXES


@pytest.mark.parametrize(
    "value", ["sg", "sg-", "sg-xyz", "SG-1", "web-1", "db-1", "sg-1 ", "sg-1/2", "sg_1", "alias/sg-1", "sg-1-2", ""]
)
def test_other_values_are_not_generated(value: str) -> None:
    """A name that people chose may be anybody's."""
    assert not is_generated(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (LAMBDA, (LAMBDA,)),
        (f"{LAMBDA}:prod", (f"{LAMBDA}:prod", LAMBDA)),
        (f"{LAMBDA}:$LATEST", (f"{LAMBDA}:$LATEST", LAMBDA)),
        ("web:prod", ("web:prod", "web")),
        ("arn:aws:sns:eu-west-1:1:alerts", ("arn:aws:sns:eu-west-1:1:alerts",)),
        (
            "arn:aws:sns:eu-west-1:1:alerts:1a2b",
            ("arn:aws:sns:eu-west-1:1:alerts:1a2b", "arn:aws:sns:eu-west-1:1:alerts"),
        ),
        (
            "arn:aws:states:eu-west-1:1:stateMachine:m:3",
            ("arn:aws:states:eu-west-1:1:stateMachine:m:3", "arn:aws:states:eu-west-1:1:stateMachine:m"),
        ),
        ("arn:aws:rds:eu-west-1:1:db:prod", ("arn:aws:rds:eu-west-1:1:db:prod",)),
        ("https://example.com/x", ("https://example.com/x",)),
        ("sg-1", ("sg-1",)),
    ],
)
def test_a_value_may_say_more_than_the_name(value: str, expected: tuple[str, ...]) -> None:
    """A function's version or alias, a topic's subscription."""
    assert expected == spellings(value)


@pytest.mark.parametrize(
    ("key", "resource_type", "expected"),
    [
        ("functionname", "AWS::Lambda::Function", True),
        ("functionarn", "AWS::Lambda::Function", True),
        ("dbinstanceidentifier", "AWS::RDS::DBInstance", True),
        ("dbclusteridentifier", "AWS::RDS::DBInstance", False),
        ("dbclusterparametergroupname", "AWS::RDS::DBCluster", False),
        ("groupname", "AWS::EC2::SecurityGroup", True),
        ("groupnames", "AWS::EC2::SecurityGroup", True),
        ("queueurl", "AWS::SQS::Queue", True),
        ("broker-id", "AWS::AmazonMQ::Broker", True),
        ("rolename", "AWS::IAM::User", False),
        ("newusername", "AWS::IAM::User", True),
        ("bucket", "AWS::S3::Bucket", False),
        ("value", "AWS::S3::Bucket", False),
        ("nameservers", "AWS::S3::Bucket", False),
    ],
)
def test_a_key_names_resources_of_its_kind(key: str, resource_type: str, expected: bool) -> None:
    """…Name, …Id, …Arn, …Identifier, …Url."""
    assert expected is key_names(key, resource_type)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        *(
            ("name", True),
            ("id", True),
            ("resourceid", True),
            ("targetname", True),
            ("physicalid", True),
            ("arn", True),
        ),
        *(("functionname", False), ("value", False), ("", False)),
    ],
)
def test_a_general_key_names_what_the_call_is_about(key: str, expected: bool) -> None:
    """Whatever that is."""
    assert expected is is_general(key)


@pytest.mark.parametrize(
    "key", ["tags", "tagSet", "TagList", "tagSpecificationSet", "tagKeys", "description", "status"]
)
def test_nothing_plain_is_an_identifier_below_some_keys(
    a_change: Build, a_call: Callable[..., ApiCall], key: str
) -> None:
    """People write there what they like, or a state stands there."""
    call = a_call("TagResource", service="lambda", request={key: {"functionName": "web"}})
    change = a_change("web", type="AWS::Lambda::Function")

    assert touches(change, identifiers_of(change), call) is None


def test_ids_are_found_in_lists_of_the_diff(a_change: Build) -> None:
    """An instance's diff brings whole lists."""
    change = a_change("rtb-1", type="AWS::EC2::RouteTable", properties={"X": ([{"a": ["rtbassoc-1"]}], "rtbassoc-2")})

    assert {"rtbassoc-1", "rtbassoc-2"} == identifiers_of(change).inner


@pytest.mark.parametrize("path", ["Tags.0", "Relationships.0"])
def test_ids_in_tags_and_relationships_are_not_the_resources(a_change: Build, path: str) -> None:
    """People write tags, neighbours are neighbours."""
    change = a_change("rtb-1", type="AWS::EC2::RouteTable", properties={path: ({"value": "rtbassoc-1"}, None)})

    assert frozenset() == identifiers_of(change).inner


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
IDS = st.sampled_from(["sg-1", "sg-12", "sg-2", "sg", "sg-1x", "xsg-1", "Sg-1", "sg-1 ", "web", "web-2", "we", "webs"])
KEYS = st.sampled_from(["groupId", "groupName", "name", "value", "description", "tags", "items", "id"])
PARAMETERS = st.recursive(
    IDS | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


def strings_in(value: Any) -> list[str]:
    """Every string in a value."""
    match value:
        case str():
            return [value]
        case Mapping():
            return [text for inner in value.values() for text in strings_in(inner)]
        case list():
            return [text for inner in value for text in strings_in(inner)]
    return []


def a_group_and_a_call(parameters: object, response: object) -> tuple[Change, ApiCall]:
    """A change of the group `sg-1`, called `web`, and a call with these parts."""
    resource = Resource(ACCOUNT, "eu-west-1", "AWS::EC2::SecurityGroup", "sg-1", "web")
    record = {
        "eventID": "e",
        "eventName": "AuthorizeSecurityGroupIngress",
        "eventTime": "2026-11-22T12:00:00Z",
        "eventSource": "ec2.amazonaws.com",
        "requestParameters": parameters,
        "responseElements": response,
    }
    call = read_call(record)
    return Change(resource, "UPDATE", call.event_time), call


@settings(derandomize=True, max_examples=150, deadline=None)
@given(PARAMETERS, PARAMETERS)
def test_what_is_not_named_whole_is_never_touched(parameters: object, response: object) -> None:
    """Unless a value is the id or the name from end to end, the call has nothing to do with the resource."""
    change, call = a_group_and_a_call(parameters, response)
    whole = {"sg-1", "web"} & {*strings_in(parameters), *strings_in(response)}

    assert whole or touches(change, identifiers_of(change), call) is None


@settings(derandomize=True, max_examples=100, deadline=None)
@given(PARAMETERS, st.sampled_from(["requestParameters", "responseElements"]))
def test_a_generated_id_is_found_wherever_it_stands(parameters: object, section: str) -> None:
    """In any section, under any key."""
    change, call = a_group_and_a_call(*((parameters, None) if section == "requestParameters" else (None, parameters)))

    assert ("sg-1" in strings_in(parameters)) <= (touches(change, identifiers_of(change), call) is not None)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.text(), st.text(), st.none() | st.text(), st.none() | st.text(), JSON, JSON)
def test_no_resource_and_no_record_is_an_error(
    type_: str, id_: str, name: str | None, arn: str | None, a: Any, b: Any
) -> None:
    """Whatever stands where ids, names and parameters are expected."""
    change, call = a_group_and_a_call(a, b)
    odd = Change(
        Resource(ACCOUNT, "eu-west-1", type_, id_, name, arn),
        "UPDATE",
        change.captured_at,
        (PropertyChange("Configuration.X", a, b),),
    )

    touches(odd, identifiers_of(odd), call)
