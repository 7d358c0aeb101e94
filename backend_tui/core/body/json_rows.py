"""The rows of a pretty JSON text: where each begins, how deep it lies, and what closes it.

Nothing is parsed and written again: a row is a span of the original bytes, so numbers, order,
duplicates and escapes stay as sent. 22 bytes a row; depth, size and errors know no recursion.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Final

from backend_tui.core.body.grammar import (
    ELEMENT,
    END_ARRAY,
    END_OBJECT,
    MEMBER,
    NOTHING,
    ROOT,
    SPACE,
    Expected,
    JsonProblem,
    explain,
    located,
)
from backend_tui.core.body.source import Buffer
from backend_tui.core.body.text_rows import ROW_BYTES, cut, piece

CONTINUED: Final = 0xFFFFFFFF
BROKEN: Final = 0xFFFFFFFE
NO_ROW: Final = 0xFFFFFFFF
DEEPEST: Final = 0xFFFF
MOST_ROWS: Final = 6_000_000
_NAMED: Final = 64  # so much must be there to say what stands in the way


class JsonRows:
    """One entry a row: first byte, depth, the opening row it lies in, its place there, its end.

    `ordinals` count from 0 within the container; on a closing row it is the number of items.
    `closers` is the last row of what a row opens (a container or a long text), 0 for none.
    """

    def __init__(self) -> None:
        self.starts = array("Q")
        self.depths = array("H")
        self.parents = array("I")
        self.ordinals = array("I")
        self.closers = array("I")
        self.long_texts = array("I")
        self.count = 0
        self.position = 0
        self.problem: JsonProblem | None = None
        self.is_cut = False

    def bounds(self, row: int) -> tuple[int, int]:
        """The first byte of a row and the one after its last, trailing blanks included."""
        if row >= self.count:
            return self.position, self.position
        start = self.starts[row]
        stop = self.starts[row + 1] if row + 1 < len(self.starts) else self.position
        return start, max(start, min(stop, start + ROW_BYTES))

    def row_at(self, offset: int) -> int:
        """The row that holds the byte."""
        return max(bisect_right(self.starts, offset, 0, self.count) - 1, 0)


class JsonScanner:
    """Fills `rows` from a buffer that may still grow; call `advance` until it says True."""

    def __init__(self, *, many: bool = False) -> None:
        self.rows = JsonRows()
        self.shipped = 0  # rows below it are elsewhere too: what closes them goes to `patches`
        self.patches = array("I")
        self._many = many
        self._stack = array("I")
        self._counts = array("I")
        self._objects = bytearray()
        self._expected: Expected = "root"
        self._retry_at = 0
        self._roots = 0
        self._began = False

    def advance(self, buffer: Buffer, size: int, *, is_final: bool, most: int) -> bool:
        """Index about `most` further rows; True when it can do no more with what is there.

        A row that is not whole yet is tried again when what is left has grown by a quarter.
        """
        rows = self.rows
        if rows.is_cut or (size < self._retry_at and not is_final):
            return True
        if not self._began:
            if size < 3 and not is_final:
                return True
            self._began = True
            rows.position = 3 if buffer[:3] == b"\xef\xbb\xbf" else 0
        if rows.problem is None:
            blank = SPACE.match(buffer, rows.position)
            rows.position = blank.end() if blank else rows.position
            done = self._scan(buffer, size, is_final=is_final, most=most)
        else:
            done = self._rest(buffer, size, is_final=is_final, most=most)
        rows.count = len(rows.starts)
        rows.is_cut = rows.count >= MOST_ROWS
        return done or rows.is_cut

    def _scan(self, buffer: Buffer, size: int, *, is_final: bool, most: int) -> bool:
        rows, stack, counts, objects = self.rows, self._stack, self._counts, self._objects
        starts, depths, parents = rows.starts, rows.depths, rows.parents
        ordinals, closers = rows.ordinals, rows.closers
        position, expected = rows.position, self._expected
        limit = min(len(starts) + most, MOST_ROWS)
        while len(starts) < limit:
            found = _PATTERNS[expected].match(buffer, position)
            if found is None:
                rows.position, self._expected = position, expected
                return self._stopped(buffer, size, is_final=is_final)
            kind, stop = found.lastindex, found.end()
            closes = expected in _ENDS
            if stop == size and not is_final and kind != 2 and not (closes and len(stack) == 1):
                self._retry_at = size + (size - position) // 4 + 1
                break
            row = len(starts)
            starts.append(position)
            closers.append(0)
            if closes:
                opener = stack.pop()
                objects.pop()
                depths.append(min(len(stack), DEEPEST))
                parents.append(stack[-1] if stack else NO_ROW)
                ordinals.append(counts.pop())
                closers[opener] = row
                if opener < self.shipped:
                    self.patches.extend((opener, row))
                if kind == 2 and not stack:
                    stop = found.start(2)
            else:
                depths.append(min(len(stack), DEEPEST))
                parents.append(stack[-1] if stack else NO_ROW)
                if stack:
                    ordinals.append(counts[-1])
                    counts[-1] += 1
                else:
                    ordinals.append(self._roots)
                    self._roots += 1
                if stop - position > ROW_BYTES:
                    self._continue(buffer, position, found.end(kind or 0), folds=kind != 3)
                if kind == 3:
                    stack.append(len(starts) - 1)
                    counts.append(0)
                    objects.append(buffer[found.start(3)] == 0x7B)
            position = stop
            if not stack:
                expected = "root" if self._many else "nothing"
            elif kind == 1:
                expected = "end of object" if objects[-1] else "end of array"
            else:
                expected = "member" if objects[-1] else "element"
        else:
            rows.position, self._expected = position, expected
            return False
        rows.position, self._expected = position, expected
        return True

    def _continue(self, buffer: Buffer, start: int, stop: int, *, folds: bool) -> None:
        """Give a long row further rows, one a piece; they fold away under the first."""
        rows = self.rows
        head = len(rows.starts) - 1
        depth = min(rows.depths[head] + 1, DEEPEST)
        at = cut(buffer, start + ROW_BYTES)
        while at < stop:
            rows.starts.append(at)
            rows.depths.append(depth)
            rows.parents.append(head)
            rows.ordinals.append(CONTINUED)
            rows.closers.append(0)
            if stop - at <= ROW_BYTES:
                break
            at = cut(buffer, at + ROW_BYTES)
        if folds and len(rows.starts) - 1 > head:
            rows.closers[head] = len(rows.starts) - 1
            rows.long_texts.append(head)

    def _stopped(self, buffer: Buffer, size: int, *, is_final: bool) -> bool:
        """Nothing matched: the text is whole, not all there yet, or not JSON from here on."""
        rows, position = self.rows, self.rows.position
        is_between = self._expected == "nothing" or (self._expected == "root" and self._roots > 0)
        if is_between and position >= size:
            return True
        found = explain(buffer, position, size, self._expected)
        if not is_final and (found.is_unfinished or size - found.offset < _NAMED):
            self._retry_at = size + (size - position) // 4 + 1
            return True
        rows.problem = located(buffer, found)
        return False

    def _rest(self, buffer: Buffer, size: int, *, is_final: bool, most: int) -> bool:
        """What follows a problem, as it stands in the text."""
        rows = self.rows
        for _ in range(most):
            if rows.position >= size:
                return True
            stop = piece(buffer, rows.position, size)
            if stop == size and not is_final and buffer[stop - 1] != 0x0A:
                return True
            rows.starts.append(rows.position)
            rows.depths.append(0)
            rows.parents.append(NO_ROW)
            rows.ordinals.append(BROKEN)
            rows.closers.append(0)
            rows.position = stop
        return False


_ENDS: Final[frozenset[Expected]] = frozenset({"end of object", "end of array"})
_PATTERNS: Final[dict[Expected, re.Pattern[bytes]]] = {
    "element": ELEMENT,
    "member": MEMBER,
    "end of object": END_OBJECT,
    "end of array": END_ARRAY,
    "root": ROOT,
    "nothing": NOTHING,
}
