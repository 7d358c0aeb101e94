"""Which charset a body is read in, and why: header, BOM, strict UTF-8, then latin-1."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_CHARSETS: Final = {
    "idna",
    "mbcs",
    "oem",
    "punycode",
    "undefined",
    "unicode_escape",
    "raw-unicode-escape",
    "unicode-escape",
    "raw_unicode_escape",
}
_PARAMETER: Final = re.compile(r"""(?i);\s*charset\s*=\s*"?'?([^\s;"']+)""")


@dataclass(frozen=True, slots=True)
class Charset:
    """A codec Python knows and where it was learnt: `header`, `BOM`, `valid` or `fallback`."""

    codec: str
    reason: str

    @property
    def label(self) -> str:
        """For the status line: the name, and what makes it less than certain."""
        name = self.codec.removesuffix("-sig")
        return {"BOM": f"{name} (BOM)", "fallback": f"{name} (guess)"}.get(self.reason, name)

    @property
    def is_utf8(self) -> bool:
        return self.codec in {"utf-8", "utf-8-sig", "ascii"}


def declared(content_type: str) -> Charset | None:
    """The charset a Content-Type names, when Python knows it as a text codec."""
    found = _PARAMETER.search(content_type)
    if found is None:
        return None
    try:
        known = codecs.lookup(found[1])
    except (LookupError, ValueError):
        return None
    if not getattr(known, "_is_text_encoding", True) or known.name in _NO_CHARSETS:
        return None
    return Charset("latin-1" if known.name == "iso8859-1" else known.name, "header")


def choose(head: bytes, content_type: str) -> Charset:
    """The charset of a body that begins with `head`; UTF-8 until bytes prove otherwise."""
    from_header = declared(content_type)
    from_bom = next((Charset(name, "BOM") for bom, name in _BOMS if head.startswith(bom)), None)
    if from_bom and (from_header is None or from_header.is_utf8 or "16" in from_header.codec):
        return from_bom
    return from_header or Charset("utf-8", "valid")


FALLBACK: Final = Charset("latin-1", "fallback")
