"""The evidence table (DESIGN, section 5.4): each row, its order, and those who would like to pass for another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from manual_change.domain.api_call import ApiCall
from manual_change.domain.evidence import ROWS, SERVICES_OF_CONSEQUENCE, Judged, asked, judge
from manual_change.domain.policy import AlwaysNotify, Policy, TrustedPrincipal

Build = Callable[..., Any]

ROOT = {"type": "Root", "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333"}
TRUST_ALL = Policy(trusted_principals=(TrustedPrincipal("arn:aws:*:*:*:*"),))
SSO = "/aws-reserved/sso.amazonaws.com/"


@pytest.fixture
def judged(a_call: Callable[..., ApiCall]) -> Callable[..., tuple[str, bool, str]]:
    """(kind, manual, reason) of a call by this identity."""

    def ask(by: Mapping[str, Any], *, policy: Policy | None = None, **fields: Any) -> tuple[str, bool, str]:
        found = judge(a_call(by=by, **fields), policy or Policy())
        return found.actor.kind, found.manual, found.reason

    return ask


@pytest.fixture
def examined(a_call: Callable[..., ApiCall]) -> Callable[..., Judged]:
    """The whole judgement of a call by this identity."""
    return lambda by, **fields: judge(a_call(by=by, **fields), Policy())


# 1: AWS itself


def test_a_service_event_is_aws_itself(judged: Build) -> None:
    """KMS rotates a key: no identity type, an AwsServiceEvent."""
    identity = {"accountId": "111122223333", "invokedBy": "kms.amazonaws.com"}

    assert ("aws-service", False, "aws-service") == judged(identity, eventType="AwsServiceEvent")


def test_the_type_aws_service_is_aws_itself(judged: Build) -> None:
    """CloudTrail writes it for calls that a service makes on its own behalf."""
    identity = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}

    assert ("aws-service", False, "aws-service") == judged(identity)


def test_a_service_linked_role_is_aws_itself(judged: Build, a_role_session: Build) -> None:
    """AWS reserves the path `/aws-service-role/`: nobody else can put a role there."""
    role = a_role_session("AWSServiceRoleForRDS", "SLRManagement", path="/aws-service-role/rds.amazonaws.com/")

    assert ("aws-service", False, "aws-service") == judged(role)


def test_aws_itself_stands_before_always_notify(judged: Build, a_role_session: Build) -> None:
    """Row 1 is examined first, whatever the policy says."""
    role = a_role_session("AWSServiceRoleForRDS", "SLRManagement", path="/aws-service-role/rds.amazonaws.com/")
    policy = Policy(always_notify=(AlwaysNotify("arn:aws:*:*:*:*"),))

    assert ("aws-service", False, "aws-service") == judged(role, policy=policy)


@pytest.mark.parametrize(
    "forged",
    [
        {"role": "AWSServiceRoleForRDS"},
        {"role": "AWSServiceRoleForRDS", "path": "/team/aws-service-role/rds.amazonaws.com/"},
        {"session": "aws-service-role"},
        {"role": "aws-service-role"},
    ],
)
def test_a_role_that_is_named_like_a_service_linked_one_is_not(
    judged: Build, a_role_session: Build, forged: dict[str, str]
) -> None:
    """Names and sessions are what a caller chooses."""
    assert ("unknown", True, "unproven-principal") == judged(a_role_session(**forged))


# 2: always notify


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, "unknown"),
        ({"invokedBy": "cloudformation.amazonaws.com"}, "unknown"),
        ({"invokedBy": "ssm.amazonaws.com"}, "unknown"),
        ({"inScopeOf": {"issuerType": "AWS::Lambda::Function"}}, "workload"),
    ],
)
def test_a_principal_that_the_policy_always_reports_is_manual(
    judged: Build, a_role_session: Build, more: dict[str, Any], kind: str
) -> None:
    """Whatever follows: CloudFormation, another service, a machine."""
    policy = Policy(always_notify=(AlwaysNotify("arn:aws:iam::*:role/break-glass"),))

    assert (kind, True, "always-notify") == judged(a_role_session("break-glass", **more), policy=policy)


def test_always_notify_outranks_trust(judged: Build, a_role_session: Build) -> None:
    """Somebody whom one entry trusts and another always reports is no pipeline."""
    policy = Policy(
        always_notify=(AlwaysNotify("arn:aws:iam::*:role/break-glass"),),
        trusted_principals=(TrustedPrincipal("arn:aws:iam::*:role/*"),),
    )

    assert ("unknown", True, "always-notify") == judged(a_role_session("break-glass"), policy=policy)


def test_always_notify_keeps_who_it_is(judged: Build, an_iam_user: Build) -> None:
    """The kind is what the other rows say."""
    policy = Policy(always_notify=(AlwaysNotify("arn:aws:iam::*:user/alice"),))
    via_cloudformation = an_iam_user() | {"invokedBy": "cloudformation.amazonaws.com"}

    assert ("person", True, "always-notify") == judged(via_cloudformation, policy=policy)


# 3: CloudFormation


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invokedBy", "cloudformation.amazonaws.com"),
        ("invokedBy", "cloudformation.amazonaws.com.cn"),
        ("sourceIPAddress", "cloudformation.amazonaws.com"),
    ],
)
def test_what_cloudformation_does_for_a_person_is_automated(
    judged: Build, an_iam_user: Build, field: str, value: str
) -> None:
    """AWS writes `invokedBy` and the source address; the person stays the actor."""
    invoked = {"by": an_iam_user() | {"invokedBy": value}} if field == "invokedBy" else {"by": an_iam_user()}
    fields = {} if field == "invokedBy" else {field: value}

    assert ("person", False, "cloudformation") == judged(**invoked, **fields)


def test_what_cloudformation_does_for_root_is_automated(judged: Build) -> None:
    """Root does not call by itself there; row 3 stands before row 5."""
    assert ("root", False, "cloudformation") == judged(ROOT | {"invokedBy": "cloudformation.amazonaws.com"})


def test_a_user_agent_that_says_cloudformation_proves_nothing(judged: Build, an_iam_user: Build) -> None:
    """Anybody can send it."""
    assert ("person", True, "iam-user") == judged(an_iam_user(), userAgent="cloudformation.amazonaws.com")


def test_a_session_named_after_cloudformation_proves_nothing(judged: Build, a_role_session: Build) -> None:
    """Whoever assumes a role names the session."""
    assert ("unknown", True, "unproven-principal") == judged(a_role_session("admin", "AWSCloudFormation"))


@pytest.mark.parametrize(
    ("kind", "reason"), [("person", "iam-user"), ("root", "root"), ("unknown", "unproven-principal")]
)
def test_without_trust_in_cloudformation_the_principal_is_judged(
    judged: Build, an_iam_user: Build, a_role_session: Build, kind: str, reason: str
) -> None:
    """Policy `trust_cloudformation: false`: rows 5 to 9 decide."""
    identity = {"person": an_iam_user(), "root": ROOT, "unknown": a_role_session()}[kind]
    invoked = identity | {"invokedBy": "cloudformation.amazonaws.com"}

    assert (kind, True, reason) == judged(invoked, policy=Policy(trust_cloudformation=False))


def test_without_trust_in_cloudformation_a_trusted_role_stays_trusted(judged: Build, a_role_session: Build) -> None:
    """The team can still name the role that deploys."""
    policy = Policy(
        trust_cloudformation=False, trusted_principals=(TrustedPrincipal("arn:aws:iam::*:role/cdk-hnb659fds-*"),)
    )
    role = a_role_session("cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1", "AWSCloudFormation")

    assert ("pipeline", False, "trusted-principal") == judged(
        role | {"invokedBy": "cloudformation.amazonaws.com"}, policy=policy
    )


# 4: another service

CONSEQUENCES = """
    autoscaling autoscaling-plans application-autoscaling backup batch dax dlm ec2 ec2fleet ecs ecs-tasks edgelambda
    eks eks-fargate eks-nodegroup elasticache elasticfilesystem elasticloadbalancing elasticmapreduce es fsx lambda
    opensearchservice rds redshift replication.dynamodb spot spotfleet transitgateway vpc
""".split()
"""They scale, replace, attach and back up what another call, recorded itself, asked for."""

HANDS = "ssm cloudcontrolapi tagging servicecatalog ram apidestinations cloud9 amplify resource-explorer-2".split()
"""People steer these; nothing else tells that they did."""


@pytest.mark.parametrize("service", CONSEQUENCES)
def test_a_consequence_of_another_call_is_automated(judged: Build, an_iam_user: Build, service: str) -> None:
    """The call that led to it is recorded itself, and judged."""
    invoked = an_iam_user() | {"invokedBy": f"{service}.amazonaws.com"}

    assert ("person", False, "service-consequence") == judged(invoked)


def test_every_service_of_consequence_is_known_to_this_test() -> None:
    """A service is put on the table on purpose: it makes a person's call silent."""
    assert set(CONSEQUENCES) == SERVICES_OF_CONSEQUENCE


@pytest.mark.parametrize("service", HANDS)
def test_a_service_in_a_persons_hands_is_manual(judged: Build, an_iam_user: Build, service: str) -> None:
    """Systems Manager and Cloud Control do what the person told them to."""
    assert ("person", True, "service-for-person") == judged(an_iam_user() | {"invokedBy": f"{service}.amazonaws.com"})


def test_a_consequence_of_roots_call_is_automated(judged: Build) -> None:
    """Auto Scaling acted as root until 2018."""
    assert ("root", False, "service-consequence") == judged(ROOT | {"invokedBy": "autoscaling.amazonaws.com"})


def test_a_service_in_roots_hands_is_manual(judged: Build) -> None:
    """Row 4, second half."""
    assert ("root", True, "service-for-person") == judged(ROOT | {"invokedBy": "ssm.amazonaws.com"})


def test_a_service_for_an_identity_center_person_is_in_their_hands(judged: Build, a_role_session: Build) -> None:
    """A person's role is a person's."""
    person = a_role_session("AWSReservedSSO_Admin_0123456789abcdef", "alice@example.com", path=SSO)

    assert ("person", True, "service-for-person") == judged(person | {"invokedBy": "ssm.amazonaws.com"})


@pytest.mark.parametrize("service", ["ssm", "autoscaling", "unheard-of"])
def test_a_service_for_a_role_that_is_no_persons_is_automated(
    judged: Build, a_role_session: Build, service: str
) -> None:
    """A service role does what the service was set up to do."""
    invoked = a_role_session("task-role", invokedBy=f"{service}.amazonaws.com")

    assert ("unknown", False, "service-for-role") == judged(invoked)


def test_a_service_for_a_workload_is_automated_though_workloads_are_reported(
    judged: Build, a_role_session: Build
) -> None:
    """Row 4 stands before row 8."""
    workload = a_role_session(invokedBy="kms.amazonaws.com", inScopeOf={"issuerType": "AWS::EC2::Instance"})

    assert ("workload", False, "service-for-role") == judged(workload, policy=Policy(notify_workloads=True))


@pytest.mark.parametrize("name", ["AWS Internal", "signin.amazonaws.com", "203.0.113.7", "ssm", ""])
def test_some_values_of_invoked_by_prove_nothing(
    judged: Build, a_role_session: Build, an_iam_user: Build, name: str
) -> None:
    """`AWS Internal` and the sign-in service are written for people's console actions too."""
    assert [("unknown", True, "unproven-principal"), ("person", True, "iam-user")] == [
        judged(a_role_session(invokedBy=name)),
        judged(an_iam_user() | {"invokedBy": name}),
    ]


@pytest.mark.parametrize("odd", [["AssumedRole"], {"AssumedRole": 1}, 7, None])
def test_an_identity_type_that_is_no_text_is_nobody(judged: Build, odd: object) -> None:
    """Nothing is automated because a field has an unexpected type."""
    assert ("unknown", True, "unproven-principal") == judged({"type": odd, "invokedBy": "ssm.amazonaws.com"})


# 5: root


def test_root_is_manual(judged: Build) -> None:
    """Calling by itself."""
    assert ("root", True, "root") == judged(ROOT)


def test_root_cannot_be_trusted(judged: Build) -> None:
    """No trust silences it, however wide the pattern."""
    assert ("root", True, "root") == judged(ROOT, policy=TRUST_ALL)


# 6: trusted


def test_a_trusted_principal_is_a_pipeline(judged: Build, a_role_session: Build) -> None:
    """The team named it."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::111122223333:role/deploy"),))

    assert ("pipeline", False, "trusted-principal") == judged(a_role_session("deploy"), policy=policy)


@pytest.mark.parametrize(
    "look_alike", [{"account": "444455556666"}, {"path": "/team/"}, {"role": "deploy2"}, {"role": "x-deploy"}]
)
def test_a_look_alike_of_a_trusted_role_is_not_trusted(
    judged: Build, a_role_session: Build, look_alike: dict[str, str]
) -> None:
    """The same name in another account or path is another role."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::111122223333:role/deploy"),))

    assert ("unknown", True, "unproven-principal") == judged(a_role_session(**look_alike), policy=policy)


def test_trust_stands_before_the_person(judged: Build, an_iam_user: Build) -> None:
    """A pipeline may run with an IAM user's key, if the team says so."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::111122223333:user/ci"),))

    assert ("pipeline", False, "trusted-principal") == judged(an_iam_user("ci"), policy=policy)


def test_trust_that_asks_for_a_tool_is_not_given_to_another(judged: Build, an_iam_user: Build) -> None:
    """`via` narrows trust."""
    policy = Policy(trusted_principals=(TrustedPrincipal("arn:aws:iam::*:user/ci", via=("terraform",)),))

    assert [False, True] == [
        judged(an_iam_user("ci"), policy=policy, userAgent=agent)[1] for agent in ("Terraform/1.9", "Mozilla/5.0")
    ]


# 7: a person


@pytest.mark.parametrize("flag", [True, "true", "True"])
def test_a_console_session_is_a_person(judged: Build, a_role_session: Build, flag: object) -> None:
    """AWS writes the flag, as boolean or as text."""
    assert ("person", True, "console-session") == judged(a_role_session(), sessionCredentialFromConsole=flag)


@pytest.mark.parametrize("flag", [False, "false", None, 1, "yes", ["true"]])
def test_another_flag_is_no_console_session(judged: Build, a_role_session: Build, flag: object) -> None:
    """Only true is true."""
    assert ("unknown", True, "unproven-principal") == judged(a_role_session(), sessionCredentialFromConsole=flag)


def test_a_source_identity_is_a_person(judged: Build, a_role_session: Build) -> None:
    """An identity provider set it when the role was assumed, and it cannot be changed afterwards."""
    session = a_role_session(sessionContext={"sourceIdentity": "alice"})

    assert ("person", True, "source-identity") == judged(session)


@pytest.mark.parametrize("path", [SSO, f"{SSO}eu-west-1/"])
def test_an_identity_center_role_is_a_person(judged: Build, a_role_session: Build, path: str) -> None:
    """AWS reserves the path; with a region in it outside of us-east-1."""
    session = a_role_session("AWSReservedSSO_Admin_0123456789abcdef", "alice@example.com", path=path)

    assert ("person", True, "identity-center") == judged(session)


@pytest.mark.parametrize("path", ["/", "/team/aws-reserved/sso.amazonaws.com/"])
def test_a_role_that_is_named_like_identity_centers_is_not_proven(
    judged: Build, a_role_session: Build, path: str
) -> None:
    """It is reported all the same, as nobody proven."""
    session = a_role_session("AWSReservedSSO_Admin_0123456789abcdef", "alice@example.com", path=path)

    assert ("unknown", True, "unproven-principal") == judged(session)


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ({"type": "SAMLUser", "userName": "alice"}, "saml"),
        ({"type": "AssumedRole", "identityProvider": "arn:aws:iam::111122223333:saml-provider/corp"}, "saml"),
        ({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/alice"}, "federated-principal"),
        ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}, "identity-center"),
        ({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice"}, "iam-user"),
    ],
)
def test_identities_of_people_are_people(judged: Build, identity: dict[str, Any], reason: str) -> None:
    """Whatever tool they call with: Terraform under a person's key is a person's key."""
    assert ("person", True, reason) == judged(identity, userAgent="Terraform/1.9")


# 8: a machine


@pytest.mark.parametrize(
    "more",
    [
        {"inScopeOf": {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": "arn:aws:lambda:…:function:f"}},
        {"sessionContext": {"inScopeOf": {"sourceArn": "arn:aws:ecs:…:task/t"}}},
        {"sessionContext": {"ec2RoleDelivery": "2.0"}},
        {"ec2RoleDelivery": "1.0"},
    ],
)
def test_credentials_that_aws_gave_to_a_machine_are_a_workloads(
    judged: Build, a_role_session: Build, more: dict[str, Any]
) -> None:
    """Automated, unless the policy wants to hear of workloads."""
    workload = a_role_session("app", **more)

    assert [("workload", False, "workload"), ("workload", True, "workload")] == [
        judged(workload, policy=Policy(notify_workloads=reported)) for reported in (False, True)
    ]


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({"credentialsIssuedTo": "arn:f", "sourceArn": "arn:s", "issuerType": "T"}, "credentials issued to arn:f"),
        ({"sourceArn": "arn:s", "issuerType": "T"}, "credentials issued to arn:s"),
        ({"issuerType": "AWS::EC2::Instance"}, "credentials issued to AWS::EC2::Instance"),
        ({"other": 1}, "credentials issued to a resource"),
    ],
)
def test_the_evidence_names_the_machine(
    examined: Build, a_role_session: Build, scope: dict[str, Any], words: str
) -> None:
    """As closely as the record does."""
    assert words == examined(a_role_session(inScopeOf=scope)).evidence


@pytest.mark.parametrize(
    ("identity", "words"),
    [
        (
            {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/a/b"},
            "assumed-role/a/b is a machine (AssumedRole)",
        ),
        ({}, "a caller without an ARN is a machine (no type at all)"),
    ],
)
def test_the_evidence_says_of_whom_nothing_is_proven(examined: Build, identity: dict[str, Any], words: str) -> None:
    """In words."""
    assert f"nothing proves that {words}" == examined(identity).evidence


@pytest.mark.parametrize(
    "more", [{"inScopeOf": {}}, {"inScopeOf": "x"}, {"ec2RoleDelivery": ""}, {"ec2RoleDelivery": ["2.0"]}]
)
def test_empty_or_odd_evidence_of_a_machine_is_none(judged: Build, a_role_session: Build, more: dict[str, Any]) -> None:
    """What we cannot prove to be a machine is reported."""
    assert ("unknown", True, "unproven-principal") == judged(a_role_session(**more))


def test_a_session_named_after_an_instance_is_no_machine(judged: Build, a_role_session: Build) -> None:
    """Whoever assumes a role names the session."""
    assert ("unknown", True, "unproven-principal") == judged(a_role_session("app", "i-0123456789abcdef0"))


def test_a_person_on_a_machine_is_a_person(judged: Build, a_role_session: Build) -> None:
    """Row 7 stands before row 8."""
    session = a_role_session(sessionContext={"sourceIdentity": "alice", "ec2RoleDelivery": "2.0"})

    assert ("person", True, "source-identity") == judged(session)


# 9: anybody else


@pytest.mark.parametrize(
    "identity",
    [
        {"type": "AssumedRole"},
        {"type": "WebIdentityUser", "userName": "repo:example/app:ref:refs/heads/main"},
        {"type": "AWSAccount", "accountId": "444455556666"},
        {"type": "Directory"},
        {"type": "Unknown"},
        {"type": "iamuser"},
        {"type": "root"},
        {},
    ],
)
def test_whom_nothing_proves_to_be_a_machine_is_reported(judged: Build, identity: dict[str, Any]) -> None:
    """A plain role session, web identity, another account, or no type at all."""
    assert ("unknown", True, "unproven-principal") == judged(identity)


# The table itself, and who it says it was


def test_the_rows_are_numbered_in_their_order() -> None:
    """As in the design."""
    assert list(range(1, 10)) == [row.number for row in ROWS]


def test_each_row_can_be_asked_until_one_decides(a_call: Build) -> None:
    """What `explain` shows: the rows that found nothing, and the evidence of the one that did."""
    answers = list(asked(a_call(), Policy()))

    assert [None] * 6 == [evidence for _, evidence in answers[:-1]]
    assert (7, "an IAM user: a person's password or access key") == (answers[-1][0].number, answers[-1][1])


@pytest.mark.parametrize(
    ("by", "name"),
    [
        ({"type": "Root", "userName": "the-account-alias"}, "root"),
        ({"type": "IAMUser", "userName": "alice", "arn": "arn:aws:iam::111122223333:user/team/alice"}, "alice"),
        ({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/team/alice"}, "alice"),
        ({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/alice"}, "alice"),
        ({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1"}}, "u-1"),
        ({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}, "autoscaling.amazonaws.com"),
        ({"type": "AWSAccount", "principalId": "AIDAEXAMPLE"}, "AIDAEXAMPLE"),
        ({}, "nobody named"),
    ],
)
def test_people_and_principals_have_a_name(examined: Build, by: dict[str, Any], name: str) -> None:
    """What people call them."""
    assert name == examined(by).actor.name


def test_an_identity_center_person_is_called_by_the_session(examined: Build, a_role_session: Build) -> None:
    """The session name is the person's login."""
    session = a_role_session("AWSReservedSSO_Admin_0123456789abcdef", "alice@example.com", path=SSO)

    assert "alice@example.com" == examined(session).actor.name


def test_a_role_session_is_called_by_both(examined: Build, a_role_session: Build) -> None:
    """Who took the role is not proven: role and session stand side by side."""
    assert "deploy/run-17" == examined(a_role_session("deploy", "run-17")).actor.name


def test_a_source_identity_names_the_person(examined: Build, a_role_session: Build) -> None:
    """The session's name is what the caller chose, the source identity is not."""
    assert "alice" == examined(a_role_session("admin", "x", sessionContext={"sourceIdentity": "alice"})).actor.name


@pytest.mark.parametrize(("said", "mfa"), [("true", True), ("false", False), (True, True), (None, None), ("?", None)])
def test_mfa_is_what_the_session_says(examined: Build, a_role_session: Build, said: object, mfa: bool | None) -> None:
    """None where the record does not say."""
    session = a_role_session(sessionContext={"attributes": {"mfaAuthenticated": said}})

    assert mfa is examined(session).actor.mfa


def test_the_actor_is_written_as_the_contract_says(examined: Build, an_iam_user: Build) -> None:
    """DESIGN, section 6: kind, name, principal, via, source_ip, mfa."""
    expected = {
        "kind": "person",
        "name": "alice",
        "principal": "arn:aws:iam::111122223333:user/alice",
        "via": "cli",
        "source_ip": "203.0.113.7",
        "mfa": None,
    }

    assert expected == examined(an_iam_user(), userAgent="aws-cli/2").actor.to_json()


@pytest.mark.parametrize(
    "identity",
    [
        "root",
        ["x"],
        {"sessionContext": "x"},
        {"sessionContext": {"sessionIssuer": []}},
        {"arn": 7, "type": "AssumedRole"},
        {"arn": "arn", "type": "AssumedRole"},
        {"arn": "", "principalId": 3},
    ],
)
def test_an_odd_identity_is_judged_and_reported(judged: Build, identity: object) -> None:
    """Never a crash, never silent because a field has an unexpected type."""
    assert judged(identity)[1]
