"""What the bytes of a value are: text, JSON, packed data; named, unpacked within bounds, never run.

A pickle is only recognized: to read one is to run it.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Final

MOST: Final = 64 * 1024
_INTEGER: Final = re.compile(rb"-?\d{1,20}\Z")
_HYLL: Final = b"HYLL"
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")


@dataclass(frozen=True, slots=True)
class Value:
    """`data` is what to show, unpacked where it was packed; `kind` names it for a person."""

    data: bytes
    kind: str
    content_type: str = ""
    note: str = ""


def recognized(data: bytes, *, is_whole: bool = True) -> Value:
    """The value told by its first bytes."""
    if data.startswith(b"\x1f\x8b"):
        return _unpacked(data, 31, "gzip")
    if _is_zlib(data) and (found := _unpacked(data, 15, "zlib")).note == "":
        return found
    if data.startswith(_HYLL):
        return Value(data, "HyperLogLog", "application/octet-stream", "PFCOUNT tells its size")
    if _PICKLE.match(data):
        note = f"protocol {data[1]}: not opened, for to open a pickle is to run it"
        return Value(data, "Python pickle", "application/octet-stream", note)
    if _INTEGER.match(data):
        return Value(data, "integer", "text/plain")
    if is_text(data):
        if data.lstrip()[:1] in (b"{", b"["):
            return Value(data, "JSON", "application/json")
        return Value(data, "text", "text/plain")
    if is_whole and (shown := _message_pack(data)) is not None:
        return Value(shown.encode(), "msgpack, shown as JSON", "application/json")
    return Value(data, "binary", "application/octet-stream")


def is_text(data: bytes) -> bool:
    """True for UTF-8 without control characters, also when its last character is cut."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        if wrong.start < len(data) - 3:
            return False
        text = data[: wrong.start].decode("utf-8")
    return not re.search(r"[\x00-\x08\x0e-\x1f\x7f]", text)


def _is_zlib(data: bytes) -> bool:
    return len(data) > 6 and data[0] == 0x78 and (data[0] * 256 + data[1]) % 31 == 0


def _unpacked(data: bytes, window: int, name: str) -> Value:
    """At most `MOST` bytes of what is packed, however much it would become."""
    try:
        unpacking = zlib.decompressobj(window)
        plain = unpacking.decompress(data, MOST)
    except zlib.error as wrong:
        return Value(data, name, "application/octet-stream", f"cannot be unpacked: {wrong}")
    inside = _inside(plain)
    cut = "" if not unpacking.unconsumed_tail else f", the first {MOST // 1024} KB of it"
    kind = f"{name} of {inside.kind}{cut}"
    return Value(inside.data, kind, inside.content_type, "")


def _inside(plain: bytes) -> Value:
    if is_text(plain):
        is_json = plain.lstrip()[:1] in (b"{", b"[")
        kind = "JSON" if is_json else "text"
        return Value(plain, kind, "application/json" if is_json else "text/plain")
    if _PICKLE.match(plain):
        return Value(plain, "a Python pickle, not opened", "application/octet-stream")
    return Value(plain, "binary", "application/octet-stream")


def _message_pack(data: bytes) -> str | None:
    from backend_tui.panes.cache.server.message_pack import NotMessagePack, as_json

    try:
        return as_json(data)
    except NotMessagePack:
        return None
