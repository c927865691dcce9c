"""The hub's subscriptions to topics of AWS Config: without them a region is silent, however well it records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.domain.coverage import Checkpoint, Place

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Asks SNS.

    A topic that is made anew, as an update of the landing zone may do, has lost its subscriptions; the stack that made
    them does not know.
    """

    client_in: Callable[[str], SNSClient]
    """Of a region, in the hub's own account: who subscribed may ask."""
    arns: Sequence[str]
    """`arn:aws:sns:REGION:ACCOUNT:TOPIC:ID`, one a topic; no topic delivers from another region."""

    def ask(self, place: Place, checkpoint: Checkpoint = lambda: None) -> str | None:
        """What keeps the hub from hearing of this place, in words; None where nothing does, or no topic is there.

        Raises:
            NoTime: the checkpoint before a request says so.
        """
        for arn in self.arns:
            region = arn.split(":")[3]
            if region == place.region:
                checkpoint()
                wrong = self._ask(arn, region)
                if wrong:
                    return f"the hub's subscription {arn} {wrong}"
        return None

    def _ask(self, arn: str, region: str) -> str | None:
        try:
            answer = self.client_in(region).get_subscription_attributes(SubscriptionArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFound":
                return "is gone: was the topic made anew? Deploy the hub with the source left out, and with it again"
            return f"could not be asked about: {error}"
        except BotoCoreError as error:
            return f"could not be asked about: {error}"
        return "waits to be confirmed" if answer["Attributes"].get("PendingConfirmation") == "true" else None
