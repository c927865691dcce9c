"""The stand-in answers as Slack answers, seen through Slack's own client."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from threading import enumerate as enumerate_threads
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from manual_change_local.slack_stand_in import WEBHOOK_ERRORS, PortTaken, SlackStandIn
from manual_change_local.slack_stand_in.workspace import Workspace

HELLO = [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]
TOO_LONG = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(channels=("manual-changes", "security"), posts_per_second=None) as stand_in:
        yield stand_in


def post(slack: SlackStandIn, **payload: Any) -> WebhookResponse:
    return WebhookClient(slack.webhook_url()).send(**payload)


def post_raw(url: str, body: bytes, content_type: str = "application/json") -> tuple[int, str]:
    request = urllib.request.Request(url, body, {"Content-Type": content_type})  # noqa: S310  loopback
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310  loopback
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def call_api(slack: SlackStandIn, *, token: str | None = None, **arguments: Any) -> Any:
    client = WebClient(token or slack.workspace.bot_token, base_url=slack.api_url)
    try:
        return client.api_call("chat.postMessage", json={"channel": "manual-changes", **arguments}).data
    except SlackApiError as error:
        return error.response.data


def test_a_message_to_the_webhook_is_answered_with_ok_and_kept(slack: SlackStandIn) -> None:
    """Slack answers a taken message with status 200 and the word ok."""
    response = post(slack, text="hello", blocks=HELLO)

    assert (200, "ok") == (response.status_code, response.body)
    assert [{"text": "hello", "blocks": HELLO}] == [message.payload for message in slack.messages]


def test_a_webhook_also_takes_a_form_with_a_payload(slack: SlackStandIn) -> None:
    """The older way to post: a form whose field `payload` is JSON."""
    body = b"payload=%7B%22text%22%3A%22hello%22%7D"

    assert (200, "ok") == post_raw(slack.webhook_url(), body, "application/x-www-form-urlencoded")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b'{"text": 7}'])
def test_a_body_that_is_no_message_is_an_invalid_payload(slack: SlackStandIn, body: bytes) -> None:
    """Slack says so in plain text, with status 400."""
    assert (400, "invalid_payload") == post_raw(slack.webhook_url(), body)


def test_blocks_beyond_the_limits_are_refused_and_not_kept(slack: SlackStandIn) -> None:
    """One block too long, and nothing of the message appears."""
    response = post(slack, text="hello", blocks=TOO_LONG)

    assert (400, "invalid_blocks", ()) == (response.status_code, response.body, slack.messages)


def test_a_message_without_text_or_blocks_is_refused(slack: SlackStandIn) -> None:
    """There is nothing to show."""
    assert (400, "no_text") == post_raw(slack.webhook_url(), b"{}")


def test_an_unknown_webhook_is_no_service(slack: SlackStandIn) -> None:
    """A webhook that was deleted, or mistyped."""
    assert (404, "no_service") == post_raw(slack.webhook_url() + "x", b'{"text": "hello"}')


@pytest.mark.parametrize("error", WEBHOOK_ERRORS)
def test_a_channel_can_refuse_with_each_of_slacks_errors(slack: SlackStandIn, error: str) -> None:
    """Every documented error can be met, with its own status."""
    slack.workspace.refuse("manual-changes", error)

    response = post(slack, text="hello")

    assert (WEBHOOK_ERRORS[error], error) == (response.status_code, response.body)


def test_a_refusing_channel_does_not_touch_its_neighbour(slack: SlackStandIn) -> None:
    """An archived channel is nobody else's problem."""
    slack.workspace.refuse("manual-changes", "channel_is_archived")

    assert (200, "ok") == post_raw(slack.webhook_url("security"), b'{"text": "hello"}')


def test_a_mended_channel_takes_messages_again(slack: SlackStandIn) -> None:
    """`accept` ends what `refuse` began."""
    slack.workspace.refuse("manual-changes", "no_service")
    slack.workspace.accept("manual-changes")

    assert "ok" == post(slack, text="hello").body


def test_the_api_answers_with_the_message_and_its_ts(slack: SlackStandIn) -> None:
    """chat.postMessage returns what is needed to thread below the message."""
    answer = call_api(slack, text="hello")

    assert (True, slack.messages[0].ts) == (answer["ok"], answer["ts"])


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        ("invalid_auth", {"token": "xoxb-somebody-else", "text": "hello"}),
        ("channel_not_found", {"channel": "nowhere", "text": "hello"}),
        ("no_text", {}),
        ("invalid_blocks", {"blocks": TOO_LONG}),
        ("invalid_blocks_format", {"blocks": "hello"}),
        ("msg_blocks_too_long", {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2500}}] * 5}),
    ],
)
def test_the_api_refuses_with_ok_false(slack: SlackStandIn, error: str, arguments: dict[str, Any]) -> None:
    """The Web API answers 200 and says in the body that it did not post."""
    answer = call_api(slack, **arguments)

    assert (False, error, ()) == (answer["ok"], answer["error"], slack.messages)


def test_the_api_says_where_blocks_are_wrong(slack: SlackStandIn) -> None:
    """`response_metadata` carries JSON pointers."""
    answer = call_api(slack, blocks=TOO_LONG)

    expected = ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
    assert expected == answer["response_metadata"]["messages"]


def test_the_api_calls_an_archived_channel_by_its_own_name(slack: SlackStandIn) -> None:
    """Webhooks say channel_is_archived, the Web API is_archived."""
    slack.workspace.refuse("manual-changes", "channel_is_archived")

    assert "is_archived" == call_api(slack, text="hello")["error"]


def test_a_method_that_slack_does_not_have_is_unknown(slack: SlackStandIn) -> None:
    """A typo in a method's name."""
    status, body = post_raw(slack.api_url + "chat.postMassage", b"{}")

    assert (200, "unknown_method") == (status, json.loads(body)["error"])


def a_workspace_at(clock: Callable[[], float]) -> Workspace:
    return Workspace(channels=("one", "two"), posts_per_second=1.0, monotonic=clock)


def test_a_channel_takes_one_message_a_second() -> None:
    """The second message within a second meets 429 and is told when to come back."""
    workspace = a_workspace_at(iter([0.0, 0.4]).__next__)

    replies = [workspace.post_to_webhook(workspace.webhook_paths["one"], "", b'{"text": "x"}') for _ in range(2)]

    assert [(200, None), (429, 1)] == [(reply.status, reply.retry_after) for reply in replies]


def test_the_pace_is_kept_for_each_channel_by_itself() -> None:
    """Slack's limit is per channel."""
    workspace = a_workspace_at(lambda: 0.0)

    replies = [workspace.post_to_webhook(path, "", b'{"text": "x"}') for path in workspace.webhook_paths.values()]

    assert [200, 200] == [reply.status for reply in replies]


def test_a_message_that_waited_its_second_is_taken() -> None:
    """The pace forgets."""
    workspace = a_workspace_at(iter([0.0, 1.0]).__next__)

    replies = [workspace.post_to_webhook(workspace.webhook_paths["one"], "", b'{"text": "x"}') for _ in range(2)]

    assert [200, 200] == [reply.status for reply in replies]


def test_waiting_for_messages_ends_when_they_came(slack: SlackStandIn) -> None:
    """A demo and a test wait for what is owed, not for a time."""
    post(slack, text="hello")

    assert slack.workspace.wait_for_messages(1, timeout=0)


def test_waiting_for_messages_gives_up(slack: SlackStandIn) -> None:
    """What never comes does not hang the caller."""
    assert not slack.workspace.wait_for_messages(1, timeout=0.01)


def test_whoever_wants_to_know_hears_of_every_message() -> None:
    """Also of where it was posted."""
    heard: list[str] = []
    with SlackStandIn(on_message=lambda taken: heard.append(f"{taken.channel}: {taken.payload['text']}")) as slack:
        post(slack, text="hello")

    assert ["manual-changes: hello"] == heard


def test_a_taken_port_is_named(slack: SlackStandIn) -> None:
    """The error says which port, so that one can choose another."""
    port = int(slack.url.rpartition(":")[2])

    with pytest.raises(PortTaken, match=f"127.0.0.1:{port}"):
        SlackStandIn(port=port)


def test_closing_leaves_no_thread_behind() -> None:
    """It waits for those that still answer."""
    before = set(enumerate_threads())
    with SlackStandIn() as stand_in:
        post(stand_in, text="hello")

    assert set() == set(enumerate_threads()) - before
