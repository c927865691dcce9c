"""Event buses and their policies. Source: AWS CloudFormation template reference."""

from __future__ import annotations

from manual_change_local.cloud.resource_types.contract import Deployed, Replaced, Wanted, as_text, gone_is_fine


class EventBus(Replaced):
    """moto's update replaces the bus, and its deletion fails on a bus with rules. Only the policy is updated."""

    name_property = "Name"
    attributes = ("Arn", "Name")

    def create(self, wanted: Wanted) -> Deployed:
        options = wanted.only("EventSourceName", "Description", "KmsKeyIdentifier", "DeadLetterConfig", "Tags")
        arn = wanted.client("events").create_event_bus(Name=wanted.name, **options)["EventBusArn"]
        self._set_policy(wanted, wanted.name)
        return wanted.as_deployed(wanted.name, Arn=arn, Name=wanted.name)

    def update(self, old: Deployed, new: Wanted) -> Deployed:
        if old.differs_from(new, "Name", "EventSourceName"):
            return super().update(old, new)
        self._set_policy(new, old.physical_id)
        return old.now(new)

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            old.wanted.client("events").delete_event_bus(Name=old.physical_id)

    @staticmethod
    def _set_policy(wanted: Wanted, name: str) -> None:
        if wanted.get("Policy"):
            wanted.client("events").put_permission(EventBusName=name, Policy=as_text(wanted["Policy"]))


class EventBusPolicy(Replaced):
    """A statement of a bus's policy: stored, not enforced."""

    def create(self, wanted: Wanted) -> Deployed:
        options = wanted.only("EventBusName")
        if "Statement" in wanted.properties:
            statement = {"Sid": wanted["StatementId"], **wanted["Statement"]}
            options["Policy"] = as_text({"Version": "2012-10-17", "Statement": [statement]})
        else:
            options |= wanted.only("StatementId", "Action", "Principal", "Condition")
        wanted.client("events").put_permission(**options)
        return wanted.as_deployed(wanted["StatementId"])

    def delete(self, old: Deployed) -> None:
        with gone_is_fine():
            events = old.wanted.client("events")
            events.remove_permission(StatementId=old.physical_id, **old.wanted.only("EventBusName"))
