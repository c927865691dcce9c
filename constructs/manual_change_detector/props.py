"""What the user passes in, checked early and spelled as the settings spell it. None stays None: left out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from aws_cdk import Duration, Token

from manual_change.domain.routing import Route
from manual_change.settings import LONGEST_LOOKBACK

_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
_ORGANIZATION: Final = re.compile(r"o-[a-z0-9]{10,32}")
_ACCOUNTS: Final = re.compile(r"(?=.*[*?\[]|\d{12}$)[\d*?\[\]!-]+")

LANGUAGES: Final = ("en", "ja")

LONGEST_ALARM: Final = 7 * 24 * 3600
"""Seconds that an alarm with periods of an hour or more may look back (PutMetricAlarm, EvaluationPeriods)."""
LONGEST_HEARTBEAT: Final = 8 * 3600
"""Seconds: three of them are the day that an alarm with shorter periods may look back."""


def given(**options: Any) -> dict[str, Any]:
    """The options that were given: those left out keep the default of the settings."""
    return {name: value for name, value in options.items() if value is not None}


def length(option: str, duration: Duration | None) -> timedelta | None:
    """Any length of time but none.

    Raises:
        ValueError: it is zero.
    """
    if duration is None:
        return None
    spelled = timedelta(milliseconds=duration.to_milliseconds())
    if not spelled:
        raise ValueError(f"{option} is zero; give a Duration, or leave it out")
    return spelled


def lookback(duration: Duration | None) -> timedelta | None:
    """How far before Config's capture the responsible call is searched.

    Raises:
        ValueError: it is zero, or longer than calls, and what they explained, are remembered.
    """
    spelled = length("lookback", duration)
    if spelled is not None and spelled > LONGEST_LOOKBACK:
        raise ValueError(
            f"lookback is {spelled}, and a detector remembers calls for {LONGEST_LOOKBACK.days} day; give that or less"
            " (`manual-change explain --lookback` searches recorded files further)"
        )
    return spelled


def ladder(looks: Sequence[Duration] | None) -> tuple[timedelta, ...] | None:
    """When CloudTrail is asked.

    Raises:
        ValueError: there is no look, or they do not ascend.
    """
    if looks is None:
        return None
    rungs = tuple(timedelta(milliseconds=look.to_milliseconds()) for look in looks)
    if not rungs:
        raise ValueError("looks is empty, so CloudTrail would never be asked; give one Duration or more")
    for earlier, later in pairwise(rungs):
        if later <= earlier:
            ascending = ", ".join(str(rung) for rung in sorted(set(rungs)))
            raise ValueError(
                f"looks must ascend, each counted from Config's capture, but {later} follows {earlier}; "
                f"ascending they are {ascending}"
            )
    return rungs


def silence(duration: Duration) -> Duration:
    """For how long AWS Config may say nothing: what an alarm with periods of an hour can look back on.

    Raises:
        ValueError: it is no whole number of hours from 1 hour to 7 days.
    """
    seconds = duration.to_seconds()
    if seconds % 3600 or not 3600 <= seconds <= LONGEST_ALARM:
        raise ValueError(
            f"silence_alarm is {timedelta(seconds=seconds)}; give whole hours, up to 7 days, or None for no such alarm"
        )
    return duration


def heartbeat(duration: Duration) -> Duration:
    """How often the heartbeat beats: what a schedule can say, and three of which an alarm can look back on.

    Raises:
        ValueError: it is no whole number of minutes from 1 minute to 8 hours.
    """
    seconds = duration.to_seconds()
    if seconds % 60 or not 60 <= seconds <= LONGEST_HEARTBEAT:
        raise ValueError(
            f"heartbeat is {timedelta(seconds=seconds)}; give whole minutes, up to 8 hours, or None for no heartbeat"
        )
    return duration


def language(code: str | None) -> str | None:
    """The language of the messages.

    Raises:
        ValueError: no messages are written in it.
    """
    if code is not None and code not in LANGUAGES:
        raise ValueError(f"language is {code!r}; messages are written in {' and '.join(map(repr, LANGUAGES))}")
    return code


def routes(given: Sequence[Route], *, units_are_known: bool) -> str | None:
    """Which findings go to which channel, as the settings spell it.

    Raises:
        TypeError: something else than routes was given, or they are in no list.
        ValueError: one names organizational units, and nothing says which account is in them.
    """
    if isinstance(given, str | Route):
        raise TypeError(f"routes is {given!r}; a list of routes is expected: [Route(channel='C0123456789')]")
    for route in given:
        if not isinstance(route, Route):
            raise TypeError(f"routes has {route!r}; a route is expected: Route(channel='C0123456789')")
    if not given:
        return None
    if not units_are_known and any(route.organizational_units for route in given):
        raise ValueError(
            "routes name organizational_units, and nothing says which accounts are in them; "
            "give accounts=Accounts.organizations(), or Accounts.named({…}) with their units"
        )
    return json.dumps([route.to_json() for route in given])


def start_url(url: str | None) -> str | None:
    """The access portal of IAM Identity Center.

    Raises:
        ValueError: it is no https:// address.
    """
    if url is not None and not Token.is_unresolved(url) and not url.startswith("https://"):
        raise ValueError(f"start_url is {url!r}; it looks like https://d-0123456789.awsapps.com/start")
    return url


def resource_types(option: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Resource types, or globs over them.

    Raises:
        TypeError: a string was given where a list belongs.
        ValueError: an entry that no resource type can match.
    """
    for pattern in listed(option, patterns):
        if not pattern.startswith(("AWS::", "*", "?", "[")):
            raise ValueError(f"{option} names {pattern!r}; resource types look like AWS::EC2::Volume or AWS::SSM::*")
    return tuple(patterns)


def accounts(option: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Account ids, or globs over them.

    Raises:
        TypeError: a string was given where a list belongs, or a number where text does.
        ValueError: an entry that no account id can match.
    """
    for pattern in listed(option, patterns):
        if not _ACCOUNTS.fullmatch(pattern):
            raise ValueError(f"{option} names {pattern!r}; accounts are 12 digits in quotes: '111122223333', '1111*'")
    return tuple(patterns)


def regions(option: str, names: Sequence[str]) -> tuple[str, ...]:
    """Regions by their codes, each once.

    Raises:
        TypeError: a string was given where a list belongs.
        ValueError: there is none, one is no code of a region, or one is given twice.
    """
    checked = tuple(listed(option, names))
    if not checked:
        raise ValueError(f"{option} is empty; give codes of regions: ['eu-west-1']")
    for name in checked:
        region(option, name)
        if checked.count(name) > 1:
            raise ValueError(f"{option} names {name!r} twice; once is enough")
    return checked


def region(option: str, name: str) -> str:
    """A region by its code, or what becomes one when it is deployed.

    Raises:
        ValueError: it is no code of a region.
    """
    if not isinstance(name, str) or not (Token.is_unresolved(name) or _REGION.fullmatch(name)):
        raise ValueError(f"{option} names {name!r}; give codes of regions: 'eu-west-1'")
    return name


def organization_id(name: str) -> str:
    """The organization's id.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(name, str) or not (Token.is_unresolved(name) or _ORGANIZATION.fullmatch(name)):
        raise ValueError(
            f"organization_id is {name!r}; it looks like o-abcde12345 "
            "(aws organizations describe-organization --query Organization.Id)"
        )
    return name


def organizational_units(option: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Organizational units by id, name or path, or globs over them.

    Raises:
        TypeError: a string was given where a list belongs.
        ValueError: an entry is empty, or is a root or a path that begins with one.
    """
    for pattern in listed(option, patterns):
        if not pattern or pattern.startswith(("/", "r-", "Root/")):
            raise ValueError(
                f"{option} names {pattern!r}; give an organizational unit by its id (ou-ab12-cdefghij), its name "
                "(Sandbox) or its path below the root (Workloads/Test)"
            )
    return tuple(patterns)


def listed(option: str, patterns: Sequence[str]) -> Sequence[str]:
    """Texts in a list.

    Raises:
        TypeError: a string was given where a list belongs, or something else where text does.
    """
    if isinstance(patterns, str):
        raise TypeError(f"{option} is the string {patterns!r}; a list is expected: [{patterns!r}]")
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f"{option} names {pattern!r}; text is expected: '{pattern}'")
    return patterns


def whole_resource_types(option: str, names: Sequence[str]) -> tuple[str, ...]:
    """Resource types as AWS Config takes them: whole names.

    Raises:
        TypeError: a string was given where a list belongs.
        ValueError: an entry is no resource type, or a glob.
    """
    checked = resource_types(option, names)
    for name in checked:
        if not name.startswith("AWS::") or any(sign in name for sign in "*?["):
            raise ValueError(f"{option} names {name!r}; AWS Config takes whole names here: AWS::EC2::Volume")
    return checked
