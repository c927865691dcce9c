"""How somebody called: what AWS writes first, what the caller says second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from manual_change.domain.tools import USER_AGENTS, invoking_service, service_named, via_of

Record = Callable[..., dict[str, Any]]

AGENTS = [
    ("APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) aws-sdk-go-v2/1.31.0", "terraform"),
    ("APN/1.0 OpenTofu/1.8.2 aws-sdk-go-v2/1.31.0 os/linux", "terraform"),
    ("APN/1.0 Pulumi/1.0 PulumiAws/6.52 aws-sdk-go-v2/1.31.0", "pulumi"),
    ("aws-cdk/2.160.0 aws-sdk-nodejs/3.658.0 ua/2.0", "cdk"),
    ("aws-sdk-js/3.658.0 exec-env/aws-cdk-2.160.0", "cdk"),
    ("cdk-cli/2.1100.1 aws-sdk-js/3.658.0", "cdk"),
    ("aws-sdk-js/3.658.0 md/nodejs cdk/2.160.0", "cdk"),
    ("aws-cli/2.17.0 md/awscrt#0.20.11 exec-env/CloudShell Botocore/1.34", "cli"),
    ("AWSPowerShell/4.1.650.0 .NET_Core/6.0", "cli"),
    ("AWS-Tools-for-PowerShell/5.0 ClientAsync", "cli"),
    ("signin.amazonaws.com", "console"),
    ("console.amazonaws.com", "console"),
    ("console.ec2.amazonaws.com", "console"),
    ("console.aws.amazon.com", "console"),
    ("AWSConsole/1.0, aws-internal/3", "console"),
    ("[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12]", "console"),
    ("Console for EventBridge Scheduler", "console"),
    ("AWS CloudWatch Console", "console"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36", "console"),
    ("Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux", "sdk"),
    ("Botocore/1.35.0 Python/3.12", "sdk"),
    ("aws-sdk-go-v2/1.31.0 os/linux lang/go", "sdk"),
    ("Boto/2.49.0 Python/2.7.18", "sdk"),
    ("AWS Internal", "unknown"),
    ("Coral/Jakarta", "unknown"),
    ("cloudformation.amazonaws.com", "unknown"),
    ("autoscaling.amazonaws.com", "unknown"),
    ("consolex.ec2.amazonaws.com", "unknown"),
    ("console.example.com", "unknown"),
    ("", "unknown"),
    (None, "unknown"),
    (["aws-cli/2"], "unknown"),
]
"""User agents as tools and consoles write them. Tools stand before the SDKs that they are made of."""


@pytest.mark.parametrize(("agent", "via"), AGENTS)
def test_a_user_agent_names_its_tool(a_record: Record, agent: object, via: str) -> None:
    """A service's name as user agent is a caller's word like any other."""
    assert via == via_of(a_record(userAgent=agent))


def test_every_mark_of_the_table_decides_for_a_user_agent() -> None:
    """Without its row, each of these user agents would be read differently."""
    agents = [(agent.lower(), via) for agent, via in AGENTS if isinstance(agent, str)]

    def read(agent: str, rows: tuple[tuple[str, str], ...]) -> str:
        return next((tool for mark, tool in rows if mark in agent), "unknown")

    for row in USER_AGENTS:
        rest = tuple(other for other in USER_AGENTS if other != row)
        assert any(read(agent, rest) != via == row[1] for agent, via in agents), row


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("ssm.amazonaws.com", "ssm"),
        ("cloudformation.amazonaws.com.cn", "cloudformation"),
        ("replication.dynamodb.amazonaws.com", "replication.dynamodb"),
        ("signin.amazonaws.com", None),
        ("console.amazonaws.com", None),
        ("console.ec2.amazonaws.com", None),
        ("AWS Internal", None),
        (".amazonaws.com", None),
        ("ssm.amazonaws.com.example.com", None),
        ("203.0.113.7", None),
        (None, None),
        (7, None),
    ],
)
def test_a_service_is_named_by_its_address(name: object, service: str | None) -> None:
    """`AWS Internal` and the sign-in service stand for people's console actions too."""
    assert service == service_named(name)


def test_the_service_that_called_is_read_from_invoked_by(a_record: Record, an_iam_user: Record) -> None:
    """AWS writes `invokedBy`; the source address of another service is only shown."""
    by = an_iam_user() | {"invokedBy": "ssm.amazonaws.com"}

    assert ("ssm", None) == (
        invoking_service(a_record(by=by)),
        invoking_service(a_record(sourceIPAddress="ssm.amazonaws.com")),
    )


@pytest.mark.parametrize("identity", [None, "root", [], {"invokedBy": 7}])
def test_an_odd_identity_names_no_service(a_record: Record, identity: object) -> None:
    """Fields of another type than documented are as good as absent."""
    assert invoking_service(a_record(userIdentity=identity)) is None


def test_cloudformation_is_recognised_by_its_source_address(a_record: Record) -> None:
    """AWS writes both `invokedBy` and the source address of a service."""
    assert "cloudformation" == via_of(a_record(sourceIPAddress="cloudformation.amazonaws.com", userAgent="aws-cli/2"))


def test_a_service_that_called_outranks_the_user_agent(a_record: Record, an_iam_user: Record) -> None:
    """What AWS writes comes before what the caller says."""
    by = an_iam_user() | {"invokedBy": "autoscaling.amazonaws.com"}

    assert "autoscaling" == via_of(a_record(by=by, userAgent="aws-cli/2"))


@pytest.mark.parametrize(
    ("agent", "via"),
    [
        ("AWS Internal", "console"),
        ("aws-sdk-java/2.1", "console"),
        ("aws-cli/2.1", "cli"),
        ("Terraform/1", "terraform"),
    ],
)
@pytest.mark.parametrize("flag", [True, "true"])
def test_credentials_of_the_console_say_console_where_the_agent_says_nothing(
    a_record: Record, agent: str, via: str, flag: object
) -> None:
    """The console calls with SDKs and with `AWS Internal`; CloudShell's command line is a command line."""
    assert via == via_of(a_record(userAgent=agent, sessionCredentialFromConsole=flag))
