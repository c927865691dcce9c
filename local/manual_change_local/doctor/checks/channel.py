"""What AWS Config's delivery channel means for a detector: whether its topic can be listened to."""

from __future__ import annotations

from collections.abc import Iterator

from manual_change_local.doctor.checks.check import FINE, MEND, NOTE, Check, not_seen
from manual_change_local.doctor.sight import Sight
from manual_change_local.doctor.unseen import Unseen


def channel(subject: str, sight: Sight) -> Iterator[Check]:
    """The channel, then its topic, then how the last delivery went."""
    if isinstance(sight.channels, Unseen):
        yield not_seen(subject, sight.channels, "AWS Config may publish to a topic, which is the surer source")
        return
    if isinstance(sight.recorders, Unseen) and not sight.channels:
        yield Check(
            subject,
            NOTE,
            "there is no delivery channel",
            "AWS Config cannot record without one, if there is a recorder at all",
            "let the recorder be seen first",
        )
        return
    if sight.recorder is None and not isinstance(sight.recorders, Unseen):
        yield from _left_over(subject, sight)
        return
    if not sight.channels:
        yield Check(
            subject,
            MEND,
            "there is no delivery channel",
            "AWS Config cannot record without one",
            "aws configservice put-delivery-channel, with a bucket that AWS Config may write to",
        )
        return
    yield from _topic(subject, sight)
    yield from _deliveries(subject, sight)


def _left_over(subject: str, sight: Sight) -> Iterator[Check]:
    for each in sight.channels:
        yield Check(
            subject,
            NOTE,
            f"the delivery channel {each['name']} is there, and no recorder",
            "a region has one channel, so a detector that brings its own recorder and channel cannot be deployed",
            "aws configservice delete-delivery-channel --delivery-channel-name "
            f"{each['name']}; or make a recorder for it, and run the doctor again",
        )


def _topic(subject: str, sight: Sight) -> Iterator[Check]:
    topic, owner = sight.topic, sight.topic_owner
    if topic is None:
        yield Check(
            subject,
            NOTE,
            "the delivery channel has no topic",
            "changes come over EventBridge only, which delivers them on a best effort basis",
            "use ConfigSource.event_bridge(); or add a topic, which is surer",
        )
    elif sight.topic_is_gone:
        yield Check(
            subject,
            MEND,
            f"{topic}, which it publishes to, is gone",
            "nobody can subscribe to it, and AWS Config's notifications go nowhere",
            "make it again, or give the channel another (aws configservice put-delivery-channel), with a policy that "
            "lets AWS Config publish; EventBridge works either way",
        )
    elif owner != sight.account:
        yield from _anothers_topic(subject, sight)
    elif isinstance(sight.topic_attributes, Unseen):
        yield not_seen(
            subject, sight.topic_attributes, f"whether {topic} is there, and lets us subscribe, is not known"
        )
    elif sight.subscribes is False:
        yield Check(
            subject,
            NOTE,
            f"the policy of {topic} denies subscribing to it",
            "a detector cannot listen to it",
            "let its policy allow sns:Subscribe to this account, or use EventBridge",
        )
    else:
        yield Check(subject, FINE, f"it publishes to {topic}", "a detector may subscribe to it")
        yield from _encryption(subject, sight)


def _encryption(subject: str, sight: Sight) -> Iterator[Check]:
    """Unsupported by the document (AWS Config developer guide, "Permissions for the Amazon SNS Topic"); what AWS Config
    says of its last notification is believed."""
    if sight.encrypted_with and sight.publishes is not True:
        yield Check(
            subject,
            NOTE,
            f"{sight.topic} is encrypted with {sight.encrypted_with}",
            "AWS Config does not support that: its notifications may never come",
            "use EventBridge, or give the channel a topic without a key",
        )


def _anothers_topic(subject: str, sight: Sight) -> Iterator[Check]:
    found = f"it publishes to a topic of account {sight.topic_owner}: {sight.topic}"
    if sight.subscribes is True:
        yield Check(subject, FINE, found, "its policy lets this account subscribe")
    else:
        yield Check(
            subject,
            NOTE,
            found,
            "this account cannot subscribe to it, unless that topic's policy says so",
            f"put the detector (a hub) into account {sight.topic_owner}, or use EventBridge",
        )


def _deliveries(subject: str, sight: Sight) -> Iterator[Check]:
    """AWS Config's own word for how publishing to the topic went; nothing where it says nothing."""
    if isinstance(sight.deliveries, Unseen):
        yield not_seen(subject, sight.deliveries, "whether the last notification was delivered is not known")
        return
    if sight.publishes is False and not sight.topic_is_gone:
        errors = [status.get("configStreamDeliveryInfo", {}) for status in sight.deliveries]
        said = [each[key] for each in errors for key in ("lastErrorCode", "lastErrorMessage") if each.get(key)]
        yield Check(
            subject,
            MEND,
            f"the last notification could not be published: {': '.join(said) or 'AWS Config does not say why'}",
            "who listens to the topic hears nothing",
            "let the topic's policy allow sns:Publish to config.amazonaws.com, or use EventBridge",
        )
