"""Where a text occurs in a body's bytes: literal, case ignored while the needle is lower case."""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_left
from typing import Final

from backend_tui.core.body.source import Buffer

_SLICE: Final = 1 << 17
MOST_HITS: Final = 200_000


class Search:
    """The offsets of one needle's occurrences, found slice by slice."""

    def __init__(self, needle: str, *, is_json: bool = False) -> None:
        self.needle = needle
        raw = needle.encode("utf-8", "surrogatepass")
        forms = [raw]
        if is_json:  # a person types é or a tab; the bytes may say \\u00e9 or \\t
            forms += [
                json.dumps(needle, ensure_ascii=ascii_only)[1:-1].encode("utf-8", "replace")
                for ascii_only in (True, False)
            ]
        self._longest = max(len(form) for form in forms)
        flags = re.IGNORECASE if needle == needle.lower() else 0
        alternatives = sorted(set(forms), key=len, reverse=True)
        self.pattern = re.compile(b"|".join(re.escape(form) for form in alternatives), flags)
        self.hits = array("Q")
        self.position = 0
        self.is_complete = False

    @property
    def is_capped(self) -> bool:
        return len(self.hits) >= MOST_HITS

    def advance(self, buffer: Buffer, size: int) -> bool:
        """Look through one more slice; True when the end or the most hits are reached.

        When the text has grown since, calling again goes on from there.
        """
        start = self.position
        if start >= size or self.is_capped or not self.needle:
            self.is_complete = True
            return True
        stop = min(start + _SLICE, size)
        begin = start
        for found in self.pattern.finditer(buffer, start, min(stop + self._longest - 1, size)):
            if found.start() >= stop:
                break
            self.hits.append(found.start())
            begin = found.end()
            if len(self.hits) >= MOST_HITS:
                break
        self.position = max(stop if stop < size else max(size - self._longest + 1, begin), begin)
        self.is_complete = stop >= size
        return self.is_complete

    def after(self, offset: int) -> int | None:
        """The number (from 0) of the first hit at or after the offset; past the last, the first."""
        if not self.hits:
            return None
        at = bisect_left(self.hits, offset)
        return at if at < len(self.hits) else 0

    def before(self, offset: int) -> int | None:
        """The number of the last hit before the offset, the last of all at the beginning."""
        if not self.hits:
            return None
        return (bisect_left(self.hits, offset) or len(self.hits)) - 1
