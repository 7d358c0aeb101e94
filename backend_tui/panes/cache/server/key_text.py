"""A key's bytes as one clean line that can be typed back."""

from __future__ import annotations

import re
from typing import Final

from backend_tui.core.text import clean_line

_ESCAPED: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|n|r|t|\\)")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def key_text(key: bytes) -> str:
    """UTF-8 as it reads; controls and what is no UTF-8 as `\\x00`, bidi and the like as U+FFFD."""
    text = key.decode("utf-8", "backslashreplace")
    if text.isprintable() and text.isascii():
        return text
    return clean_line(_CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text))


def is_plain(key: bytes) -> bool:
    """True when the text of the key is the key itself."""
    try:
        return key_text(key) == key.decode("utf-8")
    except UnicodeDecodeError:
        return False


def key_bytes(text: str) -> bytes:
    """The key that a person means: `\\x00`, `\\n` and `\\\\` stand for the bytes they name."""
    parts: list[bytes] = []
    end = 0
    for found in _ESCAPED.finditer(text):
        parts.append(text[end : found.start()].encode("utf-8", "surrogateescape"))
        said = found[1]
        parts.append(bytes([int(said[1:], 16)]) if said[0] == "x" else _PLAIN[said].encode())
        end = found.end()
    parts.append(text[end:].encode("utf-8", "surrogateescape"))
    return b"".join(parts)
