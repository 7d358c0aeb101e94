"""An introspection result decoded type by type, so that no step holds the interpreter for long."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_OPENED: Final = frozenset({"data", "__schema", "types", "directives"})
_DECODER: Final = json.JSONDecoder()


def decoded(text: str) -> Any:
    """The value of JSON text; `data`, `__schema` and its lists are gone through item by item.

    Raises ValueError for what is no JSON, RecursionError for what is too deep.
    """
    try:
        value, end = _value(text, _skip(text, 0), is_open=True)
    except IndexError as wrong:
        raise ValueError("the text ends too early") from wrong
    if _skip(text, end) != len(text):
        raise ValueError(f"more than one value, at offset {end}")
    return value


def _value(text: str, at: int, *, is_open: bool) -> tuple[Any, int]:
    if is_open and text[at] == "{":
        return _members(text, at)
    if is_open and text[at] == "[":
        return _items(text, at)
    return _DECODER.raw_decode(text, at)


def _members(text: str, at: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if not isinstance(name, str) or text[at] != ":":
            raise ValueError(f"no member at offset {at}")
        value, at = _value(text, _skip(text, at + 1), is_open=name in _OPENED)
        found[name] = value
        at = _next(text, at, "}")
    return found, at + 1


def _items(text: str, at: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, at = _DECODER.raw_decode(text, at)
        found.append(value)
        at = _next(text, at, "]")
    return found, at + 1


def _next(text: str, at: int, closer: str) -> int:
    """Behind the comma, or at the closing bracket."""
    at = _skip(text, at)
    if text[at] == ",":
        return _skip(text, at + 1)
    if text[at] != closer:
        raise ValueError(f"no comma at offset {at}")
    return at


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
