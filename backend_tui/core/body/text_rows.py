"""Rows of a text of any size: lines, and long lines in pieces, found again from sparse marks."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from typing import Final

from backend_tui.core.body.source import Buffer

ROW_BYTES: Final = 2048
_STEP: Final = 64
_BLOCKS: Final = 64


def piece(buffer: Buffer, start: int, size: int) -> int:
    """Where the row that begins at `start` ends: after its line break, or where a piece is full.

    A piece never splits a UTF-8 character.
    """
    limit = min(start + ROW_BYTES, size)
    found = buffer.find(b"\n", start, limit)
    if found >= 0:
        return found + 1
    return limit if limit == size else cut(buffer, limit)


def cut(buffer: Buffer, offset: int) -> int:
    """The last character boundary at or before `offset`."""
    for back in range(4):
        if buffer[offset - back] & 0xC0 != 0x80:
            return offset - back
    return offset


class TextRows:
    """The start of every 64th row; the rows between are looked for again when they are drawn."""

    def __init__(self) -> None:
        self._marks = array("Q", [0])
        self._complete = 0
        self._blocks: OrderedDict[tuple[int, int], list[int]] = OrderedDict()
        self.position = 0
        self.size = 0
        self.buffer: Buffer = b""
        self.count = 0

    def advance(self, buffer: Buffer, size: int, *, is_final: bool, most: int) -> bool:
        """Index at most `most` further rows; True when it can do no more with what is there."""
        position, complete = self.position, self._complete
        for _ in range(most):
            if position >= size:
                break
            stop = piece(buffer, position, size)
            if stop == size and not is_final and buffer[stop - 1] != 0x0A:
                break
            complete += 1
            position = stop
            if complete % _STEP == 0:
                self._marks.append(position)
        else:
            self._publish(buffer, size, position, complete)
            return position >= size
        self._publish(buffer, size, position, complete)
        return True

    def _publish(self, buffer: Buffer, size: int, position: int, complete: int) -> None:
        self.buffer, self.size, self.position, self._complete = buffer, size, position, complete
        tail = 0 < size - position <= ROW_BYTES
        self.count = complete + (1 if tail else 0)

    def bounds(self, row: int) -> tuple[int, int]:
        """The first byte of a row and the one after its last; an empty span beyond the end."""
        block, within = divmod(row, _STEP)
        edges = self._edges(block)
        if within + 1 >= len(edges):
            return edges[-1], edges[-1]
        return edges[within], edges[within + 1]

    def row_at(self, offset: int) -> int:
        """The row that holds the byte."""
        block = max(bisect_right(self._marks, offset) - 1, 0)
        edges = self._edges(block)
        within = min(bisect_right(edges, offset) - 1, len(edges) - 2)
        return min(block * _STEP + max(within, 0), max(self.count - 1, 0))

    def _edges(self, block: int) -> list[int]:
        key = (block, self.size if (block + 1) * _STEP > self._complete else 0)
        if (found := self._blocks.get(key)) is not None:
            return found
        edges = [self._marks[block]] if block < len(self._marks) else [self.size]
        while len(edges) <= _STEP and edges[-1] < self.size:
            edges.append(piece(self.buffer, edges[-1], self.size))
        self._blocks[key] = edges
        if len(self._blocks) > _BLOCKS:
            self._blocks.popitem(last=False)
        return edges
