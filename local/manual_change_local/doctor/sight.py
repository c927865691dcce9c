"""What was seen of one account and region. Whatever could not be looked at is `Unseen`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from manual_change_local.doctor.policies import Denial, lets_subscribe
from manual_change_local.doctor.unseen import Unseen

TOWER_RECORDER: Final = "aws-controltower-BaselineConfigRecorder"
TOWER_TOPIC: Final = "aws-controltower-AllConfigNotifications"
"""What Control Tower calls the recorder of every account, and the topic in its audit account that all of them publish
to (Control Tower user guide, "Existing AWS Config resources" and "Receive notifications")."""

STAGES: Final = ("dispatch", "attribute", "notify")
"""Of every detector: the modules of its handlers."""


@dataclass(frozen=True, slots=True)
class ControlPolicy:
    """A service control policy that binds the account."""

    name: str
    on: str
    """What it is attached to: the account, a unit or the root, by id."""
    denies: tuple[Denial, ...] | Unseen
    """What the detector needs and the policy denies."""


@dataclass(frozen=True, slots=True)
class Trail:
    """A trail, also an organization's."""

    name: str
    everywhere: bool
    """Whether it logs in all regions."""
    logs: bool | Unseen
    """Whether it is switched on."""
    writes: bool | Unseen = True
    """Whether its event selectors take management events that write; asked only where it logs."""


@dataclass(slots=True, kw_only=True)
class Sight:
    """What was seen."""

    account: str
    partition: str
    region: str
    organization: Any = None
    """`Organization` of DescribeOrganization; None: the account is in none."""
    control_policies: tuple[ControlPolicy | Unseen, ...] = ()
    """Attached to the account, its units and the root; `Unseen` where the view ends."""
    delegated: Any = ()
    """Service principals that the account is a delegated administrator of."""
    recorders: Any = ()
    statuses: Any = ()
    channels: Any = ()
    deliveries: Any = ()
    """Of DescribeDeliveryChannelStatus."""
    topic_attributes: Any = None
    """Of the channel's topic. None: it was not asked for; empty: there is no such topic."""
    trails: Any = ()
    """`Trail`s."""
    is_audit: Any = False
    is_member: Any = False
    """Whether Control Tower's role of its audit account, of its other accounts, is there."""
    tower_topics: dict[str, Any] = field(default_factory=dict)
    """In the audit account, by region: whether Control Tower's topic is there."""
    functions: Any = ()
    spoke_rules: Any = ()
    alarm_topics: Any = None
    """By ARN, the attributes of the topics that a detector's alarms ring at; empty attributes: there is no such topic.
    None: there is no detector."""
    secret: Any = None
    """DescribeSecret of the detector's secret; empty: it is gone; None: there is no detector."""
    secret_arn: str | None = None
    elsewhere: dict[str, Any] = field(default_factory=dict)
    """By further region: whether a recorder records there."""

    @property
    def manages(self) -> bool | Unseen:
        """Whether this is the organization's management account."""
        if isinstance(self.organization, Unseen):
            return self.organization
        return self.organization is not None and self.organization["MasterAccountId"] == self.account

    @property
    def recorder(self) -> Any:
        """The customer-managed recorder; None where there is none (or it could not be looked for)."""
        if isinstance(self.recorders, Unseen):
            return None
        return next((each for each in self.recorders if not each.get("servicePrincipal")), None)

    @property
    def status(self) -> Any:
        """The recorder's; empty where AWS Config says nothing of it."""
        if isinstance(self.statuses, Unseen):
            return self.statuses
        name = self.recorder and self.recorder["name"]
        return next((status for status in self.statuses if status["name"] == name), {})

    @property
    def is_recording(self) -> bool | Unseen:
        """Whether it records."""
        return self.status if isinstance(self.status, Unseen) else bool(self.status.get("recording"))

    @property
    def daily(self) -> tuple[str, ...]:
        """Globs of the resource types that are recorded once a day."""
        mode = (self.recorder or {}).get("recordingMode", {})
        overrides = [
            name
            for override in mode.get("recordingModeOverrides", ())
            if override.get("recordingFrequency") == "DAILY"
            for name in override.get("resourceTypes", ())
        ]
        return ("AWS::*",) if mode.get("recordingFrequency") == "DAILY" else tuple(overrides)

    @property
    def topic(self) -> str | None:
        """The topic of the delivery channel."""
        if isinstance(self.channels, Unseen):
            return None
        return next((each["snsTopicARN"] for each in self.channels if each.get("snsTopicARN")), None)

    @property
    def topic_owner(self) -> str:
        """The account of the delivery channel's topic; empty where there is none."""
        return self.topic.split(":")[4] if self.topic else ""

    @property
    def topic_is_gone(self) -> bool:
        """Whether the delivery channel names a topic that does not exist."""
        return self.topic is not None and self.topic_attributes == {}

    @property
    def publishes(self) -> bool | Unseen | None:
        """Whether AWS Config's last notification reached the channel's topic; None: it says nothing of it."""
        if isinstance(self.deliveries, Unseen):
            return self.deliveries
        said = {
            str(each.get("configStreamDeliveryInfo", {}).get("lastStatus", "")).casefold() for each in self.deliveries
        }
        return False if "failure" in said else True if "success" in said else None

    @property
    def encrypted_with(self) -> str | None:
        """The key of the channel's topic."""
        attributes = {} if isinstance(self.topic_attributes, Unseen) else self.topic_attributes or {}
        return attributes.get("KmsMasterKeyId") or None

    @property
    def subscribes(self) -> bool | Unseen | None:
        """Whether the account may subscribe to the channel's topic; None: its policy's conditions decide."""
        if isinstance(self.channels, Unseen):
            return self.channels
        if self.topic is None or self.topic_is_gone:
            return False
        if isinstance(self.topic_attributes, Unseen):
            return self.topic_attributes
        organization = self.organization["Id"] if isinstance(self.organization, dict) else None
        policy = (self.topic_attributes or {}).get("Policy", "{}")
        return lets_subscribe(policy, owner=self.topic_owner, account=self.account, organization=organization)

    @property
    def in_audit(self) -> bool | Unseen:
        """Whether this is Control Tower's audit account: by its role, or by whose the topic is."""
        if self.in_tower_by_topic:
            return self.is_audit is True or self.topic_owner == self.account
        return self.is_audit if isinstance(self.is_audit, Unseen) else bool(self.is_audit)

    @property
    def in_tower(self) -> bool | Unseen:
        """Whether Control Tower manages the account: by its role, or by what it calls recorder and topic."""
        recorder_is_towers = self.recorder is not None and self.recorder["name"] == TOWER_RECORDER
        if self.in_tower_by_topic or recorder_is_towers:
            return True
        return self.is_member if isinstance(self.is_member, Unseen) else bool(self.is_member)

    @property
    def in_tower_by_topic(self) -> bool:
        """Whether the channel publishes to Control Tower's topic, whose account is the audit account."""
        return self.topic is not None and self.topic.endswith(f":{TOWER_TOPIC}")

    @property
    def stages(self) -> tuple[str, ...]:
        """Of the detectors that are there, as far as they were seen."""
        functions = () if isinstance(self.functions, Unseen) else self.functions
        return tuple(sorted({str(function["Handler"]).split(".")[2] for function in functions}))

    @property
    def missing_stages(self) -> tuple[str, ...]:
        """What a detector that is there lacks; nothing where there is none."""
        return tuple(stage for stage in STAGES if stage not in self.stages) if self.stages else ()
