"""Policies compared line by line."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from manual_change.domain.change import Change, PropertyChange, Resource
from manual_change.domain.document_difference import document_difference
from manual_change.domain.moment import parse_moment
from manual_change.domain.slack_difference import difference_lines
from manual_change.domain.slack_text import ENGLISH


def policy(action: str, **more: Any) -> str:
    """A policy of one statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"} | more
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_only_what_differs_is_shown_with_what_stands_around_it() -> None:
    """Members in the order of the alphabet, however they were written."""
    assert (
        '   "Statement": [',
        "     {",
        '-      "Action": "s3:GetObject",',
        '+      "Action": "s3:*",',
        '       "Effect": "Allow",',
        '       "Resource": "*"',
    ) == document_difference(policy("s3:GetObject"), policy("s3:*"))[-6:]


def test_a_percent_encoded_policy_is_read() -> None:
    """As IAM's are."""
    assert document_difference(policy("a"), policy("b")) == document_difference(quote(policy("a")), quote(policy("b")))


def test_a_new_document_is_all_plus() -> None:
    """And a removed one all minus."""
    assert {"+"} == {line[0] for line in document_difference(None, policy("a"))}
    assert {"-"} == {line[0] for line in document_difference(policy("a"), None)}


@pytest.mark.parametrize(
    ("before", "after"), [("old", "new"), (policy("a"), "new"), (1, 2), (None, None), (policy("a"), policy("a"))]
)
def test_what_is_no_document_or_no_difference_has_no_lines(before: Any, after: Any) -> None:
    """It is shown like any other value."""
    assert () == document_difference(before, after)


def test_a_document_that_is_too_long_to_compare_is_not() -> None:
    """Nor would anybody read it."""
    assert () == document_difference(json.dumps(list(range(5_000))), json.dumps(list(range(5_001))))


def a_change(before: Any, after: Any) -> Change:
    """A bucket whose policy changed."""
    bucket = Resource("111122223333", "eu-west-1", "AWS::S3::Bucket", "web")
    captured_at = parse_moment("2026-11-22T12:00:00Z")
    assert captured_at
    path = "SupplementaryConfiguration.BucketPolicy.policyText"
    return Change(bucket, "UPDATE", captured_at, (PropertyChange(path, before, after),))


def test_the_message_shows_the_lines_in_a_block() -> None:
    """Between three backticks, where they keep their columns."""
    told = difference_lines(a_change(policy("a"), policy("b", Sid="<`x`>")), ENGLISH)

    assert told.startswith("`BucketPolicy.policyText`\n```\n")
    assert '+      "Sid": "&lt;\'x\'&gt;"' in told
    assert told.endswith("```")


def test_lines_that_do_not_fit_are_counted() -> None:
    """A section holds three thousand characters, and a message more than one policy."""
    long = json.dumps({f"key-{number:03}": "x" * 40 for number in range(200)})

    told = difference_lines(a_change("{}", long), ENGLISH)

    assert "```… (" in told
    assert told.endswith("more lines)")
    assert len(told) < 1_500
