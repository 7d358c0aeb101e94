"""One line of a log, its time as the engine tells it, and its text for matching."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

OUT: Final = 1
ERR: Final = 2
ENGINE: Final = 3
MARK: Final = 0
"""Where a line comes from: standard output, standard error, the engine, the workbench itself."""

SECOND: Final = 1_000_000_000
_STAMP: Final = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)(?: |$)"
)
SGR: Final = re.compile("\x1b\\[([0-9;:]{0,60})m")
"""The sequences that only set colours and weight."""
_ESCAPES: Final = re.compile("\x1b\\[[0-9;:]*[A-Za-z]")


class LogLine(NamedTuple):
    """`at` in Unix nanoseconds, 0 when the engine gave none; `data` as written, without its end.

    `lost` bytes of a line beyond all measure were not kept.
    """

    at: int
    source: int
    data: bytes
    lost: int = 0


def mark(words: str, at: int) -> LogLine:
    """A line of our own between those of the container: “exited 0”."""
    return LogLine(at, MARK, words.encode())


def plain(line: LogLine) -> str:
    """The text that patterns are matched with: decoded, without colours and cursor movement."""
    text = line.data.decode("utf-8", "replace")
    return _ESCAPES.sub("", text) if "\x1b" in text else text


class Stamps:
    """Reads `2026-01-02T03:04:05.123456789Z `; one second is looked up once."""

    def __init__(self) -> None:
        self._second = b""
        self._base = 0

    def read(self, data: bytes, start: int = 0) -> tuple[int, int]:
        """Nanoseconds, and where the text begins; (0, start) where no time stands."""
        if data[start + 19 : start + 20] == b"." and data[start + 29 : start + 31] == b"Z ":
            second = data[start : start + 19]
            if second == self._second:
                digits = data[start + 20 : start + 29]
                if digits.isdigit():
                    return self._base + int(digits), start + 31
        found = _STAMP.match(data, start)
        if found is None:
            return 0, start
        try:
            at = _seconds(found[1] + found[3]) * SECOND
        except ValueError:
            return 0, start
        if found[3] == b"Z":
            self._second, self._base = found[1], at
        return at + int((found[2] or b"0").ljust(9, b"0")), found.end()


def instant(text: str) -> int:
    """Nanoseconds of the engine's own writing of a time; 0 for none and for the year 1."""
    at, _ = Stamps().read(text.encode())
    return max(at, 0)


def as_parameter(at: int) -> str:
    """Nanoseconds as the engine takes them, exactly."""
    return f"{at // SECOND}.{at % SECOND:09d}"


def clock_text(at: int, *, has_date: bool = False) -> str:
    """Local time to the millisecond; blank when there is none."""
    if at <= 0:
        return " " * (18 if has_date else 12)
    moment = datetime.fromtimestamp(at // SECOND, UTC).astimezone()
    date = "%m-%d " if has_date else ""
    return f"{moment:{date}%H:%M:%S}.{at % SECOND // 1_000_000:03d}"


def _seconds(text: bytes) -> int:
    return int(datetime.fromisoformat(text.decode()).timestamp())


Passes = Callable[[LogLine], bool]
"""Whether a line is shown, or is a hit."""
