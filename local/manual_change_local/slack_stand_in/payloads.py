"""What stands in the body of a post, and whether Slack would show it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from manual_change_local.slack_stand_in.block_kit import MAX_ALL_TEXT, MAX_TEXT, characters_in, complaints
from manual_change_local.slack_stand_in.replies import Refused

_FORM: Final = "application/x-www-form-urlencoded"


def webhook_payload(content_type: str, body: bytes) -> Mapping[str, Any]:
    """The message in a post to a webhook: JSON, or a form whose field `payload` is JSON.

    Raises:
        Refused: it is neither.
    """
    text = _decoded(body)
    if content_type.startswith(_FORM):
        text = parse_qs(text).get("payload", [""])[0]
    return _object(text)


def api_payload(content_type: str, body: bytes) -> Mapping[str, Any]:
    """The arguments of a Web API call: JSON, or a form whose `blocks` are JSON.

    Raises:
        Refused: it is neither.
    """
    text = _decoded(body)
    if not content_type.startswith(_FORM):
        return _object(text, error="invalid_json")
    form: dict[str, Any] = {key: values[-1] for key, values in parse_qs(text).items()}
    for key in form.keys() & {"blocks", "attachments"}:
        try:
            form[key] = json.loads(form[key])
        except ValueError:
            raise Refused(f"invalid_{key}_format") from None
    return form


def check_content(payload: Mapping[str, Any]) -> None:
    """What both doors refuse.

    Raises:
        Refused: nothing to show, or blocks that break the rules of Block Kit.
    """
    text, blocks, attachments = payload.get("text"), payload.get("blocks"), payload.get("attachments")
    if text is not None and not isinstance(text, str):
        raise Refused("invalid_payload")
    if not text and not blocks and not attachments:
        raise Refused("no_text")
    if text and len(text) > MAX_TEXT:
        raise Refused("msg_too_long")
    if blocks is not None:
        if not isinstance(blocks, list):
            raise Refused("invalid_blocks_format")
        wrong = complaints(blocks)
        if wrong:
            raise Refused("invalid_blocks", messages=wrong)


def check_total(payload: Mapping[str, Any]) -> None:
    """What chat.postMessage refuses besides.

    Raises:
        Refused: all blocks together are too long.
    """
    if characters_in(payload.get("blocks")) > MAX_ALL_TEXT:
        raise Refused("msg_blocks_too_long")


def _object(text: str, *, error: str = "invalid_payload") -> Mapping[str, Any]:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(error) from None
    if not isinstance(payload, dict):
        raise Refused(error)
    return payload


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refused("invalid_payload") from None
