"""Whether a place still records, and what it records still reaches the hub: asked through the lookup role.

A place is asked for what would keep everything away, and quietly: the recorder, the delivery to its topic, the spoke's
rule, what that rule lets through and where it sends it. Each has an API that only reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.domain.coverage import Checkpoint, Place

_ENVELOPE: Final = {"id": "0", "time": "2026-01-01T00:00:00Z", "resources": []}
"""What each event has, and TestEventPattern asks for (API reference, TestEventPattern: `Event`)."""
CHANGE_SAMPLE: Final = {
    **_ENVELOPE,
    "source": "aws.config",
    "detail-type": "Config Configuration Item Change",
    "detail": {"messageType": "ConfigurationItemChangeNotification"},
}
TAMPERING_SAMPLE: Final = {
    **_ENVELOPE,
    "source": "aws.config",
    "detail-type": "AWS API Call via CloudTrail",
    "detail": {
        "eventSource": "config.amazonaws.com",
        "eventName": "StopConfigurationRecorder",
        "sourceIPAddress": "192.0.2.1",
    },
}
"""What EventBridge gets of a change, and of a recorder that is stopped: as far as a spoke's patterns look at it."""


class _Wrong(Exception):
    """Something keeps changes away; the message says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Asks places."""

    client_for: Callable[[str, str, str], Any]
    """The client of a service, account and region."""

    bus_arn: str
    """The hub's bus, to which the spoke's rules must send."""

    changes_rule: str
    """The spoke's rule that forwards what AWS Config recorded."""

    tampering_rule: str
    """The one that tells of whoever touches AWS Config, a trail or the spoke: each spoke has it."""

    further_rules: tuple[str, ...] = ()
    """What each spoke has besides. Without one of them the place is well, and nobody would be told that it no longer
    is."""

    from_topics: bool = False
    """Whether changes may come through AWS Config's topic rather than through the spoke."""

    def ask(self, place: Place, checkpoint: Checkpoint = lambda: None) -> str | None:
        """None where it records and forwards; otherwise what is wrong, in words.

        Raises:
            NoTime: the checkpoint before one of its requests says so.
        """
        try:
            checkpoint()  # the first client of an account assumes the role
            config = self.client_for("config", place.account, place.region)
            _check_recorder(config, checkpoint)
            topic = self.from_topics and _notifies_a_topic(config, checkpoint)
            events = self.client_for("events", place.account, place.region)
            if not topic:
                self._check_rule(events, self.changes_rule, _in(place, CHANGE_SAMPLE), checkpoint)
            self._check_rule(events, self.tampering_rule, _in(place, TAMPERING_SAMPLE), checkpoint)
            for rule in self.further_rules:
                self._check_rule(events, rule, None, checkpoint)
        except _Wrong as wrong:
            return str(wrong)
        except ClientError as error:
            return _said(error)
        except BotoCoreError as error:
            return f"it could not be asked: {error}"
        return None

    def _check_rule(self, events: Any, name: str, event: Mapping[str, Any] | None, checkpoint: Checkpoint) -> None:
        checkpoint()
        try:
            rule = events.describe_rule(Name=name)
        except events.exceptions.ResourceNotFoundException as error:
            raise _Wrong(f"the rule {name} is gone") from error
        if rule.get("State") != "ENABLED":
            raise _Wrong(f"the rule {name} is {rule.get('State')}")
        if event and not _lets_through(events, rule, event, checkpoint):
            raise _Wrong(f"the rule {name} was altered: its pattern no longer lets through what it is there for")
        checkpoint()
        targets = [target["Arn"] for target in events.list_targets_by_rule(Rule=name)["Targets"]]
        if self.bus_arn not in targets:
            sends = f"sends to {', '.join(targets)}" if targets else "sends nowhere"
            raise _Wrong(f"the rule {name} {sends}, not to the hub's bus {self.bus_arn}")


def _in(place: Place, sample: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**sample, "account": place.account, "region": place.region}


def _lets_through(events: Any, rule: Mapping[str, Any], event: Mapping[str, Any], checkpoint: Checkpoint) -> bool:
    checkpoint()
    pattern = rule.get("EventPattern", "{}")
    return bool(events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"])


def _check_recorder(config: Any, checkpoint: Checkpoint) -> None:
    checkpoint()
    status = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    if not status:
        raise _Wrong("AWS Config has no recorder there")
    if not any(recorder.get("recording") for recorder in status):
        raise _Wrong("the recorder of AWS Config is stopped")


def _notifies_a_topic(config: Any, checkpoint: Checkpoint) -> bool:
    """Whether AWS Config's notifications go to a topic; that they fail to is wrong.

    The API reference (ConfigStreamDeliveryInfo) spells it Success, Failure and Not_Applicable, which is a channel
    without a topic; the service answers SUCCESS and FAILURE (CLI reference, describe-delivery-channel-status).
    """
    checkpoint()
    channels = config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
    deliveries = [channel.get("configStreamDeliveryInfo", {}) for channel in channels]
    for delivery in deliveries:
        if _status(delivery) == "failure":
            said = " ".join(delivery[part] for part in ("lastErrorCode", "lastErrorMessage") if delivery.get(part))
            raise _Wrong(f"AWS Config cannot notify its topic: {said or 'it does not say why'}")
    return any(_status(delivery) == "success" for delivery in deliveries)


def _status(delivery: Mapping[str, str]) -> str:
    return delivery.get("lastStatus", "").casefold()


def _said(error: ClientError) -> str:
    """What an error means: the role is the spoke's, and goes with it."""
    if error.operation_name == "AssumeRole":
        code = error.response["Error"].get("Code")
        return f"its lookup role cannot be assumed ({code}): is the spoke still there?"
    return f"it could not be asked: {error}"
