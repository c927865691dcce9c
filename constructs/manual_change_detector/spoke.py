"""ManualChangeDetectorSpoke: what an account and region sends to the hub, and what the hub may ask there.

Rules and roles only: no function, no asset, nothing that has to be bootstrapped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from aws_cdk import Annotations, Aws, CfnCondition, CfnResource, Fn, Stack, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from manual_change_detector import blinding_calls as blinding
from manual_change_detector import props
from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.alarm_topic import for_rules_of_ours
from manual_change_detector.config_source import MESSAGE_TYPES
from manual_change_detector.deployments import DEPLOYING_ROLES, checked_roles
from manual_change_detector.notices import API_CALL
from manual_change_detector.place import in_the_same_place
from manual_change_detector.spoke_guard import BY_TAMPERING, BY_THE_GUARD, own_stack
from manual_change_detector.spoke_names import (
    CALLS_RULE,
    CHANGES_RULE,
    FORWARD_ROLE,
    GUARD_ROLE,
    GUARD_RULE,
    LOOKUP_ROLE,
    PREFIX,
    SPOKE,
    STACK_RULE,
    TAMPERING_RULE,
)
from manual_change_detector.tampering import any_of, details

StreamsCalls = Literal["none", "everyone", "people"]
"""Whose API calls a spoke forwards."""

READS: Final = (
    "cloudtrail:LookupEvents",
    "config:DescribeConfigurationRecorderStatus",
    "config:DescribeConfigurationRecorders",
    "config:DescribeDeliveryChannelStatus",
    "config:GetResourceConfigHistory",
    "events:TestEventPattern",
)
"""What the hub may ask in an account, besides about the spoke's own rules."""


SERVICE_EVENT: Final = "AWS Service Event via CloudTrail"
"""What a service did without being called (CloudTrail user guide, "AWS service events")."""


class ManualChangeDetectorSpoke(Construct):
    """Forwards what AWS Config recorded, and who tampers with it, to the hub's bus; lets the hub's roles look up.

    One in each account and region. CloudTrail hands the calls of IAM and other global services to EventBridge in
    us-east-1 only (us-gov-west-1, cn-north-1): a spoke belongs there too, or nobody is told when its roles are altered.
    EventBridge hears of API calls only where a trail logs management events.
    """

    rules: tuple[events.Rule, ...]
    lookup_role: iam.Role
    """Exists in the home region only."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        hub_bus_arn: str,
        hub_roles: Sequence[str],
        home_region: str,
        organization_id: str,
        forwards_changes: bool = True,
        streams_calls: StreamsCalls = "none",
        deploying_roles: Sequence[str] = DEPLOYING_ROLES,
    ) -> None:
        """Put the spoke into the account and region of its stack.

        Args:
            scope: the stack, or a construct in it. An account and region has one spoke: its names are fixed.
            construct_id: the spoke's name in its scope.
            hub_bus_arn: the hub's bus (`hub.bus.event_bus_arn`). Rules send there directly, also from other regions:
                EventBridge takes an event from one bus to a second, and never to a third.
            hub_roles: ARNs of the roles with which the hub reads here (`hub.reading_roles`).
            home_region: the region whose spoke has the lookup role; the hub's, as a rule.
            organization_id: `o-…`; nobody outside may assume the lookup role, whatever his role is called.
            forwards_changes: whether what AWS Config recorded is forwarded. False where the hub has it from a topic.
                Left out: it is.
            streams_calls: forward successful writes too, for `Attribution.stream()`: those of `everyone`, or of
                `people`: neither AWS's services nor their service-linked roles. Left out: `none`.
            deploying_roles: names (globs) of the roles that deploy the spoke, whose deployments are not told. Left
                out: `deployments.DEPLOYING_ROLES`, those of StackSets, Control Tower, Landing Zone Accelerator and the
                CDK.

        Raises:
            TypeError: `deploying_roles` is no list of texts.
            ValueError: the bus is no bus, there are no roles, region or organization are none, nothing such can be
                streamed, or the account and region has a spoke.
        """
        super().__init__(scope, construct_id)
        _check(hub_bus_arn, hub_roles, streams_calls)
        _refuse_a_second(self)
        props.region("home_region", home_region)
        props.organization_id(organization_id)
        if streams_calls != "none":
            self._ask_for_a_telling_name()
        deployers = checked_roles(deploying_roles)
        self._bus = events.EventBus.from_event_bus_arn(self, "HubBus", hub_bus_arn)
        forward = self._forwarder("ForwardRole", FORWARD_ROLE)
        guard = self._forwarder("GuardRole", GUARD_ROLE)
        [updates] = details(own_stack(blinding.STACK_UPDATES), deployers)
        rules = []
        if forwards_changes:
            rules.append(self._rule("Changes", CHANGES_RULE, forward, pattern=changes(), says="What AWS Config saw"))
        if streams_calls != "none":
            rules.append(self._rule("Calls", CALLS_RULE, forward, pattern=calls(streams_calls), says="API calls"))
        self.rules = (
            *rules,
            self._rule(
                "Tampering",
                TAMPERING_RULE,
                forward,
                pattern=_api_calls(any_of(BY_TAMPERING, deployers)),
                says="Whoever touches AWS Config, a trail or this spoke",
            ),
            self._rule(
                "Guard",
                GUARD_RULE,
                guard,
                pattern=_api_calls(any_of([*BY_THE_GUARD, own_stack(blinding.STACK)], deployers)),
                says="Whoever touches the rule that tells of tampering, or deletes this stack",
            ),
            self._rule(
                "Stack",
                STACK_RULE,
                guard,
                pattern=_api_calls(updates),
                says="Whoever changes this stack and does not deploy it",
            ),
        )
        self.lookup_role = self._lookup_role(hub_bus_arn, hub_roles, organization_id)
        home = CfnCondition(self, "IsHome", expression=Fn.condition_equals(Aws.REGION, home_region))
        for part in self.lookup_role.node.find_all():
            if isinstance(part, CfnResource):
                part.cfn_options.condition = home

    def _rule(
        self, construct_id: str, name: str, role: iam.Role, *, pattern: events.EventPattern, says: str
    ) -> events.Rule:
        return events.Rule(
            self,
            construct_id,
            rule_name=name,
            description=f"{says}, to the hub of the manual-change detector",
            event_pattern=pattern,
            targets=[targets.EventBus(self._bus, role=role)],
        )

    def _forwarder(self, construct_id: str, name: str) -> iam.Role:
        """A role that puts events on the hub's bus: for this account's rules of this name, and nobody else's."""
        return iam.Role(
            self,
            construct_id,
            role_name=f"{name}{Aws.REGION}",
            assumed_by=for_rules_of_ours(self, called=f"{PREFIX}*"),
            description="Forwards to the hub of the manual-change detector",
        )

    def _lookup_role(self, hub_bus_arn: str, hub_roles: Sequence[str], organization_id: str) -> iam.Role:
        """Trusts the hub's account as far as these roles of it: a role that is made again is the same to a condition,
        and not to a principal, which IAM turns into the id of the role that was there."""
        hub_account = Fn.select(4, Fn.split(":", hub_bus_arn))
        role = iam.Role(
            self,
            "LookupRole",
            role_name=LOOKUP_ROLE,
            description="Lets the hub of the manual-change detector read who called what; it can change nothing",
            assumed_by=iam.PrincipalWithConditions(
                iam.ArnPrincipal(f"arn:{Aws.PARTITION}:iam::{hub_account}:root"),
                {
                    "ArnEquals": {"aws:PrincipalArn": list(hub_roles)},
                    "StringEquals": {"aws:PrincipalOrgID": organization_id},
                },
            ),
        )
        role.add_to_policy(iam.PolicyStatement(actions=list(READS), resources=["*"]))
        reason = "these only read, and none of them knows resources to be limited to"
        acknowledge(role, rule="IAM5[Resource::*]", reason=reason)
        permit_asking_about_rules(role)
        return role

    def _ask_for_a_telling_name(self) -> None:
        """Among all the calls that are forwarded, the hub knows a spoke's stack by its name."""
        name = Stack.of(self).stack_name
        if not Token.is_unresolved(name) and SPOKE not in name:
            Annotations.of(self).add_warning_v2(
                "manual-change-detector:spoke-stack-name",
                f"the stack is called {name}; where calls are streamed, the hub tells of the deletion of stacks with "
                f"{SPOKE} in their names only: call it {SPOKE}, or {SPOKE} and something more",
            )


def permit_asking_about_rules(grantee: iam.Role | lambda_.Function) -> None:
    """Ask whether a spoke's rules are on, and where they send: in this account, in each region."""
    rules = f"arn:{Aws.PARTITION}:events:*:{Aws.ACCOUNT_ID}:rule/{PREFIX}*"
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=["events:DescribeRule", "events:ListTargetsByRule"], resources=[rules])
    )
    finding = f"IAM5[Resource::arn:<AWS::Partition>:events:*:<AWS::AccountId>:rule/{PREFIX}*]"
    acknowledge(grantee.node.scope or grantee, rule=finding, reason="a spoke's own rules, which are only read")


def changes() -> events.EventPattern:
    """What AWS Config recorded, in the forms that are changes."""
    return events.EventPattern(
        source=["aws.config"],
        detail_type=["Config Configuration Item Change"],
        detail={"messageType": MESSAGE_TYPES},
    )


def calls(streams_calls: StreamsCalls) -> events.EventPattern:
    """Successful writes, as far as the records say so: what does not say whether it reads is judged by who takes it.

    A person's call has no issuer where he is an IAM user, so that one without counts too; and so does an identity
    that does not say its type, which may be anybody's. What AWS did by itself, without a call, is no person's.
    """
    detail: dict[str, Any] = {"readOnly": [False, "false", {"exists": False}], "errorCode": [{"exists": False}]}
    kinds = [API_CALL]
    if streams_calls == "everyone":
        kinds.append(SERVICE_EVENT)
    if streams_calls == "people":
        service_linked = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/aws-service-role/"
        detail["userIdentity"] = {
            "type": [{"exists": False}, {"anything-but": ["AWSService"]}],
            "sessionContext": {
                "sessionIssuer": {"arn": [{"exists": False}, {"anything-but": {"prefix": service_linked}}]}
            },
        }
    return events.EventPattern(source=events.Match.prefix("aws."), detail_type=kinds, detail=detail)


def _refuse_a_second(spoke: ManualChangeDetectorSpoke) -> None:
    for other in spoke.node.root.node.find_all():
        if isinstance(other, ManualChangeDetectorSpoke) and other is not spoke and in_the_same_place(other, spoke):
            raise ValueError(
                f"{spoke.node.path} would be the second spoke of its account and region, after {other.node.path}, and "
                "their rules and roles have the same names; one is enough: leave this one out, or give its stack the "
                "account and region that it is for (env)"
            )


def _check(hub_bus_arn: str, hub_roles: Sequence[str], streams_calls: str) -> None:
    if not Token.is_unresolved(hub_bus_arn) and ":event-bus/" not in hub_bus_arn:
        raise ValueError(
            f"hub_bus_arn is {hub_bus_arn!r}; give the ARN of the hub's bus, "
            "arn:aws:events:REGION:ACCOUNT:event-bus/manual-change-detector"
        )
    if not Token.is_unresolved(hub_roles):
        if isinstance(hub_roles, str) or not hub_roles:
            raise ValueError(f"hub_roles is {hub_roles!r}; a list with the ARNs of the hub's roles is expected")
        for role in hub_roles:
            if not Token.is_unresolved(role) and (":role/" not in role or "*" in role):
                raise ValueError(f"hub_roles names {role!r}; give whole ARNs: arn:aws:iam::ACCOUNT:role/NAME")
    if streams_calls not in ("none", "everyone", "people"):
        raise ValueError(f"streams_calls is {streams_calls!r}; it is 'none', 'everyone' or 'people'")


def _api_calls(detail: Mapping[str, Any]) -> events.EventPattern:
    """The pattern of such records on a default bus, as the CDK's rules take it."""
    return events.EventPattern(source=events.Match.prefix("aws."), detail_type=[API_CALL], detail=detail)
