"""Whether an account and region still records, and its spoke still forwards: asked through the lookup role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.domain.coverage import Place


@dataclass(frozen=True, slots=True)
class Recording:
    """Asks places; `client_for` gives the client of a service, account and region, `rule` is the spoke's."""

    client_for: Callable[[str, str, str], Any]
    rule: str

    def ask(self, place: Place) -> str | None:
        """None where it records and forwards; otherwise what is wrong, in words."""
        try:
            config = self.client_for("config", place.account, place.region)
            status = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
            if not status:
                return "AWS Config has no recorder there"
            if not any(recorder.get("recording") for recorder in status):
                return "the recorder of AWS Config is stopped"
            rule = self.client_for("events", place.account, place.region).describe_rule(Name=self.rule)
        except ClientError as error:
            return self._said(error)
        except BotoCoreError as error:
            return f"it could not be asked: {error}"
        state = rule.get("State")
        return None if state == "ENABLED" else f"the rule {self.rule} is {state}"

    def _said(self, error: ClientError) -> str:
        """What an error means: the role is the spoke's, and goes with it."""
        code = error.response["Error"].get("Code")
        if error.operation_name == "AssumeRole":
            return f"its lookup role cannot be assumed ({code}): is the spoke still there?"
        if code == "ResourceNotFoundException":
            return f"the rule {self.rule} is gone"
        return f"it could not be asked: {error}"
