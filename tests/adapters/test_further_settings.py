"""Settings beyond what Lambda's environment has room for."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from manual_change.adapters.further_settings import with_further_settings

FILE = "s3://assets/0123.json"


def at(held: object) -> str:
    """Where the file is, as the app that deployed this content says it."""
    return f"{FILE}#{sha256(json.dumps(held).encode()).hexdigest()}"


def a_file(aws: Callable[[str], Any], held: object) -> Callable[[], Any]:
    """Makes clients of an account whose file holds this."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="assets", Key="0123.json", Body=json.dumps(held).encode())
    return lambda: s3


def test_a_file_adds_variables_to_the_environment(aws: Callable[[str], Any]) -> None:
    """What is in both is Lambda's."""
    held = {"ROUTES": "[…]", "LANGUAGE": "ja"}

    assert {"ROUTES": "[…]", "LANGUAGE": "en"} == with_further_settings(
        {"LANGUAGE": "en"}, at(held), s3=a_file(aws, held)
    )


def test_a_file_that_somebody_has_changed_is_refused(aws: Callable[[str], Any]) -> None:
    """In its bucket nobody is told of that: the digest is in the environment, where a change rings."""
    s3 = a_file(aws, {"EXCLUDED_ACCOUNTS": '["*"]'})

    with pytest.raises(ValueError, match=f"{FILE} is not the file that was deployed: .* and deploy again"):
        with_further_settings({}, at({"EXCLUDED_ACCOUNTS": "[]"}), s3=s3)


def test_without_a_file_nothing_is_asked() -> None:
    """Nearly every function starts like this."""
    environment = {"LANGUAGE": "en"}

    assert environment is with_further_settings(environment, "", s3=lambda: pytest.fail("a client was made"))


@pytest.mark.parametrize("held", [[], {"ROUTES": []}, "text"])
def test_a_file_that_holds_something_else_is_refused(aws: Callable[[str], Any], held: object) -> None:
    """With where it is."""
    with pytest.raises(ValueError, match=f"{FILE}.* holds no settings"):
        with_further_settings({}, at(held), s3=a_file(aws, held))


@pytest.mark.parametrize(
    "location",
    ["settings.json", "s3://assets", f"s3:///0123.json#{64 * '0'}", f"https://assets/0123.json#{64 * '0'}", FILE],
)
def test_a_location_that_is_none_is_refused(location: str) -> None:
    """With what is expected."""
    with pytest.raises(ValueError, match="s3://BUCKET/KEY#SHA256 is expected"):
        with_further_settings({}, location, s3=lambda: pytest.fail("a client was made"))
