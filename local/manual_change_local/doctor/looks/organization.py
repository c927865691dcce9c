"""The organization: whose it is, which service control policies bind the account, what it administers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from manual_change_local.doctor.looks.visit import Visit
from manual_change_local.doctor.policies import Denial, denials
from manual_change_local.doctor.sight import ControlPolicy
from manual_change_local.doctor.unseen import Unseen, asked

NEEDED: Final = (
    "config:PutConfigurationRecorder",
    "config:PutDeliveryChannel",
    "cloudtrail:LookupEvents",
    "cloudwatch:PutMetricAlarm",
    "dynamodb:CreateTable",
    "events:PutRule",
    "iam:CreateRole",
    "lambda:CreateFunction",
    "secretsmanager:CreateSecret",
    "sns:CreateTopic",
    "sns:Subscribe",
    "sqs:CreateQueue",
)
"""What a detector is deployed with and works with; the first two only where it brings its own recorder."""


def look_at_the_organization(visit: Visit) -> None:
    """The management account is bound by no policy (Organizations user guide), so there none is looked for."""
    visit.say("the organization")
    sight, client = visit.sight, visit.client("organizations")
    sight.organization = asked(
        "organizations:DescribeOrganization", lambda: client.describe_organization()["Organization"]
    )
    if not isinstance(sight.organization, dict):
        return
    sight.delegated = asked(
        "organizations:ListDelegatedServicesForAccount",
        lambda: [
            service["ServicePrincipal"]
            for page in client.get_paginator("list_delegated_services_for_account").paginate(AccountId=sight.account)
            for service in page["DelegatedServices"]
        ],
        otherwise=[],
    )
    if sight.manages is False:
        visit.say("service control policies")
        sight.control_policies = tuple(_policies_of(client, sight.account))


def _policies_of(client: Any, account: str) -> Iterator[ControlPolicy | Unseen]:
    """Of the account, then of its units, at last of the root; `Unseen` where the view ends."""
    place: str | None = account
    while place is not None:
        attached = _attached_to(client, place)
        if isinstance(attached, Unseen):
            yield attached
            return
        for policy in attached:
            yield ControlPolicy(policy["Name"], place, _denials_of(client, policy))
        above = _above(client, place)
        if isinstance(above, Unseen):
            yield above
            return
        place = above


def _attached_to(client: Any, place: str) -> Any:
    return asked(
        "organizations:ListPoliciesForTarget",
        lambda: [
            policy
            for page in client.get_paginator("list_policies_for_target").paginate(
                TargetId=place, Filter="SERVICE_CONTROL_POLICY"
            )
            for policy in page["Policies"]
        ],
        otherwise=[],
    )


def _above(client: Any, place: str) -> str | Unseen | None:
    """The unit or root that holds the place; None: it is the root."""
    if place.startswith("r-"):
        return None
    parents = asked("organizations:ListParents", lambda: client.list_parents(ChildId=place)["Parents"], otherwise=[])
    if isinstance(parents, Unseen):
        return parents
    return next((str(parent["Id"]) for parent in parents), None)


def _denials_of(client: Any, policy: Any) -> tuple[Denial, ...] | Unseen:
    """AWS's own policies deny nothing (FullAWSAccess)."""
    if policy.get("AwsManaged"):
        return ()
    content = asked(
        "organizations:DescribePolicy", lambda: client.describe_policy(PolicyId=policy["Id"])["Policy"]["Content"]
    )
    return content if isinstance(content, Unseen) else denials(content or "{}", NEEDED)
