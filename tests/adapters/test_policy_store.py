"""The policy as the running Lambdas read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from manual_change.adapters.policy_store import PolicyStore, PolicyUnreadable


@pytest.fixture
def put(aws: Callable[[str], Any]) -> Callable[[str], None]:
    """Stores a policy document."""

    def put_parameter(document: str) -> None:
        aws("ssm").put_parameter(Name="policy", Value=document, Type="String", Overwrite=True)

    return put_parameter


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def a_store(ssm: Any, *, watch: Watch | None = None, complaints: list[str] | None = None) -> PolicyStore:
    """A store that has read nothing yet."""
    said = complaints if complaints is not None else []
    return PolicyStore(ssm, "policy", max_age=timedelta(minutes=1), complain=said.append, clock=watch or Watch())


def test_the_policy_is_read_from_the_parameter(aws: Callable[[str], Any], put: Callable[[str], None]) -> None:
    """What `manual-change policy` validated is what is in force."""
    put('{"version": 1, "notify_workloads": true}')

    assert a_store(aws("ssm")).policy().notify_workloads


def test_a_changed_policy_is_in_force_within_a_minute(aws: Callable[[str], Any], put: Callable[[str], None]) -> None:
    """Without a redeploy; before that, the one that was read is used again."""
    watch = Watch()
    put('{"version": 1}')
    store = a_store(aws("ssm"), watch=watch)
    store.policy()
    put('{"version": 1, "notify_workloads": true}')

    watch.seconds = 59
    before = store.policy().notify_workloads
    watch.seconds = 61

    assert (False, True) == (before, store.policy().notify_workloads)


def test_a_broken_document_does_not_replace_the_policy_in_force(
    aws: Callable[[str], Any], put: Callable[[str], None]
) -> None:
    """The detector goes on, and complains."""
    watch, complaints = Watch(), list[str]()
    put('{"version": 1, "notify_workloads": true}')
    store = a_store(aws("ssm"), watch=watch, complaints=complaints)
    store.policy()
    put('{"version": 1,')
    watch.seconds = 61

    assert store.policy().notify_workloads
    assert "stays in force" in complaints[0]


def test_a_broken_document_with_none_before_it_stops_judging(
    aws: Callable[[str], Any], put: Callable[[str], None]
) -> None:
    """Judging without a policy would report every pipeline: the changes wait in their queue instead."""
    put("{}")

    with pytest.raises(PolicyUnreadable, match="parameter policy"):
        a_store(aws("ssm")).policy()
