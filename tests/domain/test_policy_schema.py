"""docs/policy.schema.json and the reader of policies say the same."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from manual_change.domain.policy import (
    AlwaysNotify,
    MaintenanceWindow,
    Policy,
    PolicyError,
    Suppression,
    TrustedPrincipal,
)
from manual_change.domain.policy_document import read_policy

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "policy.schema.json").read_text())
LISTS = {
    "trusted_principals": TrustedPrincipal,
    "always_notify": AlwaysNotify,
    "suppressions": Suppression,
    "maintenance_windows": MaintenanceWindow,
}
PRINCIPAL = "arn:aws:iam::111122223333:role/deploy-*"

SOUND = {
    "nothing but the version": {"version": 1},
    "a trusted principal": {"version": 1, "trusted_principals": [{"principal": PRINCIPAL, "reason": "the pipeline"}]},
    "a suppression of everything": {"version": 1, "suppressions": [{"reason": "migration", "expires": "2027-01-31"}]},
    "a suppression of calls in some accounts": {
        "version": 1,
        "suppressions": [{"reason": "x", "account": "1111*", "call": "*:Modify*", "region": "global"}],
    },
    "a role that Control Tower may use": {
        "version": 1,
        "always_notify": [{"principal": "arn:aws:iam::*:role/x", "unless_via": ["controltower"], "reason": "x"}],
    },
    "a window": {
        "version": 1,
        "maintenance_windows": [
            {"reason": "migration", "start": "2026-12-01T18:00:00Z", "end": "2026-12-01T22:00:00Z"}
        ],
    },
}
BROKEN = {
    "no version": {},
    "an unknown key": {"version": 1, "supressions": []},
    "a principal that is a name": {"version": 1, "trusted_principals": [{"principal": "deploy", "reason": "x"}]},
    "a principal in an account of eleven digits": {
        "version": 1,
        "trusted_principals": [{"principal": "arn:aws:iam::11112222333:role/deploy", "reason": "x"}],
    },
    "a suppression in an account of eleven digits": {
        "version": 1,
        "suppressions": [{"reason": "x", "account": "11112222333"}],
    },
    "a call as IAM spells it": {"version": 1, "suppressions": [{"reason": "x", "call": "rds:Modify*"}]},
    "a tool that is excepted": {
        "version": 1,
        "always_notify": [{"principal": PRINCIPAL, "unless_via": ["cli"], "reason": "x"}],
    },
    "no reason": {"version": 1, "always_notify": [{"principal": PRINCIPAL}]},
    "a call without a service": {"version": 1, "suppressions": [{"reason": "x", "call": "Modify"}]},
    "a flag as a text": {"version": 1, "notify_workloads": "no"},
    "an unknown way of telling": {"version": 1, "notify_unattributed": "sometimes"},
    "a window without an end": {
        "version": 1,
        "maintenance_windows": [{"reason": "x", "start": "2026-12-01T18:00:00Z"}],
    },
}


def test_the_schema_is_a_schema():
    """A typo in the schema would let everything pass."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_knows_the_policy_s_keys():
    """A field that is added to the policy is added to the schema."""
    assert {"version", *(field.name for field in fields(Policy))} == set(SCHEMA["properties"])


@pytest.mark.parametrize(("name", "entry"), LISTS.items())
def test_the_schema_knows_the_keys_of_each_entry(name, entry):
    """The same for the entries of its lists."""
    assert {field.name for field in fields(entry)} == set(SCHEMA["properties"][name]["items"]["properties"])


@pytest.mark.parametrize("document", SOUND.values(), ids=SOUND.keys())
def test_what_the_reader_takes_the_schema_takes(document):
    """An editor that checks by the schema does not complain about a sound policy."""
    read_policy(document)

    jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN.keys())
def test_what_the_reader_refuses_the_schema_refuses(document):
    """And complains about a broken one."""
    with pytest.raises(PolicyError):
        read_policy(document)

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)
