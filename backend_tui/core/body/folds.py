"""Which rows are folded away, and how rows on screen and rows of the body map to each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from backend_tui.core.body.json_rows import JsonRows


class Folds:
    """The outermost folded rows, sorted, with how much each hides.

    With `is_deep`, what a fold reveals is folded too: the state after "fold all".
    """

    def __init__(self) -> None:
        self._heads: list[int] = []
        self._hidden: list[int] = []
        self._before: list[int] = []
        self.is_deep = False
        self._inner: set[int] = set()

    def __len__(self) -> int:
        return len(self._heads)

    def is_folded(self, row: int) -> bool:
        """True when the row is on screen and what it opens is hidden."""
        at = bisect_left(self._heads, row)
        return at < len(self._heads) and self._heads[at] == row

    def count(self, rows: int) -> int:
        """How many of so many rows are left on screen."""
        return max(rows - (self._before[-1] if self._before else 0), 0)

    def row(self, line: int) -> int:
        """The body's row on the screen's line (both from 0, scrolling included)."""
        low, high = 0, len(self._heads)
        while low < high:
            middle = (low + high) // 2
            if self._line_of_head(middle) < line:
                low = middle + 1
            else:
                high = middle
        return line + (self._before[low - 1] if low else 0)

    def line(self, row: int) -> int:
        """The screen's line of a row; of the fold that hides it, when one does."""
        at = bisect_right(self._heads, row)
        if at == 0:
            return row
        head = self._heads[at - 1]
        if row <= head + self._hidden[at - 1]:
            row, at = head, at - 1
        return row - (self._before[at - 1] if at else 0)

    def fold(self, row: int, closer: int) -> None:
        """Hide the rows after `row` up to and with `closer`; folds inside are remembered."""
        if closer <= row or self.is_folded(row):
            return
        start, stop = bisect_left(self._heads, row), bisect_right(self._heads, closer)
        self._inner.update(self._heads[start:stop])
        self._heads[start:stop] = [row]
        self._hidden[start:stop] = [closer - row]
        self._count(start)

    def unfold(self, row: int, rows: JsonRows) -> None:
        """Show what the row hides, one level when everything was folded."""
        at = bisect_left(self._heads, row)
        if at == len(self._heads) or self._heads[at] != row:
            return
        inner = self._revealed(row, rows)
        self._heads[at : at + 1] = inner
        self._hidden[at : at + 1] = [rows.closers[head] - head for head in inner]
        self._inner.difference_update(inner)
        self._count(at)

    def reveal(self, row: int, rows: JsonRows) -> None:
        """Unfold until the row is on screen."""
        while True:
            at = bisect_right(self._heads, row) - 1
            if at < 0 or not self._heads[at] < row <= self._heads[at] + self._hidden[at]:
                return
            self.unfold(self._heads[at], rows)

    def fold_all(self, rows: JsonRows) -> Folds:
        """New folds: everything but the outermost container; may take long, for a thread."""
        folds = Folds()
        folds.is_deep = True
        folds._heads = folds._children(0, rows.count, rows, depth=1)
        folds._hidden = [rows.closers[head] - head for head in folds._heads]
        folds._count(0)
        return folds

    def add_long_texts(self, heads: list[int], rows: JsonRows) -> None:
        """Fold long texts as they are found, each after all folds there are."""
        first = len(self._heads)
        for head in heads:
            last = self._heads[-1] + self._hidden[-1] if self._heads else -1
            if head > last:
                self._heads.append(head)
                self._hidden.append(rows.closers[head] - head)
            else:
                self._inner.add(head)
        self._count(first)

    def _revealed(self, row: int, rows: JsonRows) -> list[int]:
        stop = rows.closers[row]
        if self.is_deep:
            return self._children(row + 1, stop, rows, depth=0)
        found, last = [], row
        for head in sorted(head for head in self._inner if row < head < stop):
            if head > last:
                found.append(head)
                last = rows.closers[head]
        return found

    @staticmethod
    def _children(row: int, stop: int, rows: JsonRows, *, depth: int) -> list[int]:
        found = []
        closers, depths = rows.closers, rows.depths
        while row < stop:
            closer = closers[row]
            if closer and depths[row] >= depth:
                found.append(row)
                row = closer
            row += 1
        return found

    def _line_of_head(self, at: int) -> int:
        return self._heads[at] - (self._before[at - 1] if at else 0)

    def _count(self, start: int) -> None:
        base = self._before[start - 1] if start else 0
        self._before[start:] = [base + hidden for hidden in accumulate(self._hidden[start:])]
