"""What is asked before each change of a key."""

from __future__ import annotations

from typing import Final

from backend_tui.panes.cache.server.confirm import Question
from backend_tui.panes.cache.server.key_text import key_text

# title, what will happen, what must be typed for it
_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "delete": ("Delete this key?", "Its value is gone for good.", ""),
    "expire": (
        "Let this key expire?",
        "The server deletes it when the time is over.",
        "after: 90 (seconds), 5m, 2h, 1d",
    ),
    "persist": ("Keep this key for ever?", "Its time to live is taken away.", ""),
    "rename": (
        "Rename this key?",
        "Who looks for the old name finds nothing. A name in use is never overwritten.",
        "new name (\\x00 stands for a byte)",
    ),
    "field": ("Edit one field of this hash", "Every other field stays as it is.", "field"),
}


def asked(act: str, key: bytes, server: str, *, is_own: bool, given: bytes = b"") -> Question:
    """The question for an act on a key; a server that is not ours wants the act's word typed."""
    title, consequence, asks = _WORDS[act]
    offered = {"expire": "60", "rename": key_text(key), "field": key_text(given)}
    return Question(
        title=title,
        key=key_text(key),
        server=server,
        consequence=consequence,
        asks=asks,
        given=offered.get(act, ""),
        word="" if is_own else act,
    )
