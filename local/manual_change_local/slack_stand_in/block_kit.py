"""What Slack accepts as a message: the rules of Block Kit for the blocks that notifications are made of.

Sources: the Block Kit reference (docs.slack.dev/reference/block-kit) and Slack's published JSON schema
(api.slack.com/json-schema/block-kit/input/blocks), which forbids additional properties. Complaints are worded the
way Slack words them in `response_metadata.messages`. Lengths are counted in characters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

MAX_BLOCKS: Final = 50
MAX_SECTION_TEXT: Final = 3000
MAX_FIELDS: Final = 10
MAX_FIELD_TEXT: Final = 2000
MAX_HEADER_TEXT: Final = 150
MAX_CONTEXT_ELEMENTS: Final = 10
MAX_CONTEXT_TEXT: Final = 3000
MAX_ACTIONS: Final = 25
MAX_BUTTON_TEXT: Final = 75
MAX_URL: Final = 3000
MAX_VALUE: Final = 2000
MAX_ID: Final = 255
MAX_ALT_TEXT: Final = 2000
MAX_MARKDOWN: Final = 12_000
MAX_TEXT: Final = 40_000
"""Of the message's own `text`."""
MAX_ALL_TEXT: Final = 12_000
"""Of all blocks together, for chat.postMessage (`msg_blocks_too_long`): not in the reference; measured at 12,000 and
some in slackapi/bolt-js #2509 and #2867."""

_Rule = Callable[[Mapping[str, Any], str], Iterator[str]]

_TEXT_KINDS: Final = ("plain_text", "mrkdwn")
_TEXT_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "plain_text": frozenset({"type", "text", "emoji"}),
    "mrkdwn": frozenset({"type", "text", "verbatim"}),
}


def complaints(blocks: object) -> list[str]:
    """Everything Slack would reject about `blocks`, each with the JSON pointer; empty when it would post them."""
    if not isinstance(blocks, list):
        return [_at("/blocks", "must be an array")]
    return list(_blocks(blocks))


def characters_in(value: object) -> int:
    """How many characters of text a payload's blocks hold, over all text objects."""
    match value:
        case {"text": str(text)}:
            return len(text)
        case Mapping():
            return sum(characters_in(inner) for inner in value.values())
        case list():
            return sum(characters_in(inner) for inner in value)
        case _:
            return 0


def _blocks(blocks: Sequence[object]) -> Iterator[str]:
    if len(blocks) > MAX_BLOCKS:
        yield _at("/blocks", f"no more than {MAX_BLOCKS} items allowed")
    ids: set[str] = set()
    for position, block in enumerate(blocks):
        where = f"/blocks/{position}"
        if not isinstance(block, Mapping):
            yield _at(where, "must be an object")
            continue
        rule = _RULES.get(str(block.get("type")))
        if rule is None:
            yield _at(f"{where}/type", f"unsupported type: {block.get('type')}")
            continue
        block_id = block.get("block_id")
        if block_id is not None:
            yield from _string(block_id, f"{where}/block_id", MAX_ID)
            if block_id in ids:
                yield _at(f"{where}/block_id", f"`block_id` {block_id} already exists")
            ids.add(str(block_id))
        yield from rule(block, where)


def _section(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _only(block, where, "block_id", "text", "fields", "accessory", "expand")
    if "text" not in block and "fields" not in block:
        yield _at(where, "missing required field: text or fields")
    if "text" in block:
        yield from _text(block["text"], f"{where}/text", MAX_SECTION_TEXT)
    if "fields" in block:
        yield from _array(block["fields"], f"{where}/fields", MAX_FIELDS, partial(_text, longest=MAX_FIELD_TEXT))
    if "accessory" in block:
        yield from _element(block["accessory"], f"{where}/accessory", {"button": _button, "image": _image})


def _header(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _only(block, where, "block_id", "text")
    yield from _text(block.get("text"), f"{where}/text", MAX_HEADER_TEXT, kinds=("plain_text",))


def _context(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _only(block, where, "block_id", "elements")
    text = partial(_text, longest=MAX_CONTEXT_TEXT)
    rule = partial(_element, rules={"image": _image, "mrkdwn": text, "plain_text": text})
    yield from _array(block.get("elements"), f"{where}/elements", MAX_CONTEXT_ELEMENTS, rule)


def _actions(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _only(block, where, "block_id", "elements")
    elements = block.get("elements")
    yield from _array(elements, f"{where}/elements", MAX_ACTIONS, partial(_element, rules={"button": _button}))
    action_ids: set[str] = set()
    for position, element in enumerate(elements if isinstance(elements, list) else ()):
        action_id = element.get("action_id") if isinstance(element, Mapping) else None
        if isinstance(action_id, str):
            if action_id in action_ids:
                yield _at(f"{where}/elements/{position}/action_id", f"`action_id` {action_id} already exists")
            action_ids.add(action_id)


def _divider(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _only(block, where, "block_id")


def _image_block(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _image(block, where, also=("title", "block_id"))
    if "title" in block:
        yield from _text(block["title"], f"{where}/title", MAX_ALT_TEXT, kinds=("plain_text",))


def _markdown(block: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _only(block, where, "block_id", "text")
    yield from _string(block.get("text"), f"{where}/text", MAX_MARKDOWN)


_RULES: Final[Mapping[str, _Rule]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image_block,
    "markdown": _markdown,
}
"""Other blocks (input, rich_text, table, …) are known to Slack; what we post has none, so they are refused here."""


def _button(element: Mapping[str, Any], where: str) -> Iterator[str]:
    yield from _only(element, where, "text", "action_id", "url", "value", "style", "confirm", "accessibility_label")
    yield from _text(element.get("text"), f"{where}/text", MAX_BUTTON_TEXT, kinds=("plain_text",))
    for key, longest in (("action_id", MAX_ID), ("value", MAX_VALUE), ("accessibility_label", MAX_BUTTON_TEXT)):
        if key in element:
            yield from _string(element[key], f"{where}/{key}", longest)
    if "url" in element:
        yield from _url(element["url"], f"{where}/url")
    if element.get("style", "primary") not in ("primary", "danger"):
        yield _at(f"{where}/style", "must be a valid enum value")


def _image(element: Mapping[str, Any], where: str, also: Sequence[str] = ()) -> Iterator[str]:
    yield from _only(element, where, "image_url", "alt_text", *also)
    yield from _url(element.get("image_url"), f"{where}/image_url")
    yield from _string(element.get("alt_text"), f"{where}/alt_text", MAX_ALT_TEXT)


def _element(element: object, where: str, rules: Mapping[str, _Rule]) -> Iterator[str]:
    rule = rules.get(str(element.get("type"))) if isinstance(element, Mapping) else None
    if rule is None or not isinstance(element, Mapping):
        yield _at(where, "failed to match all allowed schemas")
    else:
        yield from rule(element, where)


def _text(text: object, where: str, longest: int, *, kinds: Sequence[str] = _TEXT_KINDS) -> Iterator[str]:
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        yield _at(where, "failed to match all allowed schemas")
        return
    for key in sorted(text.keys() - _TEXT_KEYS[text["type"]]):
        yield _at(where, f"invalid additional property: {key}")
    yield from _string(text.get("text"), f"{where}/text", longest)


def _string(value: object, where: str, longest: int) -> Iterator[str]:
    if not isinstance(value, str):
        yield _at(where, "must be a string")
    elif not value:
        yield _at(where, "must be more than 0 characters")
    elif len(value) > longest:
        yield _at(where, f"must be less than {longest + 1} characters")


def _url(value: object, where: str) -> Iterator[str]:
    yield from _string(value, where, MAX_URL)
    if isinstance(value, str) and not (urlsplit(value).scheme in ("http", "https") and urlsplit(value).netloc):
        yield _at(where, "must be a valid URL")


def _array(value: object, where: str, most: int, rule: Callable[[object, str], Iterator[str]]) -> Iterator[str]:
    if not isinstance(value, list):
        yield _at(where, "must be an array")
        return
    if not value:
        yield _at(where, "no less than 1 items allowed")
    if len(value) > most:
        yield _at(where, f"no more than {most} items allowed")
    for position, item in enumerate(value):
        yield from rule(item, f"{where}/{position}")


def _only(block: Mapping[str, Any], where: str, *keys: str) -> Iterator[str]:
    for key in sorted(block.keys() - {"type", *keys}):
        yield _at(where, f"invalid additional property: {key}")


def _at(where: str, complaint: str) -> str:
    return f"[ERROR] {complaint} [json-pointer:{where}]"
