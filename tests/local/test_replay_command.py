"""`manual-change replay` as other tools and people call it (DESIGN, section 6)."""

from __future__ import annotations

import gc
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from manual_change_local.commands.replay import command

PERSON = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com"
RECORD = {
    "eventID": "c-1",
    "eventName": "AuthorizeSecurityGroupIngress",
    "eventSource": "ec2.amazonaws.com",
    "eventTime": "2026-11-22T12:00:00Z",
    "awsRegion": "eu-west-1",
    "recipientAccountId": "111122223333",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": "aws-cli/2.17.0",
    "userIdentity": {
        "type": "AssumedRole",
        "arn": PERSON,
        "sessionContext": {
            "sessionIssuer": {
                "arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/"
                "AWSReservedSSO_Admin_0123456789abcdef"
            },
            "attributes": {"mfaAuthenticated": "true"},
        },
    },
    "readOnly": False,
    "requestParameters": {"groupId": "sg-0abc"},
}
MESSAGE = {
    "messageType": "ConfigurationItemChangeNotification",
    "configurationItem": {
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-0abc",
        "resourceName": "web",
        "ARN": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0abc",
        "awsAccountId": "111122223333",
        "awsRegion": "eu-west-1",
        "configurationItemCaptureTime": "2026-11-22T12:00:41.789Z",
    },
    "configurationItemDiff": {
        "changeType": "UPDATE",
        "changedProperties": {
            "Configuration.IpPermissions.0": {"previousValue": None, "updatedValue": {"fromPort": 22}}
        },
    },
}
SNAPSHOT = {"messageType": "ConfigurationSnapshotDeliveryCompleted"}

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """The command switches the garbage collector off for its own process; the tests go on in theirs."""
    yield
    gc.enable()


@pytest.fixture
def run() -> Run:
    """Calls the command in process."""
    return lambda *arguments: CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes documents to a file, each on a line, and gives its path."""

    def write(*documents: object, name: str = "log.jsonl") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in documents]
        data = b"\n".join(lines)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def lines_of(result: Result) -> list[dict[str, Any]]:
    """The objects on standard output, one a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


# The contract


def test_a_decision_is_written_as_the_contract_says(run: Run, written: Callable[..., Path]) -> None:
    """Every key, in its order, with these values."""
    config, cloudtrail = written(MESSAGE, name="config.jsonl"), written(RECORD, name="cloudtrail.jsonl")
    [decision] = lines_of(run("--config", config, "--cloudtrail", cloudtrail))

    assert {
        "version": 1,
        "decision": "notify",
        "verdict": "manual",
        "reason": "identity-center",
        "explanation": "alice@example.com called AuthorizeSecurityGroupIngress with the command line"
        " 42 s before AWS Config saw web (sg-0abc) change",
        "change": {
            "account": "111122223333",
            "region": "eu-west-1",
            "resource_type": "AWS::EC2::SecurityGroup",
            "resource_id": "sg-0abc",
            "resource_name": "web",
            "arn": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0abc",
            "change_type": "UPDATE",
            "captured_at": "2026-11-22T12:00:41.789Z",
            "properties": [{"path": "Configuration.IpPermissions.0", "before": None, "after": {"fromPort": 22}}],
        },
        "actor": {
            "kind": "person",
            "name": "alice@example.com",
            "principal": PERSON,
            "via": "cli",
            "source_ip": "203.0.113.7",
            "mfa": True,
        },
        "source": {"file": str(config), "record": 1},
        "calls": [
            {
                "event_id": "c-1",
                "event_source": "ec2.amazonaws.com",
                "event_name": "AuthorizeSecurityGroupIngress",
                "event_time": "2026-11-22T12:00:00Z",
                "region": "eu-west-1",
                "console_url": "https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/c-1",
            }
        ],
    } == decision
    assert ["version", "decision", "verdict", "reason", "explanation", "change", "actor", "source", "calls"] == (
        list(decision)
    )


@pytest.mark.parametrize("option", ["--config", "--cloudtrail"])
def test_keys_are_always_present(run: Run, written: Callable[..., Path], option: str) -> None:
    """Also where there is no change, no actor, no call."""
    inputs = (MESSAGE, SNAPSHOT) if option == "--config" else (RECORD, RECORD | {"eventID": "c-2", "readOnly": True})
    decisions = lines_of(run(option, written(*inputs), "--all"))

    assert 2 == len(decisions)
    assert {("version", "decision", "verdict", "reason", "explanation", "change", "actor", "source", "calls")} == {
        tuple(decision) for decision in decisions
    }


def test_a_message_that_is_no_change_says_where_it_was_read(run: Run, written: Callable[..., Path]) -> None:
    """`source` is there for it too; everything else is null."""
    path = written(SNAPSHOT)
    [decision] = lines_of(run("--config", path, "--all"))

    assert ("drop", None, None, None, [], {"file": str(path), "record": 1}) == tuple(
        decision[key] for key in ("decision", "verdict", "change", "actor", "calls", "source")
    )


def test_without_all_only_what_would_be_notified_is_printed(run: Run, written: Callable[..., Path]) -> None:
    """With it every decision."""
    path = written(RECORD, RECORD | {"eventID": "c-2", "readOnly": True}, RECORD | {"eventID": "c-3", "errorCode": "x"})

    assert (1, 3) == (
        len(lines_of(run("--cloudtrail", path))),
        len(lines_of(run("--cloudtrail", path, "--all"))),
    )


def test_nothing_but_decisions_is_on_standard_output(run: Run, written: Callable[..., Path]) -> None:
    """What was judged, and what could not be, is said on standard error."""
    result = run("--cloudtrail", written(RECORD, b"junk"), "--all")

    assert 1 == len(lines_of(result))
    assert ["unreadable: ", "judged 1: 1 notify (identity-center 1); 1 unreadable"] == [
        result.stderr.splitlines()[0][:12],
        result.stderr.splitlines()[1],
    ]


def test_the_order_does_not_depend_on_that_of_the_input(run: Run, written: Callable[..., Path]) -> None:
    """Time, then id."""
    records = [
        RECORD | {"eventID": f"c-{number}", "eventTime": f"2026-11-22T12:00:0{number % 3}Z"} for number in range(6)
    ]
    there = run("--cloudtrail", written(*records, name="there"))
    back = run("--cloudtrail", written(*reversed(records), name="back"))

    assert ["c-0", "c-3", "c-1", "c-4", "c-2", "c-5"] == [line["calls"][0]["event_id"] for line in lines_of(there)]
    assert [line["calls"] for line in lines_of(there)] == [line["calls"] for line in lines_of(back)]


# Inputs


def test_folders_files_and_zipped_files_are_read_together(run: Run, written: Callable[..., Path]) -> None:
    """Options may be repeated; a call in two of them is judged once."""
    written({"Records": [RECORD]}, name="logs/2026/11/a.json.gz")
    written(RECORD | {"eventID": "c-2"}, name="logs/b.jsonl")
    single = written(RECORD, RECORD | {"eventID": "c-3"}, name="c.jsonl")
    decisions = lines_of(run("--cloudtrail", single.parent / "logs", "--cloudtrail", single))

    assert ["c-1", "c-2", "c-3"] == [decision["calls"][0]["event_id"] for decision in decisions]


def test_the_file_is_named_as_it_was_given(
    run: Run, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative or not."""
    path = written(RECORD, name="logs/a.jsonl")
    monkeypatch.chdir(path.parent.parent)

    assert [["logs/a.jsonl"], ["logs/a.jsonl"]] == [
        [decision["source"]["file"] for decision in lines_of(run("--cloudtrail", given))]
        for given in ("logs/a.jsonl", "logs")
    ]


def test_a_change_without_cloudtrail_is_unattributed(run: Run, written: Callable[..., Path]) -> None:
    """Never dropped."""
    [decision] = lines_of(run("--config", written(MESSAGE), "--all"))

    assert ("silent", "unattributed", None, []) == tuple(
        decision[key] for key in ("decision", "verdict", "actor", "calls")
    )


def test_the_policy_of_a_file_is_applied(run: Run, written: Callable[..., Path]) -> None:
    """The same document that the Lambdas read."""
    policy = written({"version": 1, "suppressions": [{"reason": "known"}]}, name="policy.json")
    [decision] = lines_of(run("--cloudtrail", written(RECORD), "--policy", policy, "--all"))

    assert ("silent", "manual", "suppressed") == tuple(decision[key] for key in ("decision", "verdict", "reason"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--lookback", "1"], "identity-center"),
        (["--lookback", "1", "--exclude-type", "AWS::EC2::*"], "resource-type-excluded"),
    ],
)
def test_options_narrow_what_is_judged(run: Run, written: Callable[..., Path], options: list[str], reason: str) -> None:
    """As the settings of the stages do."""
    config, cloudtrail = written(MESSAGE, name="config"), written(RECORD, name="cloudtrail")
    [decision] = lines_of(run("--config", config, "--cloudtrail", cloudtrail, "--all", *options))

    assert reason == decision["reason"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "no-call-found"),
        (["--daily-type", "AWS::EC2::*"], "identity-center"),
        (["--lookback", "600"], "identity-center"),
    ],
)
def test_options_widen_the_window(run: Run, written: Callable[..., Path], options: list[str], reason: str) -> None:
    """The call lies nine hours back."""
    config = written(MESSAGE, name="config")
    cloudtrail = written(RECORD | {"eventTime": "2026-11-22T03:00:00Z"}, name="cloudtrail")
    [decision] = lines_of(run("--config", config, "--cloudtrail", cloudtrail, "--all", *options))

    assert reason == decision["reason"]


# Exit status


@pytest.mark.parametrize(
    ("documents", "status"),
    [
        ([RECORD], 0),
        ([], 0),
        ([RECORD | {"readOnly": True}], 0),
        ([RECORD, b"{"], 1),
        ([{"hello": 1}], 1),
        ([RECORD | {"eventTime": None}], 1),
    ],
)
def test_the_exit_status_says_whether_everything_was_readable(
    run: Run, written: Callable[..., Path], documents: list[Any], status: int
) -> None:
    """0, or 1 if anything was not; with and without --all."""
    path = written(*documents)

    assert [status, status] == [run("--cloudtrail", path, *more).exit_code for more in ([], ["--all"])]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to replay"),
        (["--all"], "nothing to replay"),
        (["--cloudtrail", "nowhere"], "nowhere does not exist"),
        (["--config", "nowhere"], "nowhere does not exist"),
        (["--cloudtrail", "-", "--config", "-"], "only once"),
        (["--cloudtrail", ".", "--policy", "nowhere"], "nowhere: No such file or directory"),
        (["--cloudtrail", ".", "--policy", "policy.json"], "did you mean 'suppressions'?"),
        (["--cloudtrail", ".", "--format", "xml"], "xml"),
        (["--cloudtrail", ".", "--lookback", "0"], "--lookback"),
        (["--cloudtrail", ".", "--lookback", "99999999999999"], "--lookback"),
        (["--cloudtrail"], "requires an argument"),
        (["--unheard-of"], "--unheard-of"),
        (["log.jsonl"], "log.jsonl"),
    ],
)
def test_wrong_usage_is_status_2(
    run: Run, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    """With what was wrong, and nothing on standard output."""
    monkeypatch.chdir(written({"version": 1, "suppression": []}, name="policy.json").parent)
    result = run(*arguments)

    assert (2, "") == (result.exit_code, result.stdout)
    assert said in result.stderr


def test_damage_is_told_with_file_and_position(run: Run, written: Callable[..., Path]) -> None:
    """And the rest goes on."""
    config = written(MESSAGE, b"{", b"", {"Records": [{"body": "x"}, {"body": json.dumps(SNAPSHOT)}]}, name="config")
    cloudtrail = written({"Records": [RECORD, {"eventName": "X"}]}, b"junk", name="cloudtrail")
    result = run("--config", config, "--cloudtrail", cloudtrail, "--all")

    assert ["drop", "notify"] == [line["decision"] for line in lines_of(result)]
    assert [f"{config}, line 2", f"{config}, record 2", f"{cloudtrail}, record 2", f"{cloudtrail}, line 2"] == [
        line.removeprefix("unreadable: ").split(": ")[0] for line in result.stderr.splitlines()[:-1]
    ]


# For people


def test_the_table_says_who_what_when_and_why(
    run: Run, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row for each decision."""
    monkeypatch.chdir(written(MESSAGE, SNAPSHOT, name="config").parent)
    written(RECORD, name="cloudtrail")
    result = run("--config", "config", "--cloudtrail", "cloudtrail", "--all", "--format", "table")
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]

    assert 0 == result.exit_code
    assert "when (UTC) decision who what why" == rows[0]
    for word in (
        "2026-11-22T12:00:41.789Z",
        "notify",
        "alice@example.com",
        "AWS::EC2::SecurityGroup",
        "[identity-center]",
    ):
        assert any(word in row for row in rows), word
    assert any("config, record 2" in row for row in rows)


def test_the_table_has_no_colours_where_it_is_piped(run: Run, written: Callable[..., Path]) -> None:
    """Nobody wants escape sequences in a file."""
    assert "\x1b" not in run("--cloudtrail", written(RECORD), "--format", "table").stdout


@pytest.mark.parametrize("form", ["table", "jsonl"])
@pytest.mark.parametrize("name", ["Create\x1b[2J", "Create\ud800", "Create[bold]", "Create\r\n", "Create\u202e"])
def test_no_name_steers_a_terminal(run: Run, written: Callable[..., Path], form: str, name: str) -> None:
    """Recorded words are shown as words, whatever is in them."""
    result = run("--cloudtrail", written(RECORD | {"eventName": name}), "--format", form, "--all")

    assert 0 == result.exit_code
    assert not any(steering in result.stdout for steering in ("\x1b", "\r", "\u202e")) or form == "jsonl"
    assert "Create" in result.stdout


def test_no_damage_steers_a_terminal(run: Run, written: Callable[..., Path]) -> None:
    """On standard error too."""
    odd = MESSAGE | {"configurationItem": {"resourceType": "\x1b[2J", "configurationItemCaptureTime": "x"}}

    assert "\x1b" not in run("--config", written(odd)).stderr


# As a process


def process(*arguments: str, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Calls the command as a program of its own."""
    program = "import sys; from manual_change_local.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "replay", *arguments],
        input=given,
        capture_output=True,
        env=os.environ | environment,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "zipped"])
def test_standard_input_is_read(zipped: bool) -> None:
    """As `-`, zipped or not; progress and the summary stay off standard output."""
    data = json.dumps(RECORD).encode() + b"\nnonsense\n"
    done = process("--cloudtrail", "-", "--all", given=gzip.compress(data) if zipped else data)

    assert (1, [("-", 1)]) == (
        done.returncode,
        [(line["source"]["file"], line["source"]["record"]) for line in map(json.loads, done.stdout.splitlines())],
    )
    assert b"unreadable: -, line 2" in done.stderr


def test_a_terminal_of_another_encoding_is_no_error(written: Callable[..., Path]) -> None:
    """What it cannot show is shown otherwise."""
    path = written(RECORD | {"eventName": "Cr\u00e9er\u2026\ud800"})
    done = process("--cloudtrail", str(path), "--format", "table", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert (0, b"") == (done.returncode, b"Traceback" if b"Traceback" in done.stderr else b"")


def test_whoever_has_seen_enough_may_leave(written: Callable[..., Path]) -> None:
    """`| head` ends the program without a word about pipes."""
    path = written(*(RECORD | {"eventID": f"c-{number}"} for number in range(3000)))
    program = [sys.executable, "-c", "from manual_change_local.cli import main; main()", "replay"]
    pipe = subprocess.PIPE
    with subprocess.Popen([*program, "--cloudtrail", str(path)], stdout=pipe, stderr=pipe) as running:
        assert running.stdout
        assert running.stderr
        first = json.loads(running.stdout.readline())
        running.stdout.close()
        said = running.stderr.read()

    assert ("notify", False) == (first["decision"], b"Traceback" in said)
