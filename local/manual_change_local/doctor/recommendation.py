"""TABLE: which source and which attribution to use, by what an account is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from manual_change_local.doctor import apps
from manual_change_local.doctor.sight import ControlPolicy, Sight
from manual_change_local.doctor.unseen import Unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to deploy, where, and why."""

    title: str
    why: str
    """Sentences; below them, a line for everything that was not seen and might change the answer."""
    source: str = ""
    """Where notifications come from; empty where nothing is to be deployed."""
    attribution: str = ""
    """How the calls behind a change are found; empty likewise."""
    code: str = ""
    """An app that synthesises as it is, up to names that are yours; empty likewise."""

    def to_json(self) -> dict[str, str]:
        """A member of the output."""
        return {
            "title": self.title,
            "why": self.why,
            "source": self.source,
            "attribution": self.attribution,
            "code": self.code,
        }


def recommend(sight: Sight) -> Recommendation:
    """The first row that fits, with a doubt for each earlier one that might."""
    doubts: list[str] = []
    for row in _TABLE:
        fits = row.fits(sight)
        if fits is True:
            recommended = row.make(sight)
            return replace(recommended, why="\n".join([recommended.why, *dict.fromkeys(doubts)]))
        if isinstance(fits, Unseen):
            doubts.append(_doubt(fits, row.otherwise))
    raise AssertionError("the last row fits every account")


def _doubt(unseen: Unseen, otherwise: str) -> str:
    return f"Not seen ({unseen.action}): {otherwise}."


@dataclass(frozen=True, slots=True)
class _Row:
    fits: Callable[[Sight], bool | Unseen]
    """`Unseen`: what decides it was not seen."""
    make: Callable[[Sight], Recommendation]
    otherwise: str = ""
    """What may be so where it was not seen."""


_OWN_ACCOUNT: Final = "Attribution.own_account(), which a detector has by itself: CloudTrail's Event history here"


def _there_already(sight: Sight) -> Recommendation:
    if sight.missing_stages:
        return Recommendation(
            title="nothing new: mend the detector that is there",
            why=f"It lacks {', '.join(sight.missing_stages)}: deploy its stack again, or destroy it and run the doctor "
            "again.",
        )
    return Recommendation(title="nothing: it is there already", why="A second one would tell every change twice.")


def _hub_in_audit(sight: Sight) -> Recommendation:
    regions = [sight.region, *sight.elsewhere]
    with_topic = [region for region in regions if sight.tower_topics.get(region) is not False]
    if not with_topic:
        return Recommendation(
            title=f"a hub in Control Tower's audit account, {sight.account}, with spokes",
            why="Control Tower's topics are not there: its integration of AWS Config is off, or it does not govern "
            f"{', '.join(regions)}. Spokes forward what AWS Config records, and bring the role that asks "
            "CloudTrail. To bring them, the account must be a delegated administrator of StackSets.",
            source="the hub's event bus, to which spokes forward",
            attribution="Attribution.lookup(), with the role that spokes bring",
            code=apps.hub_with_spokes(sight, regions=regions),
        )
    return _hub_on_control_tower(sight, audit=sight.account, regions=with_topic)


def _for_a_member(sight: Sight) -> Recommendation:
    audit = sight.topic_owner if sight.in_tower_by_topic else apps.HUB_ACCOUNT
    recommended = _hub_on_control_tower(sight, audit=audit, regions=[sight.region, *sight.elsewhere])
    if sight.in_tower_by_topic:
        return recommended
    unknown = "Which account that is was not seen here: Control Tower's console says it, under Shared accounts."
    return replace(recommended, title="a hub in Control Tower's audit account", why=f"{recommended.why} {unknown}")


_MORE_REGIONS: Final = " Name the other governed regions with --regions, and the code has them, too."


def _hub_on_control_tower(sight: Sight, *, audit: str, regions: list[str]) -> Recommendation:
    return Recommendation(
        title=f"a hub in Control Tower's audit account, {audit}",
        why="The notifications of all accounts come to its topics, and its own role may read every account's "
        "CloudTrail: nothing is deployed into members. Spokes (docs/multi-account.md) add alerts on tampering, and a "
        "narrower role." + ("" if sight.elsewhere else _MORE_REGIONS),
        source=f'ConfigSource.control_tower("{audit}", …), in {", ".join(regions)}',
        attribution="Attribution.control_tower_audit_role()",
        code=apps.hub_on_control_tower(sight, audit=audit, regions=regions),
    )


_FORWARDS_NOTHING: Final = (
    " AWS Config does not record here, and a spoke brings no recorder: until there is one, it forwards no change."
)


def _spoke(sight: Sight) -> Recommendation:
    return Recommendation(
        title="a spoke here, deployed by itself, and the hub in another account",
        why="This is the management account: StackSets leave it out, and nothing should run in it that need not."
        + ("" if sight.recorder or isinstance(sight.recorders, Unseen) else _FORWARDS_NOTHING),
        source="the hub's event bus, to which the spoke forwards what AWS Config records here",
        attribution="the hub's: Attribution.lookup(), with the role that the spoke brings",
        code=apps.spoke(sight),
    )


def _nothing_yet(sight: Sight) -> Recommendation:
    unseen: Unseen = sight.recorders
    return Recommendation(
        title="nothing yet: what was not seen decides",
        why="An account that AWS Config records needs another detector than one that it does not, and that could not "
        f"be seen. To see it ({unseen.action}): {unseen.to_do}. Then run the doctor again.",
    )


def _with_recorder(sight: Sight) -> Recommendation:
    why = "Nothing records here, so the detector may."
    if isinstance(sight.channels, Unseen):
        why += "\n" + _doubt(sight.channels, "a delivery channel may be left over, and a region has only one")
    elif sight.channels:
        why += " First delete the delivery channel that is left over: a region has only one."
    return Recommendation(
        title="a detector that brings its own recorder",
        why=why + _but_denied(sight, records=True),
        source="ConfigSource.new_recorder(), which a detector has by itself",
        attribution=_OWN_ACCOUNT,
        code=apps.with_recorder(sight),
    )


def _on_topic(sight: Sight) -> Recommendation:
    return Recommendation(
        title="a detector on the topic that is there",
        why=f"{_recorded(sight)} Its topic is surer than EventBridge, and the recorder stays as it is."
        + _but_denied(sight),
        source=f"ConfigSource.existing_topic(topic): {sight.topic}",
        attribution=_OWN_ACCOUNT,
        code=apps.on_topic(sight),
    )


def _on_topic_unseen(sight: Sight) -> Recommendation:
    recommended = _on_topic(sight)
    doubt = _doubt(sight.topic_attributes, "the topic may be gone, or let nobody subscribe; then use EventBridge")
    return replace(recommended, why=f"{recommended.why}\n{doubt}")


def _on_event_bridge(sight: Sight) -> Recommendation:
    together = (
        " In an organization, a hub with spokes does the same for all accounts (docs/multi-account.md)."
        if isinstance(sight.organization, dict)
        else ""
    )
    return Recommendation(
        title="a detector on EventBridge",
        why=f"{_recorded(sight)} {_no_topic(sight)}; an account has one recorder in each region, so none is made."
        + together
        + _but_denied(sight),
        source="ConfigSource.event_bridge()",
        attribution=_OWN_ACCOUNT,
        code=apps.on_event_bridge(sight),
    )


def _no_topic(sight: Sight) -> str:
    """Why not the channel's topic."""
    if sight.topic_is_gone:
        return "The channel's topic is gone"
    if sight.subscribes is True and sight.publishes is False:
        return "AWS Config could not publish its last notification to the channel's topic"
    if sight.subscribes is True and sight.encrypted_with:
        return "The channel's topic is encrypted, which AWS Config does not support"
    return "There is no topic that this account may listen to"


def _recorded(sight: Sight) -> str:
    """A sentence."""
    if isinstance(sight.is_recording, Unseen):
        return "AWS Config has a recorder here; whether it records was not seen."
    return "AWS Config records here." if sight.is_recording else "AWS Config has a recorder here; start it first."


def _but_denied(sight: Sight, *, records: bool = False) -> str:
    """What the organization denies of what the detector needs; nothing where nothing was seen."""
    said = ""
    for policy in sight.control_policies:
        if isinstance(policy, ControlPolicy) and not isinstance(policy.denies, Unseen):
            needed = [each.action for each in policy.denies if records or not each.action.startswith("config:")]
            if needed:
                said += (
                    f" But {policy.name} denies {', '.join(needed)}, without which it cannot be deployed: have whoever "
                    "manages the organization except whoever deploys."
                )
    return said


def _any(found: object) -> bool | Unseen:
    return found if isinstance(found, Unseen) else bool(found)


def _own_topic_unseen(sight: Sight) -> bool:
    return sight.topic_owner == sight.account and isinstance(sight.topic_attributes, Unseen)


def _has_a_topic(sight: Sight) -> bool | Unseen:
    """To which this account may subscribe, and AWS Config can publish. A topic of another account that may not even be
    looked at does not let this one subscribe."""
    if isinstance(sight.topic_attributes, Unseen) and sight.topic_attributes.forbidden:
        return False
    if sight.publishes is False or (sight.encrypted_with and sight.publishes is not True):
        return False
    return sight.subscribes if isinstance(sight.subscribes, Unseen) else sight.subscribes is True


_TOWER: Final = "Control Tower may manage this account; then a hub belongs into its audit account, which this may be"

_TABLE: Final[tuple[_Row, ...]] = (
    _Row(lambda sight: _any(sight.functions), _there_already, "a detector may be there already"),
    _Row(lambda sight: _any(sight.spoke_rules), _there_already, "a spoke may be there already"),
    _Row(
        lambda sight: sight.in_audit,
        _hub_in_audit,
        _TOWER,
    ),
    _Row(
        lambda sight: sight.in_tower,
        _for_a_member,
        _TOWER,
    ),
    _Row(
        lambda sight: sight.manages,
        _spoke,
        "this may be an organization's management account, which gets a spoke; or a member, for which a hub may care",
    ),
    _Row(lambda sight: isinstance(sight.recorders, Unseen), _nothing_yet),
    _Row(lambda sight: sight.recorder is None, _with_recorder),
    _Row(_own_topic_unseen, _on_topic_unseen),
    _Row(_has_a_topic, _on_topic, "AWS Config may publish to a topic, which is surer than EventBridge"),
    _Row(lambda _sight: True, _on_event_bridge),
)
