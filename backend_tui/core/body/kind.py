"""What a body is: by its first bytes where they are telling, else by its declared type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

KindName = Literal["json", "ndjson", "xml", "html", "text", "binary"]

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF87a", "GIF image"),
    (b"GIF89a", "GIF image"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"\x7fELF", "ELF program"),
    (b"\x00asm", "WebAssembly module"),
    (b"SQLite format 3\x00", "SQLite database"),
    (b"wOF2", "WOFF2 font"),
    (b"OggS", "Ogg media"),
    (b"ID3", "MP3 audio"),
    (b"\x00\x00\x01\x00", "icon"),
)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NDJSON: Final = re.compile(rb"\s*+[{\[][^\r\n]*[}\]][ \t]*\r?\n\s*[{\[]")


@dataclass(frozen=True, slots=True)
class Kind:
    """The family that decides the view, and the words for it."""

    name: KindName
    label: str

    @property
    def is_json(self) -> bool:
        return self.name in {"json", "ndjson"}


def kind_of(head: bytes, content_type: str, *, is_utf8: bool = True) -> Kind:
    """The kind of a body from its first kilobytes and its Content-Type, which may be empty."""
    media = content_type.partition(";")[0].strip().lower()
    if binary := _binary(head, is_utf8=is_utf8):
        return binary
    if media.endswith(("/x-ndjson", "/ndjson", "/jsonl", "/x-jsonlines", "/jsonlines")):
        return Kind("ndjson", "NDJSON")
    if media.endswith(("/json", "+json")):
        return Kind("ndjson", "NDJSON") if _NDJSON.match(head) else Kind("json", "JSON")
    if media.endswith("/html") or media == "application/xhtml+xml":
        return Kind("html", "HTML")
    if media.endswith(("/xml", "+xml")):
        return Kind("xml", "XML")
    return _sniffed(head) if media in {"", "text/plain", "application/octet-stream"} else _TEXT


_TEXT: Final = Kind("text", "text")


def _binary(head: bytes, *, is_utf8: bool) -> Kind | None:
    for magic, label in _MAGIC:
        if head.startswith(magic):
            return Kind("binary", label)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind("binary", "WebP image")
    if head[4:8] == b"ftyp":
        return Kind("binary", "MP4 media")
    if not is_utf8 or head.startswith(_UTF16):
        return None
    sample = head[:4096]
    if b"\x00" in sample or len(_CONTROLS.findall(sample)) * 10 > len(sample) > 0:
        return Kind("binary", "binary data")
    return None


def _sniffed(head: bytes) -> Kind:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64]
    if _NDJSON.match(head):
        return Kind("ndjson", "NDJSON")
    if start[:1] in {b"{", b"["}:
        return Kind("json", "JSON")
    lowered = start.lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return Kind("html", "HTML")
    if lowered.startswith(b"<?xml"):
        return Kind("xml", "XML")
    return _TEXT
