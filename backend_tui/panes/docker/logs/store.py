"""The lines that are kept of one container: at most 50 000 and 32 MiB, what left is counted.

Lines are numbered as they come; older pages are put before them with lower numbers. What passes
the filter and what the search finds are lists of numbers, kept up to date line by line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from backend_tui.panes.docker.logs.lines import LogLine, Passes

CAPACITY: Final = 50_000
BYTES: Final = 32 << 20
_EACH: Final = 100
"""Bytes that a kept line takes beside its text, about."""
_SLICE: Final = 1_000


class Numbers:
    """Numbers of the lines that pass a test, in order."""

    def __init__(self, passes: Passes, first: int) -> None:
        self.passes = passes
        self.numbers: deque[int] = deque()
        self.next = first
        """The first line that was not looked at yet."""

    def take(self, number: int, lines: Sequence[LogLine]) -> None:
        """Look at new lines, of which the first has this number; None may be left out."""
        passes = self.passes
        self.numbers.extend(i for i, line in enumerate(lines, number) if passes(line))
        self.next = number + len(lines)

    def prepend(self, number: int, lines: Sequence[LogLine]) -> None:
        """Look at older lines, of which the first has this number."""
        passes = self.passes
        found = [i for i, line in enumerate(lines, number) if passes(line)]
        self.numbers.extendleft(reversed(found))

    def cut(self, first: int, stop: int) -> None:
        """Forget numbers outside of these."""
        while self.numbers and self.numbers[0] < first:
            self.numbers.popleft()
        while self.numbers and self.numbers[-1] >= stop:
            self.numbers.pop()
        self.next = min(max(self.next, first), stop)


class LogStore:
    """What is drawn, filtered, searched and saved."""

    def __init__(self, capacity: int = CAPACITY, most_bytes: int = BYTES) -> None:
        self._capacity = capacity
        self._most_bytes = most_bytes
        self._lines: deque[LogLine] = deque()
        self.first = 0
        self.dropped = 0
        self.bytes = 0
        self.newer_cut = 0
        """Newest lines that gave way to an older page; above 0 the end is not here."""
        self.filter: Numbers | None = None
        self.search: Numbers | None = None

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def stop(self) -> int:
        """One more than the newest line's number."""
        return self.first + len(self._lines)

    def line(self, number: int) -> LogLine:
        """A kept line. Raises `IndexError` for one that is not."""
        at = number - self.first
        if at < 0:
            raise IndexError(number)
        return self._lines[at]

    def lines(self, start: int | None = None, stop: int | None = None) -> Iterator[LogLine]:
        """The kept lines from one number to before another."""
        begin = 0 if start is None else max(start - self.first, 0)
        end = len(self) if stop is None else max(stop - self.first, 0)
        return islice(self._lines, begin, end)

    def extend(self, lines: Sequence[LogLine]) -> None:
        """Newer lines; the oldest leave and are counted."""
        number = self.stop
        self._lines.extend(lines)
        self.bytes += sum([len(line.data) for line in lines]) + _EACH * len(lines)
        for each in self._watched():
            if each.next == number:
                each.take(number, lines)
        gone = 0
        while len(self._lines) > self._capacity or self._is_too_big:
            self.bytes -= len(self._lines.popleft().data) + _EACH
            gone += 1
        if gone:
            self.first += gone
            self.dropped += gone
            self._cut()

    def prepend(self, lines: Sequence[LogLine]) -> int:
        """An older page; the newest lines give way to it. How many were put there."""
        room = max(self._capacity // 2, 1)
        lines = lines[-room:]
        self._lines.extendleft(reversed(lines))
        self.first -= len(lines)
        self.dropped = max(self.dropped - len(lines), 0)
        self.bytes += sum([len(line.data) for line in lines]) + _EACH * len(lines)
        for each in self._watched():
            each.prepend(self.first, lines)
        cut = 0
        while len(self._lines) > self._capacity or (self._is_too_big and len(self) > len(lines)):
            self.bytes -= len(self._lines.pop().data) + _EACH
            cut += 1
        if cut:
            self.newer_cut += cut
            self._cut()
        return len(lines)

    def clear(self) -> None:
        """Forget all; filter and search stay and begin anew."""
        self._lines.clear()
        self.first = self.dropped = self.bytes = self.newer_cut = 0
        for each in self._watched():
            each.numbers.clear()
            each.next = 0

    # What is shown: every line, or those that pass.

    def set_filter(self, passes: Passes | None) -> Iterator[None]:
        """Show what passes; look at all lines a slice at a time, as the result is driven."""
        self.filter = None if passes is None else Numbers(passes, self.first)
        return self._looking(self.filter)

    def set_search(self, passes: Passes | None) -> Iterator[None]:
        """Find what passes, in the same way."""
        self.search = None if passes is None else Numbers(passes, self.first)
        return self._looking(self.search)

    @property
    def count(self) -> int:
        """How many lines are shown."""
        return len(self._lines) if self.filter is None else len(self.filter.numbers)

    def number_at(self, place: int) -> int:
        """The number of the shown line at a place from the top."""
        return self.first + place if self.filter is None else self.filter.numbers[place]

    def place_of(self, number: int) -> int:
        """Where a line is shown; where it would be, when it is not."""
        if self.filter is None:
            return min(max(number - self.first, 0), max(len(self) - 1, 0))
        return min(bisect_left(self.filter.numbers, number), max(self.count - 1, 0))

    def _looking(self, numbers: Numbers | None) -> Iterator[None]:
        while numbers is not None and numbers in self._watched() and numbers.next < self.stop:
            start = max(numbers.next, self.first)
            numbers.take(start, list(self.lines(start, start + _SLICE)))
            yield

    def _watched(self) -> tuple[Numbers, ...]:
        return tuple(each for each in (self.filter, self.search) if each is not None)

    def _cut(self) -> None:
        for each in self._watched():
            each.cut(self.first, self.stop)

    @property
    def _is_too_big(self) -> bool:
        return self.bytes > self._most_bytes and len(self._lines) > 1
