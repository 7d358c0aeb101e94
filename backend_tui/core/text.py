"""The one door for text from outside: whatever could drive a terminal becomes a visible glyph.

Textual and Rich pass ESC, C1 and bidi controls on to the terminal; `clean()` is applied where
foreign text enters, and `workbench.guard` is the second layer over everything drawn.
"""

from __future__ import annotations

import re
from typing import Final

_C0: Final = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\n\t"}
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u00ad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, zero-width space, direction marks
    "\u2028\u2029\u202a-\u202e\u2060-\u206f"  # separators, bidi embeddings and isolates
    "\ufeff\ufff0-\ufffb\ud800-\udfff"  # BOM, specials, lone surrogates
    "\U000e0000-\U000e007f]"  # tag characters
)


def clean(text: str) -> str:
    """The same text with every control, bidi and lone surrogate made visible; one line break kept.

    C0 becomes its control picture (ESC → ␛), DEL ␡, everything else U+FFFD. Newline and tab stay.
    A clean text comes back as the same object, so the common case costs one scan.
    """
    if text.isprintable() and text.isascii():
        return text
    return _UNSAFE.sub(_glyph, text) if _UNSAFE.search(text) else text


def clean_line(text: str) -> str:
    """`clean()` for a place that has one line: newlines and tabs become glyphs too."""
    return clean(text).replace("\n", "␊").replace("\t", "␉")


def decode(data: bytes, charset: str = "utf-8") -> str:
    """Clean text of foreign bytes: U+FFFD for what does not decode, UTF-8 for unknown charsets."""
    try:
        return clean(data.decode(charset, errors="replace"))
    except LookupError:
        return clean(data.decode("utf-8", errors="replace"))


def is_clean(text: str) -> bool:
    """True when nothing in the text could drive a terminal or reorder what is read."""
    return _UNSAFE.search(text) is None


def shorten(text: str, width: int) -> str:
    """At most `width` characters, the cut marked by an ellipsis."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def _glyph(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _C0.get(code) or ("␡" if code == 0x7F else "\ufffd")
