"""Stream: how the notifications of AWS Config reach the dispatch stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aws_cdk import aws_sns as sns


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What Config publishes to and what of it we subscribed to; nothing where it all comes over EventBridge."""

    topics: tuple[sns.ITopic, ...] = ()
    """Those of this region come first."""
    subscriptions: tuple[str, ...] = ()
    """ARNs of our subscriptions to them."""
    our_topic: sns.ITopic | None = None
    """The one among them that was made here, so that nobody minds our own messages in it."""
    guarded_topics: tuple[sns.ITopic, ...] = ()
    """Those that are, or may be, in this region: rules hear of no other region's calls."""
    guarded_subscriptions: tuple[str, ...] = ()
    """ARNs of our subscriptions to these."""

    @classmethod
    def together(cls, streams: Iterable[Stream]) -> Stream:
        """Of several sources."""
        streams = tuple(streams)
        guarded = tuple(topic for stream in streams for topic in stream.guarded_topics)
        return cls(
            topics=(*guarded, *(topic for stream in streams for topic in stream.topics if topic not in guarded)),
            subscriptions=tuple(arn for stream in streams for arn in stream.subscriptions),
            our_topic=next((stream.our_topic for stream in streams if stream.our_topic is not None), None),
            guarded_topics=guarded,
            guarded_subscriptions=tuple(arn for stream in streams for arn in stream.guarded_subscriptions),
        )


def listened_once(taken: Iterable[str]) -> tuple[str, ...]:
    """What sources listen to, each of it once.

    Raises:
        ValueError: something is there twice.
    """
    seen: list[str] = []
    for each in taken:
        if each in seen:
            raise ValueError(f"config_source listens to {each} twice; once is enough: leave one of them out")
        seen.append(each)
    return tuple(seen)
