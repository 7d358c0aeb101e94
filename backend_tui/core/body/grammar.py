"""JSON's grammar as patterns over bytes, one match a row, and plain words for what breaks it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.body.source import Buffer
from backend_tui.core.text import clean_line

_WS: Final = rb"[ \t\r\n]*+"
_STRING: Final = rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_NUMBER_CORE: Final = rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"
_NUMBER: Final = _NUMBER_CORE + rb"(?![0-9.eE])"
_SCALAR: Final = (
    rb"(?:" + _STRING + rb"|" + _NUMBER + rb"|true|false|null"
    rb"|\{" + _WS + rb"\}|\[" + _WS + rb"\])"
)
# Groups tell what was met: 1 a scalar that ends its container, 2 its comma, 3 an opening bracket.
_ITEM: Final = rb"(?:" + _SCALAR + rb"()" + _WS + rb"(?:(,)" + _WS + rb")?+|([{\[])" + _WS + rb")"

ELEMENT: Final = re.compile(_ITEM)
MEMBER: Final = re.compile(_STRING + _WS + rb":" + _WS + _ITEM)
ROOT: Final = re.compile(rb"(?:" + _SCALAR + rb"()" + _WS + rb"(?:(?!)(,))?+|([{\[])" + _WS + rb")")
END_OBJECT: Final = re.compile(rb"\}()" + _WS + rb"(?:(,)" + _WS + rb")?+")
END_ARRAY: Final = re.compile(rb"\]()" + _WS + rb"(?:(,)" + _WS + rb")?+")
NOTHING: Final = re.compile(rb"(?!)")
SPACE: Final = re.compile(_WS)

_STRING_START: Final = re.compile(rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_NUMBER_BEGUN: Final = re.compile(_NUMBER_CORE)
_NUMBER_OPEN: Final = re.compile(rb"(?:-|\.|[eE][+-]?)\Z")
_WORD: Final = re.compile(rb"[A-Za-z_$][A-Za-z0-9_$.]*")
_ESCAPE_BEGUN: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_LITERALS: Final = (b"true", b"false", b"null")
_MEANT: Final = {
    b"True": "true",
    b"TRUE": "true",
    b"False": "false",
    b"FALSE": "false",
    b"None": "null",
    b"NULL": "null",
    b"nil": "null",
    b"undefined": "null",
    b"NaN": "null",
    b"Infinity": "null",
}

Expected = Literal["element", "member", "end of object", "end of array", "root", "nothing"]


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """Where the text stops being JSON (byte offset; line and column from 1) and why, in words."""

    offset: int
    line: int
    column: int
    words: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.words}"


@dataclass(frozen=True, slots=True)
class Break:
    """Where a match failed and why; `is_unfinished` when more text could still make it right."""

    offset: int
    words: str
    is_unfinished: bool = False


def located(buffer: Buffer, found: Break) -> JsonProblem:
    """The break with its line and column (in characters)."""
    line, start = 1, 0
    for begin in range(0, found.offset, 1 << 18):
        part = buffer[begin : min(begin + (1 << 18), found.offset)]
        if breaks := part.count(b"\n"):
            line += breaks
            start = begin + part.rfind(b"\n") + 1
    column = 1
    for begin in range(start, found.offset, 1 << 18):
        part = buffer[begin : min(begin + (1 << 18), found.offset)]
        column += len(part) - len(part.translate(None, _LEADING))
    return JsonProblem(found.offset, line, column, found.words)


_LEADING: Final = bytes(code for code in range(256) if code & 0xC0 != 0x80)


def explain(buffer: Buffer, offset: int, size: int, expected: Expected) -> Break:
    """Why nothing matched at `offset` where `expected` was; reads only the failing row."""
    if offset >= size:
        return Break(size, _end_words(expected), is_unfinished=True)
    if expected == "member":
        return _explain_member(buffer, offset, size)
    if expected in {"element", "root"}:
        return _explain_value(buffer, offset, size)
    found = _named(buffer, offset, size)
    if expected == "nothing":
        return Break(offset, f"The JSON ended before this {found}.")
    bracket = "}" if expected == "end of object" else "]"
    first = buffer[offset : offset + 1]
    if first in b"]}":
        return Break(offset, f"{bracket} was expected to close what is open, not {found}.")
    return Break(offset, f"A comma or {bracket} was expected, not {found}.")


def _explain_member(buffer: Buffer, offset: int, size: int) -> Break:
    first = buffer[offset : offset + 1]
    if first == b"}":
        return Break(offset, "A name was expected after the comma; take the last comma away.")
    if first == b"'":
        return Break(offset, "Names stand in double quotes, not single ones.")
    if first != b'"':
        found = _named(buffer, offset, size)
        return Break(offset, f"A name in double quotes was expected, not {found}.")
    stop = _string_end(buffer, offset, size)
    if isinstance(stop, Break):
        return stop
    colon = _space(buffer, stop, size)
    if colon >= size:
        return Break(size, "The text ends before the colon.", is_unfinished=True)
    if buffer[colon : colon + 1] != b":":
        return Break(colon, f"A colon was expected, not {_named(buffer, colon, size)}.")
    return _explain_value(buffer, _space(buffer, colon + 1, size), size)


def _explain_value(buffer: Buffer, offset: int, size: int) -> Break:
    if offset >= size:
        return Break(size, "The text ends where a value was expected.", is_unfinished=True)
    first = buffer[offset : offset + 1]
    if first == b'"':
        stop = _string_end(buffer, offset, size)
        return stop if isinstance(stop, Break) else Break(stop, "This value is not JSON.")
    if first in b"-0123456789":
        return _explain_number(buffer, offset, size)
    if first == b"'":
        return Break(offset, "Texts stand in double quotes, not single ones.")
    if first in b"{[":
        return Break(size, "The text ends inside a container.", is_unfinished=True)
    if first in b"]}":
        return Break(offset, f"A value was expected before {first.decode()}; is a comma too many?")
    word = _WORD.match(buffer, offset, min(offset + 64, size))
    if word is None:
        return Break(offset, f"A value was expected, not {_named(buffer, offset, size)}.")
    if word.end() == size and any(literal.startswith(word[0]) for literal in _LITERALS):
        return Break(size, "The text ends inside a value.", is_unfinished=True)
    name = clean_line(word[0].decode("ascii"))
    if meant := _MEANT.get(word[0]):
        return Break(offset, f"{name} is not JSON; {meant} is.")
    return Break(offset, f"{name} is not JSON; a text stands in double quotes.")


def _explain_number(buffer: Buffer, offset: int, size: int) -> Break:
    begun = _NUMBER_BEGUN.match(buffer, offset)
    stop = begun.end() if begun else offset
    if buffer[stop : stop + 1].isdigit():
        return Break(offset, "A number does not begin with 0.")
    is_open = _NUMBER_OPEN.fullmatch(bytes(buffer[stop : min(stop + 3, size)])) is not None
    return Break(stop, "A digit is missing in this number.", is_open)


def _string_end(buffer: Buffer, offset: int, size: int) -> int | Break:
    begun = _STRING_START.match(buffer, offset)
    stop = begun.end() if begun else offset
    if stop >= size:
        return Break(size, "The text ends before the closing quote.", is_unfinished=True)
    byte = buffer[stop]
    if byte == 0x22:
        return stop + 1
    if byte == 0x5C:
        if _ESCAPE_BEGUN.fullmatch(bytes(buffer[stop : min(stop + 6, size)])):
            return Break(stop, "The text ends inside an escape.", is_unfinished=True)
        shown = clean_line(buffer[stop : stop + 2].decode("ascii", "replace"))
        if shown == "\\u":
            return Break(stop, "\\u needs four hexadecimal digits.")
        return Break(stop, f"{shown} is no escape JSON knows; write \\\\ for a backslash.")
    if byte in b"\r\n":
        return Break(stop, "A text ends on its line: is the closing quote missing?")
    return Break(stop, f"A control character inside a text is written \\u{byte:04x}.")


def _space(buffer: Buffer, offset: int, size: int) -> int:
    found = SPACE.match(buffer, offset, size)
    return found.end() if found else offset


def _named(buffer: Buffer, offset: int, size: int) -> str:
    """A short clean name for what stands at the offset."""
    if word := _WORD.match(buffer, offset, min(offset + 24, size)):
        return clean_line(word[0].decode("ascii"))
    text = buffer[offset : min(offset + 4, size)].decode("utf-8", "replace")
    return clean_line(text[:1]) if text.strip() else "the end"


def _end_words(expected: Expected) -> str:
    return {
        "end of object": "The text ends before the closing }.",
        "end of array": "The text ends before the closing ].",
        "member": "The text ends where a name was expected.",
        "element": "The text ends where a value was expected.",
        "root": "There is no JSON here.",
        "nothing": "",
    }[expected]
