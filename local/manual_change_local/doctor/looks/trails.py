"""CloudTrail: which trails log, where, and whether they log calls that change something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from manual_change_local.doctor.looks.visit import Visit
from manual_change_local.doctor.sight import Trail
from manual_change_local.doctor.unseen import Unseen, asked


def look_at_trails(visit: Visit) -> None:
    """Each by itself: a member may see an organization's trail, and not how it is set."""
    visit.say("CloudTrail")
    client = visit.client("cloudtrail")
    described = asked("cloudtrail:DescribeTrails", lambda: client.describe_trails()["trailList"], otherwise=[])
    if isinstance(described, Unseen):
        visit.sight.trails = described
    else:
        visit.sight.trails = [_trail(visit, trail) for trail in described]


def _trail(visit: Visit, described: Any) -> Trail:
    """Asked by its ARN, and at home: elsewhere a trail is a shadow of itself."""
    arn = described["TrailARN"]
    client = visit.client("cloudtrail", described.get("HomeRegion"))
    logs = asked(
        "cloudtrail:GetTrailStatus", lambda: bool(client.get_trail_status(Name=arn).get("IsLogging")), otherwise=False
    )
    writes: bool | Unseen = True
    if logs is True:
        writes = asked("cloudtrail:GetEventSelectors", lambda: logs_writes(client.get_event_selectors(TrailName=arn)))
    return Trail(described["Name"], everywhere=bool(described.get("IsMultiRegionTrail")), logs=logs, writes=writes)


def logs_writes(selectors: Mapping[str, Any]) -> bool:
    """Whether event selectors take management events that write. A trail without any does (CloudTrail API reference,
    EventSelector: "By default, trails created without specific event selectors … log all read and write")."""
    basic, advanced = selectors.get("EventSelectors") or (), selectors.get("AdvancedEventSelectors") or ()
    if not basic and not advanced:
        return True
    return any(
        selector.get("IncludeManagementEvents", True) and selector.get("ReadWriteType", "All") != "ReadOnly"
        for selector in basic
    ) or any(_takes_writes(selector["FieldSelectors"]) for selector in advanced)


def _takes_writes(fields: Any) -> bool:
    """`eventCategory` must be among the fields; `readOnly` may be, and knows `Equals` only."""
    equals = {field["Field"]: field.get("Equals", ()) for field in fields}
    return "Management" in equals.get("eventCategory", ()) and "true" not in equals.get("readOnly", ())
