"""A key's bytes as text that can be shown, and that no other key shares."""

from __future__ import annotations

from backend_tui.core.text import is_clean
from backend_tui.panes.cache.wire import masked_key


def key_text(key: bytes) -> str:
    r"""Clean text of a key: what is no printable UTF-8 becomes `\x00`, a backslash is doubled.

    Different keys have different texts, so that counts by text are counts by key.
    """
    if key.isalnum():
        return key.decode("ascii")
    try:
        text = key.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(_byte(byte) for byte in key)
    if text.isprintable() and text.isascii() and "\\" not in text:
        return text
    return "".join(_character(character) for character in text)


def keyed(key: bytes, db: int, home: int) -> str:
    """The key's text, secrets in it masked; one of another database says which: `[3] cart:7`."""
    text = masked_key(key_text(key))
    return text if db == home else f"[{db}] {text}"


def _byte(byte: int) -> str:
    character = chr(byte)
    return _character(character) if byte < 0x80 else f"\\x{byte:02x}"


def _character(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable() and is_clean(character):
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8"))
