"""MessagePack read as JSON text, strictly and within bounds; what it cannot be is said."""

from __future__ import annotations

import json
import struct
from typing import Any, Final

_DEEPEST: Final = 64
_NUMBERS: Final = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_LENGTHS: Final = {1: ">B", 2: ">H", 4: ">I"}


class NotMessagePack(ValueError):  # noqa: N818 - it is no error: the data is something else
    """The bytes are not one whole MessagePack map or array."""


def as_json(data: bytes) -> str:
    """The document as indented JSON. Only a whole map or array is taken for MessagePack.

    Raises `NotMessagePack`.
    """
    if not data or not (0x80 <= data[0] <= 0x9F or 0xDC <= data[0] <= 0xDF):
        raise NotMessagePack
    try:
        value, end = _read(data, 0, 0)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError) as wrong:
        raise NotMessagePack from wrong
    if end != len(data):
        raise NotMessagePack
    return json.dumps(value, ensure_ascii=False, indent=2)


def _read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    first = data[at]
    at += 1
    if depth > _DEEPEST:
        raise NotMessagePack
    if first <= 0x7F:
        return first, at
    if first <= 0x8F:
        return _map(data, at, first & 0x0F, depth)
    if first <= 0x9F:
        return _array(data, at, first & 0x0F, depth)
    if first <= 0xBF:
        return _text(data, at, first & 0x1F)
    if first >= 0xE0:
        return first - 0x100, at
    if first in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[first], at
    if first in _NUMBERS:
        size = struct.calcsize(_NUMBERS[first])
        return struct.unpack(_NUMBERS[first], _taken(data, at, size))[0], at + size
    if 0xD9 <= first <= 0xDB:
        length, at = _length(data, at, 1 << (first - 0xD9))
        return _text(data, at, length)
    if 0xC4 <= first <= 0xC6:
        length, at = _length(data, at, 1 << (first - 0xC4))
        return f"0x{_taken(data, at, length).hex()}", at + length
    if first in (0xDC, 0xDD):
        length, at = _length(data, at, 2 if first == 0xDC else 4)
        return _array(data, at, length, depth)
    if first in (0xDE, 0xDF):
        length, at = _length(data, at, 2 if first == 0xDE else 4)
        return _map(data, at, length, depth)
    return _extension(data, at, first)


def _extension(data: bytes, at: int, first: int) -> tuple[Any, int]:
    if 0xD4 <= first <= 0xD8:
        length = 1 << (first - 0xD4)
    elif 0xC7 <= first <= 0xC9:
        length, at = _length(data, at, 1 << (first - 0xC7))
    else:
        raise NotMessagePack
    kind = struct.unpack(">b", _taken(data, at, 1))[0]
    return {f"extension {kind}": f"0x{_taken(data, at + 1, length).hex()}"}, at + 1 + length


def _array(data: bytes, at: int, length: int, depth: int) -> tuple[list[Any], int]:
    found = []
    for _ in range(length):
        value, at = _read(data, at, depth + 1)
        found.append(value)
    return found, at


def _map(data: bytes, at: int, length: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    for _ in range(length):
        name, at = _read(data, at, depth + 1)
        value, at = _read(data, at, depth + 1)
        found[name if isinstance(name, str) else json.dumps(name)] = value
    return found, at


def _text(data: bytes, at: int, length: int) -> tuple[str, int]:
    return _taken(data, at, length).decode("utf-8"), at + length


def _length(data: bytes, at: int, size: int) -> tuple[int, int]:
    return struct.unpack(_LENGTHS[size], _taken(data, at, size))[0], at + size


def _taken(data: bytes, at: int, size: int) -> bytes:
    found = data[at : at + size]
    if len(found) < size:
        raise NotMessagePack
    return found
