"""Which calls are held responsible for a change: candidates, touching, subject or ingredient, several calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import (
    ALREADY_REPORTED,
    BY_MENTION,
    BY_RELATIONSHIP,
    BY_SUBJECT,
    Neighbour,
    Standing,
    Window,
    attribute,
    attribute_by_relationship,
    standing,
)
from manual_change.domain.change import Change, Relation
from manual_change.domain.identifiers import identifiers_of

Call = Callable[..., ApiCall]
Build = Callable[..., Change]

HALF_AN_HOUR = Window()


def responsible(change: Change, *calls: ApiCall, window: Window = HALF_AN_HOUR, explained: tuple[str, ...] = ()) -> Any:
    """(how, the names of the calls held responsible, the first leading), or None."""
    found = attribute(change, calls, window=window, explained=explained)
    return found and (found.how, [call.event_name for call in found.calls])


def stands(change: Change, call: ApiCall, window: Window = HALF_AN_HOUR) -> Standing:
    """How one call stands to the change."""
    return standing(change, identifiers_of(change), call, window)


# Candidates: service, time, account, region, success


def test_a_call_on_the_resource_is_responsible(a_change: Build, a_call: Call) -> None:
    """The plain case."""
    assert (BY_SUBJECT, ["AuthorizeSecurityGroupIngress"]) == responsible(a_change(), a_call())


def test_a_call_on_another_resource_is_never_blamed(a_change: Build, a_call: Call) -> None:
    """Sharing a resource type is not evidence."""
    assert responsible(a_change(of="sg-1"), a_call(on="sg-2")) is None


@pytest.mark.parametrize("look_alike", ["sg-12", "sg-", "SG-1", "xsg-1", "sg-1 ", "sg-1/32", "prefix sg-1 suffix"])
def test_a_look_alike_id_is_never_blamed(a_change: Build, a_call: Call, look_alike: str) -> None:
    """Ids are matched whole."""
    assert responsible(a_change(of="sg-1"), a_call(on=look_alike)) is None


def test_a_call_of_another_service_is_never_blamed(a_change: Build, a_call: Call) -> None:
    """Though it names the resource."""
    assert Standing.OTHER_SERVICE == stands(a_change(), a_call("ModifyDBInstance", service="rds"))


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (-1800 + 41, Standing.SUBJECT),
        (-1800 + 40, Standing.TOO_EARLY),
        (41, Standing.SUBJECT),
        (46, Standing.SUBJECT),
        (47, Standing.TOO_LATE),
    ],
)
def test_a_call_counts_from_the_lookback_to_the_clock_skew(
    a_change: Build, a_call: Call, later: int, expected: Standing
) -> None:
    """Half an hour before capture to five seconds after it, both included; capture is 41 s after noon."""
    assert expected == stands(a_change(), a_call(later=later))


@pytest.mark.parametrize(("hours", "expected"), [(23, Standing.SUBJECT), (25, Standing.TOO_EARLY)])
def test_a_type_that_is_recorded_daily_looks_back_a_day(
    a_change: Build, a_call: Call, hours: int, expected: Standing
) -> None:
    """The recorder captures it once a day; patterns are globs."""
    window = Window(daily_resource_types=("AWS::EC2::Security*",))

    assert expected == stands(a_change(), a_call(later=-3600 * hours), window)


def test_other_types_do_not_look_back_a_day(a_change: Build, a_call: Call) -> None:
    """Only those that are named."""
    window = Window(daily_resource_types=("AWS::RDS::*",))

    assert Standing.TOO_EARLY == stands(a_change(), a_call(later=-3600), window)


def test_a_lookback_longer_than_a_day_holds_for_daily_types_too(a_change: Build, a_call: Call) -> None:
    """Whichever is longer."""
    window = Window(lookback=timedelta(days=2), daily_resource_types=("*",))

    assert Standing.SUBJECT == stands(a_change(), a_call(later=-3600 * 47), window)


@pytest.mark.parametrize(
    ("account", "expected"),
    [("111122223333", Standing.SUBJECT), ("444455556666", Standing.OTHER_ACCOUNT), ("unknown", Standing.SUBJECT)],
)
def test_a_call_counts_in_its_account(a_change: Build, a_call: Call, account: str, expected: Standing) -> None:
    """The same id in another account is another resource; an account that is not known rejects nothing."""
    assert expected == stands(a_change(account=account), a_call())


@pytest.mark.parametrize(
    ("region", "expected"),
    [("eu-west-1", Standing.SUBJECT), ("us-east-1", Standing.OTHER_REGION), ("unknown", Standing.SUBJECT)],
)
def test_a_call_counts_in_its_region(a_change: Build, a_call: Call, region: str, expected: Standing) -> None:
    """An unknown region is never a reason to reject a call."""
    assert expected == stands(a_change(), a_call(region=region))


@pytest.mark.parametrize("region", ["global", "eu-west-1"])
def test_a_call_of_a_global_service_counts_in_its_home(a_change: Build, a_call: Call, region: str) -> None:
    """IAM's records are in us-east-1, wherever the role was recorded."""
    change = a_change("AROAEXAMPLE12345678", type="AWS::IAM::Role", name="deploy", region=region)
    call = a_call("PutRolePolicy", service="iam", region="us-east-1", request={"roleName": "deploy"})

    assert Standing.SUBJECT == stands(change, call)


@pytest.mark.parametrize(
    "fields",
    [
        {"errorCode": "Client.UnauthorizedOperation"},
        {"errorCode": "Client.DryRunOperation"},
        {"errorMessage": "denied"},
        {"readOnly": True},
        {"readOnly": "true"},
        {"managementEvent": False},
        {"eventCategory": "Insight"},
    ],
)
def test_a_call_that_changed_nothing_is_never_blamed(a_change: Build, a_call: Call, fields: dict[str, Any]) -> None:
    """A failed, dry-run or reading call just before capture is no explanation."""
    assert Standing.UNCOUNTED == stands(a_change(), a_call(later=40, **fields))


# Subject or ingredient


def test_a_security_group_that_an_instance_uses_is_an_ingredient(a_change: Build, a_call: Call) -> None:
    """`RunInstances` names a security group that it does not alter."""
    launch = a_call("RunInstances", request={"groupSet": {"items": [{"groupId": "sg-1"}]}})

    assert (Standing.INGREDIENT, None) == (stands(a_change(), launch), responsible(a_change(), launch))


@pytest.mark.parametrize(
    "request_",
    [
        {"groupId": "sg-2", "ipPermissions": {"items": [{"groups": {"items": [{"groupId": "sg-1"}]}}]}},
        {"groupId": "sg-2", "sourceSecurityGroupId": "sg-1", "ipPermissions": {}},
    ],
)
def test_a_group_that_a_neighbour_refers_to_is_only_mentioned(
    a_change: Build, a_call: Call, request_: dict[str, Any]
) -> None:
    """A person opens `sg-2` to the members of `sg-1`; `sg-1` itself does not change."""
    assert Standing.MENTION == stands(a_change(), a_call(request=request_))


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"groupId": "sg-1"}, Standing.SUBJECT),
        ({"ModifySecurityGroupRulesRequest": {"GroupId": "sg-1"}}, Standing.SUBJECT),
        ({"securityGroup": {"groupId": "sg-1"}}, Standing.SUBJECT),
        ({"groupSet": {"items": [{"groupId": "sg-1"}]}}, Standing.SUBJECT),
        ({"groups": {"member": [{"groupId": "sg-1"}]}}, Standing.SUBJECT),
        ({"ipPermissions": {"items": [{"groupId": "sg-1"}]}}, Standing.MENTION),
        ({"ipPermissions": {"items": [{"groups": {"items": [{"groupId": "sg-1"}]}}]}}, Standing.MENTION),
        ({"groupSet": {"items": [{"peer": {"groupId": "sg-1"}}]}}, Standing.MENTION),
        ({"peer": {"groupId": "sg-1"}}, Standing.MENTION),
        ({"request": {"peer": {"groupId": "sg-1"}}}, Standing.MENTION),
        ({"ModifySecurityGroupRulesRequest": {"SecurityGroupRule": {"ReferencedGroupId": "sg-1"}}}, Standing.MENTION),
    ],
)
def test_what_is_asked_for_stands_on_top(
    a_change: Build, a_call: Call, request_: dict[str, Any], expected: Standing
) -> None:
    """Of the parameters, of the request that some calls wrap them in, of a list of what is asked for."""
    assert expected == stands(a_change(), a_call("ModifySecurityGroupRules", request=request_))


def test_a_subject_outranks_a_mention(a_change: Build, a_call: Call) -> None:
    """The mention is listed as related, and blames nobody."""
    neighbour = a_call(
        later=30,
        request={"groupId": "sg-2", "ipPermissions": {"items": [{"groups": {"items": [{"groupId": "sg-1"}]}}]}},
    )
    found = attribute(a_change(), [neighbour, a_call()], window=Window())

    assert found is not None
    assert (["sg-1"], [neighbour]) == (
        [call.record["requestParameters"]["groupId"] for call in found.calls],
        list(found.related),
    )


def test_a_mention_explains_where_no_call_has_the_resource_as_its_subject(a_change: Build, a_call: Call) -> None:
    """DESIGN, section 5.3: it does not make a finding *when a subject call is there*."""
    attach = a_call("ModifyNetworkInterfaceAttribute", request={"networkInterfaceId": "eni-1", "groupId": ["sg-1"]})

    assert (BY_MENTION, ["ModifyNetworkInterfaceAttribute"]) == responsible(a_change(), attach)


@pytest.mark.parametrize(
    ("name", "service", "resource_type", "of", "request_"),
    [
        ("CreateVpcEndpoint", "ec2", "AWS::EC2::VPC", "vpc-1", {"CreateVpcEndpointRequest": {"VpcId": "vpc-1"}}),
        ("CreateVpcPeeringConnection", "ec2", "AWS::EC2::VPC", "vpc-1", {"vpcId": "vpc-1", "peerVpcId": "vpc-2"}),
        ("CreateDBClusterSnapshot", "rds", "AWS::RDS::DBCluster", "prod", {"dBClusterIdentifier": "prod"}),
        ("CreateClusterSnapshot", "redshift", "AWS::Redshift::Cluster", "prod", {"clusterIdentifier": "prod"}),
        ("CreateUserPoolClient", "cognito-idp", "AWS::Cognito::UserPool", "eu-1_a", {"userPoolId": "eu-1_a"}),
    ],
)
def test_making_something_beside_a_resource_does_not_have_it_as_its_subject(
    a_change: Build, a_call: Call, name: str, service: str, resource_type: str, of: str, request_: dict[str, Any]
) -> None:
    """A person's snapshot is not the pipeline's change of the cluster, though its name begins alike."""
    call = a_call(name, service=service, request=request_)

    assert Standing.MENTION == stands(a_change(of, type=resource_type), call)


@pytest.mark.parametrize(
    ("of", "expected"),
    [("orders", Standing.INGREDIENT), ("orders-2", Standing.SUBJECT), ("orders-3", Standing.NOT_TOUCHING)],
)
def test_what_something_is_made_from_is_an_ingredient(
    a_change: Build, a_call: Call, of: str, expected: Standing
) -> None:
    """A table is restored into another one."""
    call = a_call(
        "RestoreTableToPointInTime",
        service="dynamodb",
        request={"sourceTableName": "orders", "targetTableName": "orders-2"},
    )

    assert expected == stands(a_change(of, type="AWS::DynamoDB::Table"), call)


@pytest.mark.parametrize(
    ("name", "service", "resource_type", "of", "request_"),
    [
        (
            "CreatePolicyVersion",
            "iam",
            "AWS::IAM::Policy",
            "ANPAEXAMPLE12345678",
            {"policyArn": "arn:aws:iam::1:policy/p"},
        ),
        ("CreateLaunchTemplateVersion", "ec2", "AWS::EC2::LaunchTemplate", "lt-1", {"launchTemplateId": "lt-1"}),
        ("PutBucketPolicy", "s3", "AWS::S3::Bucket", "assets", {"bucketName": "assets"}),
        ("DeleteBucketPolicy", "s3", "AWS::S3::Bucket", "assets", {"bucketName": "assets"}),
        ("UpdatePipeline", "codepipeline", "AWS::CodePipeline::Pipeline", "web", {"pipeline": {"name": "web"}}),
        (
            "TagResource",
            "lambda",
            "AWS::Lambda::Function",
            "web",
            {"resource": "arn:aws:lambda:eu-west-1:1:function:web"},
        ),
        (
            "UpdateDistribution2020_05_31",
            "cloudfront",
            "AWS::CloudFront::Distribution",
            "E1EXAMPLE12345",
            {"id": "E1EXAMPLE12345"},
        ),
    ],
)
def test_altering_a_part_of_a_resource_has_it_as_its_subject(
    a_change: Build, a_call: Call, name: str, service: str, resource_type: str, of: str, request_: dict[str, Any]
) -> None:
    """A bucket's policy is part of the bucket, a policy's version part of the policy."""
    arn = next((value for value in request_.values() if str(value).startswith("arn:")), None)
    region = "us-east-1" if service in ("iam", "cloudfront") else "eu-west-1"
    call = a_call(name, service=service, request=request_, region=region)

    assert Standing.SUBJECT == stands(a_change(of, type=resource_type, arn=arn, region=region), call)


def test_what_only_the_response_names_is_new(a_change: Build, a_call: Call) -> None:
    """The id of a launched instance is in no request."""
    launch = a_call("RunInstances", request={}, response={"instancesSet": {"items": [{"instanceId": "i-1"}]}})

    assert (BY_SUBJECT, ["RunInstances"]) == responsible(
        a_change("i-1", type="AWS::EC2::Instance", change_type="CREATE"), launch
    )


@pytest.mark.parametrize(("change_type", "expected"), [("CREATE", Standing.SUBJECT), ("UPDATE", Standing.MENTION)])
def test_a_call_of_another_name_may_make_the_resource(
    a_change: Build, a_call: Call, change_type: str, expected: Standing
) -> None:
    """`RegisterTaskDefinition` and `CreateServiceLinkedRole` answer with what is new."""
    change = a_change("AROAEXAMPLE12345678", type="AWS::IAM::Role", change_type=change_type, region="global")
    call = a_call(
        "EnableSomething",
        service="iam",
        region="us-east-1",
        request={"serviceName": "x"},
        response={"role": {"roleId": "AROAEXAMPLE12345678"}},
    )

    assert expected == stands(change, call)


@pytest.mark.parametrize("change_type", ["CREATE", "UPDATE"])
def test_an_ingredient_that_the_request_names_is_not_made(a_change: Build, a_call: Call, change_type: str) -> None:
    """A group that is captured for the first time while an instance is launched with it."""
    launch = a_call(
        "RunInstances",
        request={"groupSet": {"items": [{"groupId": "sg-1"}]}},
        response={"instancesSet": {"items": [{"groupSet": {"items": [{"groupId": "sg-1"}]}}]}},
    )

    assert Standing.INGREDIENT == stands(a_change(change_type=change_type), launch)


def test_what_the_response_tells_of_a_neighbour_is_a_mention(a_change: Build, a_call: Call) -> None:
    """A rule of `sg-2` is revoked by its id; the answer says that it referred to `sg-1`."""
    call = a_call(
        "RevokeSecurityGroupIngress",
        request={"groupId": "sg-2", "securityGroupRuleIds": ["sgr-1"]},
        response={"revokedSecurityGroupRuleSet": {"items": [{"groupId": "sg-2", "referencedGroupId": "sg-1"}]}},
    )

    assert Standing.MENTION == stands(a_change(), call)


def test_a_request_by_name_is_recognised_in_the_response(a_change: Build, a_call: Call) -> None:
    """ECS takes names and answers with ARNs: a pipeline's tag does not hide a person's deployment."""
    arn = "arn:aws:ecs:eu-west-1:111122223333:service/prod/web"
    change = a_change(arn, type="AWS::ECS::Service", name="web", arn=arn)
    deployment = a_call(
        "UpdateService",
        service="ecs",
        request={"cluster": "prod", "service": "web", "desiredCount": 0},
        response={"service": {"serviceArn": arn, "serviceName": "web", "status": "ACTIVE"}},
    )
    tag = a_call("TagResource", service="ecs", request={"resourceArn": arn}, later=10)

    assert (BY_SUBJECT, ["TagResource", "UpdateService"]) == responsible(change, deployment, tag)


# Names


@pytest.mark.parametrize("name", ["web-2", "web2", "my-web", "WEB", "we", "web/2"])
def test_a_look_alike_name_is_never_blamed(a_change: Build, a_call: Call, name: str) -> None:
    """`web` is not `web-2`."""
    call = a_call("UpdateFunctionConfiguration20150331v2", service="lambda", request={"functionName": name})

    assert responsible(a_change("web", type="AWS::Lambda::Function"), call) is None


@pytest.mark.parametrize(
    "request_",
    [
        {"functionName": "api", "description": "web"},
        {"functionName": "api", "tags": {"app": "web", "name": "web"}},
        {"functionName": "api", "environment": {"variables": {"TARGET": "web"}}},
        {"functionName": "api", "status": "web"},
    ],
)
def test_a_name_in_a_tag_a_description_or_a_value_is_never_blamed(
    a_change: Build, a_call: Call, request_: dict[str, Any]
) -> None:
    """People write there what they like."""
    call = a_call("UpdateFunctionConfiguration20150331v2", service="lambda", request=request_)

    assert responsible(a_change("web", type="AWS::Lambda::Function"), call) is None


@pytest.mark.parametrize("name", ["ORDERS2024", "E1EXAMPLE12345", "ZONE123456789", "0123456789abcdef"])
def test_a_name_that_looks_generated_is_still_a_name(a_change: Build, a_call: Call, name: str) -> None:
    """A table may be called so; as a tag's value it is not the table."""
    call = a_call(
        "TagResource",
        service="dynamodb",
        request={
            "resourceArn": "arn:aws:dynamodb:eu-west-1:111122223333:table/customers",
            "tags": [{"key": "copied-from", "value": name}],
        },
    )

    assert responsible(a_change(name, type="AWS::DynamoDB::Table"), call) is None


def test_the_name_of_another_kind_of_thing_is_never_blamed(a_change: Build, a_call: Call) -> None:
    """`name` names what the call is about: a crawler, not the job of the same name."""
    call = a_call("UpdateCrawler", service="glue", request={"name": "nightly"})

    assert responsible(a_change("nightly", type="AWS::Glue::Job"), call) is None


def test_a_container_that_is_called_like_a_service_is_not_the_service(a_change: Build, a_call: Call) -> None:
    """A task definition names its containers."""
    arn = "arn:aws:ecs:eu-west-1:111122223333:service/prod/web"
    call = a_call("RegisterTaskDefinition", service="ecs", request={"containerDefinitions": [{"name": "web"}]})

    assert responsible(a_change(arn, type="AWS::ECS::Service", name="web", arn=arn), call) is None


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [("AWS::Lambda::Function", (BY_SUBJECT, ["UpdateResource"])), ("AWS::S3::Bucket", None)],
)
def test_cloud_control_says_which_type_it_means(
    a_change: Build, a_call: Call, type_name: str, expected: object
) -> None:
    """The bucket `web` is not the function `web`."""
    call = a_call(
        "UpdateResource",
        service="cloudcontrolapi",
        request={"typeName": type_name, "identifier": "web", "patchDocument": "[]"},
        response={"progressEvent": {"typeName": type_name, "identifier": "web", "operation": "UPDATE"}},
    )

    assert expected == responsible(a_change("web", type="AWS::Lambda::Function"), call)


def test_a_service_of_the_same_name_in_another_cluster_is_never_blamed(a_change: Build, a_call: Call) -> None:
    """The call carries the ARN of the other one."""
    arn = "arn:aws:ecs:eu-west-1:111122223333:service/{}/web"
    call = a_call(
        "UpdateService",
        service="ecs",
        request={"cluster": "test", "serviceName": "web"},
        response={"service": {"serviceArn": arn.format("test"), "serviceName": "web"}},
    )

    assert responsible(a_change(arn.format("prod"), type="AWS::ECS::Service", name="web"), call) is None


def test_the_default_group_of_another_vpc_is_never_blamed(a_change: Build, a_call: Call) -> None:
    """Every VPC has a group called `default`."""
    call = a_call(request={"groupId": "sg-2", "groupName": "default"})

    assert responsible(a_change("sg-1", name="default"), call) is None


def test_a_function_of_the_same_name_elsewhere_is_never_blamed(a_change: Build, a_call: Call) -> None:
    """The ARN in the call is another account's function, which happens to be called so too."""
    call = a_call(
        "AddPermission20150331v2",
        service="lambda",
        request={"functionName": "web", "principal": "x"},
        resources=[{"ARN": "arn:aws:lambda:eu-west-1:444455556666:function:web"}],
    )
    change = a_change(
        "web", type="AWS::Lambda::Function", arn="arn:aws:lambda:eu-west-1:111122223333:function:web", name="web"
    )

    assert responsible(change, call) is None


def test_a_name_beside_the_arn_of_another_kind_of_thing_counts(a_change: Build, a_call: Call) -> None:
    """The policy that is attached is no rival of the role."""
    call = a_call(
        "AttachRolePolicy",
        service="iam",
        region="us-east-1",
        request={"roleName": "deploy", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    )
    arn = "arn:aws:iam::111122223333:role/deploy"
    change = a_change("AROAEXAMPLE12345678", type="AWS::IAM::Role", name="deploy", arn=arn, region="global")

    assert (BY_SUBJECT, ["AttachRolePolicy"]) == responsible(change, call)


@pytest.mark.parametrize(("name", "expected"), [("web", None), ("team/web", (BY_SUBJECT, ["PutLifecyclePolicy"]))])
def test_the_last_part_of_a_longer_name_is_another_name(
    a_change: Build, a_call: Call, name: str, expected: object
) -> None:
    """The repository `web` is not the repository `team/web`."""
    call = a_call("PutRepositoryPolicy", service="ecr", request={"repositoryName": name})
    arn = "arn:aws:ecr:eu-west-1:111122223333:repository/team/web"
    found = responsible(a_change("team/web", type="AWS::ECR::Repository", name="team/web", arn=arn), call)

    assert (expected is None) == (found is None)


# Ids inside the diff


def test_an_association_inside_the_diff_names_its_route_table(a_change: Build, a_call: Call) -> None:
    """`DisassociateRouteTable` names only `rtbassoc-…`."""
    gone = {"routeTableAssociationId": "rtbassoc-1", "routeTableId": "rtb-1", "subnetId": "subnet-1"}
    change = a_change("rtb-1", type="AWS::EC2::RouteTable", properties={"Configuration.Associations.0": (gone, None)})
    call = a_call("DisassociateRouteTable", request={"associationId": "rtbassoc-1"})

    assert (BY_SUBJECT, ["DisassociateRouteTable"]) == responsible(change, call)


def test_another_association_is_never_blamed(a_change: Build, a_call: Call) -> None:
    """Whole ids here too."""
    change = a_change(
        "rtb-1",
        type="AWS::EC2::RouteTable",
        properties={"Configuration.Associations.0": ({"routeTableAssociationId": "rtbassoc-12"}, None)},
    )

    assert responsible(change, a_call("DisassociateRouteTable", request={"associationId": "rtbassoc-1"})) is None


def test_a_related_resource_inside_the_diff_is_not_the_resource(a_change: Build, a_call: Call) -> None:
    """The subnet stands in the instance's interfaces and is a resource of its own."""
    change = a_change(
        "i-1",
        type="AWS::EC2::Instance",
        properties={"Configuration.NetworkInterfaces.0": (None, {"subnetId": "subnet-1"})},
        relations=(Relation("AWS::EC2::Subnet", "subnet-1"),),
    )

    assert responsible(change, a_call("ModifySubnetAttribute", request={"subnetId": "subnet-1"})) is None


def test_a_neighbour_inside_the_diff_is_not_the_resource(a_change: Build, a_call: Call) -> None:
    """A rule of `sg-1` refers to `sg-2`; a call on `sg-2` did not change `sg-1`."""
    rule = {"userIdGroupPairs": [{"groupId": "sg-2"}]}
    change = a_change("sg-1", properties={"Configuration.IpPermissions.0": (None, rule)})

    assert responsible(change, a_call(on="sg-2")) is None


# Verb and change type


@pytest.mark.parametrize(
    ("name", "change_type", "expected"),
    [
        ("CreateSecurityGroup", "DELETE", Standing.DISAGREES),
        ("DeleteSecurityGroup", "CREATE", Standing.DISAGREES),
        ("DeleteSecurityGroup", "DELETE", Standing.SUBJECT),
        ("DeleteSecurityGroup", "UPDATE", Standing.SUBJECT),
        ("CreateSecurityGroup", "CREATE", Standing.SUBJECT),
        ("AuthorizeSecurityGroupIngress", "DELETE", Standing.DISAGREES),
        ("RevokeSecurityGroupIngress", "DELETE", Standing.DISAGREES),
        ("RevokeSecurityGroupEgress", "DELETE", Standing.DISAGREES),
        ("AuthorizeSecurityGroupIngress", "CREATE", Standing.SUBJECT),
        ("RevokeSecurityGroupEgress", "CREATE", Standing.SUBJECT),
    ],
)
def test_verb_and_change_type_must_agree(
    a_change: Build, a_call: Call, name: str, change_type: str, expected: Standing
) -> None:
    """A deletion is not explained by a call that makes or alters."""
    assert expected == stands(a_change(change_type=change_type), a_call(name))


@pytest.mark.parametrize(
    ("name", "service", "resource_type", "request_"),
    [
        ("ScheduleKeyDeletion", "kms", "AWS::KMS::Key", {"keyId": "x-1"}),
        ("TerminateInstances", "ec2", "AWS::EC2::Instance", {"instancesSet": {"items": [{"instanceId": "x-1"}]}}),
        ("DeregisterImage", "ec2", "AWS::EC2::Image", {"imageId": "x-1"}),
        ("ReleaseHosts", "ec2", "AWS::EC2::Host", {"hostId": "x-1"}),
        ("DeleteResource", "cloudcontrolapi", "AWS::EC2::EIP", {"identifier": "x-1"}),
    ],
)
def test_calls_that_remove_explain_a_deletion(
    a_change: Build, a_call: Call, name: str, service: str, resource_type: str, request_: dict[str, Any]
) -> None:
    """Whatever the service calls it."""
    call = a_call(name, service=service, request=request_)

    assert Standing.SUBJECT == stands(a_change("x-1", type=resource_type, change_type="DELETE"), call)


@pytest.mark.parametrize(
    ("name", "resource_type", "request_"),
    [
        ("RemoveUserFromGroup", "AWS::IAM::User", {"userName": "bob", "groupName": "admins"}),
        ("DetachRolePolicy", "AWS::IAM::Role", {"roleName": "bob"}),
        ("DeleteRolePolicy", "AWS::IAM::Role", {"roleName": "bob"}),
        ("DeleteAccessKey", "AWS::IAM::User", {"userName": "bob"}),
    ],
)
def test_removing_a_part_does_not_explain_a_deletion(
    a_change: Build, a_call: Call, name: str, resource_type: str, request_: dict[str, Any]
) -> None:
    """Before a user is deleted, their keys and groups go."""
    change = a_change("bob", type=resource_type, change_type="DELETE", region="global")

    assert Standing.DISAGREES == stands(change, a_call(name, service="iam", request=request_, region="us-east-1"))


# Several calls, several items


def test_the_call_closest_before_capture_leads(a_change: Build, a_call: Call) -> None:
    """All subject calls are listed."""
    calls = [
        a_call("CreateTags", request={"resourcesSet": {"items": [{"resourceId": "sg-1"}]}}, later=5),
        a_call(later=30),
    ]

    assert (BY_SUBJECT, ["AuthorizeSecurityGroupIngress", "CreateTags"]) == responsible(a_change(), *calls)


def test_a_call_that_explained_an_earlier_item_does_not_explain_the_next(a_change: Build, a_call: Call) -> None:
    """While there is another."""
    first, second = a_call(), a_call("RevokeSecurityGroupIngress", later=20)

    assert (BY_SUBJECT, ["RevokeSecurityGroupIngress"]) == responsible(
        a_change(), first, second, explained=(first.event_id,)
    )


def test_one_act_captured_twice_is_already_reported(a_change: Build, a_call: Call) -> None:
    """Only where nothing else is a candidate."""
    call = a_call()

    assert (ALREADY_REPORTED, ["AuthorizeSecurityGroupIngress"]) == responsible(
        a_change(), call, explained=(call.event_id,)
    )


def test_the_lag_is_from_the_leading_call_to_capture(a_change: Build, a_call: Call) -> None:
    """41 seconds."""
    found = attribute(a_change(), [a_call()], window=Window())

    assert found is not None
    assert timedelta(seconds=41) == found.lag


# By relationship


def a_volume(a_change: Build, change_type: str = "CREATE", **more: Any) -> Change:
    """The volume of instance `i-1`."""
    return a_change(
        "vol-1",
        type="AWS::EC2::Volume",
        change_type=change_type,
        relations=(Relation("AWS::EC2::Instance", "i-1"),),
        **more,
    )


def test_a_launched_instances_volume_is_explained_by_the_launch(a_change: Build, a_call: Call) -> None:
    """No call names the volume."""
    launch = a_call("RunInstances", request={}, response={"instancesSet": {"items": [{"instanceId": "i-1"}]}})
    instance = a_change("i-1", type="AWS::EC2::Instance", change_type="CREATE")
    found = attribute_by_relationship(a_volume(a_change), [Neighbour(instance, (launch,))], window=Window())

    assert found is not None
    assert (BY_RELATIONSHIP, (launch,), instance) == (found.how, found.calls, found.neighbour)


@pytest.mark.parametrize(
    "fields", [{"later": -1800}, {"later": 60}, {"account": "444455556666"}, {"name": "TerminateInstances"}]
)
def test_a_neighbours_call_must_fit_the_change(a_change: Build, a_call: Call, fields: dict[str, Any]) -> None:
    """In time, in account and in what it does."""
    call = a_call(**({"name": "RunInstances"} | fields))
    neighbour = Neighbour(a_change("i-1", type="AWS::EC2::Instance"), (call,))

    assert attribute_by_relationship(a_volume(a_change), [neighbour], window=Window()) is None


def test_the_neighbour_whose_call_is_closest_explains(a_change: Build, a_call: Call) -> None:
    """One neighbour, not all of them."""
    near, far = a_call("ModifyInstanceAttribute", later=30), a_call("ModifyVpcAttribute")
    neighbours = [
        Neighbour(a_change("vpc-1", type="AWS::EC2::VPC"), (far,)),
        Neighbour(a_change("i-1", type="AWS::EC2::Instance"), (near,)),
    ]
    found = attribute_by_relationship(a_volume(a_change, "UPDATE"), neighbours, window=Window())

    assert found is not None
    assert (near,) == found.calls
