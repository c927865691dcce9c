"""Several sources of notifications at once: one stream."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from manual_change_detector.config_source import ConfigSource
from manual_change_detector.keeping import Keeping
from manual_change_detector.stage import Stage
from manual_change_detector.stream import Stream, listened_once


def as_sources(given: ConfigSource | Sequence[ConfigSource] | None) -> tuple[ConfigSource, ...]:
    """One, several, or none: a new recorder.

    Raises:
        TypeError: one is no source.
        ValueError: there are none in the list, or two of them listen to the same.
    """
    if given is None:
        return (ConfigSource.new_recorder(),)
    sources = one_or_several("config_source", given)
    if not sources:
        raise ValueError("config_source is empty; give a ConfigSource, or leave it out for a new recorder")
    listened_once(taken for source in sources for taken in source.takes)
    return sources


def one_or_several(option: str, given: ConfigSource | Sequence[ConfigSource]) -> tuple[ConfigSource, ...]:
    """Sources, of which a single one needs no list.

    Raises:
        TypeError: one is no source.
    """
    sources = (given,) if isinstance(given, ConfigSource) else tuple(given)
    for source in sources:
        if not isinstance(source, ConfigSource):
            raise TypeError(f"{option} has {source!r}; a source is expected, such as ConfigSource.event_bridge()")
    return sources


def bind_all(sources: Sequence[ConfigSource], detector: Construct, dispatch: Stage, keeping: Keeping) -> Stream:
    """Deliver what all of them bring to one stage. What two of them bring is one change: its key is the same."""
    return Stream.together([source.bind(detector, dispatch, keeping) for source in sources])


def recorded_daily(sources: Sequence[ConfigSource]) -> tuple[str, ...]:
    """The types that any of their recorders records once a day."""
    return tuple(dict.fromkeys(daily for source in sources for daily in source.daily_resource_types))
