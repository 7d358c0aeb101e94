r"""One line of MONITOR, exactly: `1339518083.107412 [0 127.0.0.1:60866] "GET" "a\x00b"`.

The server escapes quotes, backslashes and whatever is not printable, so `" "` stands nowhere but
between two words, and a line is cut without reading its bytes one by one.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_NAMED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}


class MonitorLine(NamedTuple):
    """A command as it ran: when (Unix ms), in which database, by whom, and its words still quoted.

    `sender` is `ADDRESS:PORT`, `lua` inside a script, or `unix:PATH`.
    """

    at_ms: float
    db: int
    sender: bytes
    quoted: bytes

    @property
    def name(self) -> bytes:
        """The command's name as it was sent, in whatever case."""
        return self.words(1)[0]

    def words(self, most: int = -1) -> list[bytes]:
        """The command's words, or its first `most`; the others are not even looked at."""
        parts = self.quoted.split(b'" "', most)
        if most >= 0:
            del parts[most:]
        if b"\\" not in self.quoted:
            return parts
        return [unescaped(part) if b"\\" in part else part for part in parts]


def parsed(line: bytes) -> MonitorLine | None:
    """The line's parts; None for what is no line of MONITOR."""
    head, ended, quoted = line.partition(b'] "')
    stamp, found, where = head.partition(b" [")
    db, _, sender = where.partition(b" ")
    if not found or not ended or not quoted.endswith(b'"') or not db.isdigit():
        return None
    try:
        at_ms = float(stamp) * 1000
    except ValueError:
        return None
    return MonitorLine(at_ms, int(db), sender, quoted[:-1])


def unescaped(word: bytes) -> bytes:
    """The word's own bytes."""
    return _ESCAPE.sub(_own_byte, word)


def _own_byte(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return bytes((int(found[1], 16),))
    return _NAMED.get(found[2], found[2])
