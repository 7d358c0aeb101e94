"""Two journeys side by side: their spans paired by name and place in the tree."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

from backend_tui.core import waterfall
from backend_tui.core.trace import Counters, Trace
from backend_tui.core.waterfall import Row

Change = Literal["same", "slower", "faster", "only left", "only right"]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same step of both journeys; one side is None where only the other took it."""

    depth: int
    left: Row | None
    right: Row | None

    @property
    def name(self) -> str:
        row = self.left or self.right
        return row.span.name if row else ""

    @property
    def difference_us(self) -> int:
        """How much longer the right one took; a missing step took no time."""
        return _took(self.right) - _took(self.left)

    @property
    def change(self) -> Change:
        """Slower or faster counts from a tenth and 50 µs on; less is noise."""
        if self.left is None or self.right is None:
            return "only right" if self.left is None else "only left"
        longest = max(_took(self.left), _took(self.right))
        if abs(self.difference_us) < max(50, longest // 10):
            return "same"
        return "slower" if self.difference_us > 0 else "faster"


def compare(left: Trace, right: Trace) -> tuple[Pair, ...]:
    """Every span of both exactly once, parents before children, in the order of the left one."""
    return tuple(_paired(_forest(left), _forest(right), 0))


def counter_changes(left: Counters, right: Counters) -> tuple[tuple[str, int, int], ...]:
    """Name, left and right of each counter that either has."""
    names = {
        "queries": "sql",
        "rows": "rows",
        "● hits": "cache_hits",
        "○ misses": "cache_misses",
        "▲ repeated": "duplicates",
        "bytes": "response_bytes",
    }
    both = ((name, getattr(left, key), getattr(right, key)) for name, key in names.items())
    return tuple((name, a, b) for name, a, b in both if a or b)


@dataclass(slots=True)
class _Branch:
    row: Row
    branches: list[_Branch]


def _forest(trace: Trace) -> list[_Branch]:
    top: list[_Branch] = []
    path: list[_Branch] = []
    for row in waterfall.rows(trace):
        branch = _Branch(row, [])
        del path[row.depth :]
        (path[-1].branches if path else top).append(branch)
        path.append(branch)
    return top


def _paired(left: list[_Branch], right: list[_Branch], depth: int) -> list[Pair]:
    """Iterative, for a hostile trace may be deeper than the interpreter's stack."""
    pairs: list[Pair] = []
    waiting: list[tuple[_Branch | None, _Branch | None, int]] = _matched(left, right, depth)
    while waiting:
        a, b, level = waiting.pop()
        pairs.append(Pair(level, a.row if a else None, b.row if b else None))
        waiting += _matched(a.branches if a else [], b.branches if b else [], level + 1)
    return pairs


def _matched(
    left: list[_Branch], right: list[_Branch], depth: int
) -> list[tuple[_Branch | None, _Branch | None, int]]:
    """Siblings paired by kind and name, the first with the first; last one first, for a stack."""
    free: defaultdict[tuple[str, str], deque[int]] = defaultdict(deque)
    for index, branch in enumerate(right):
        free[branch.row.span.kind, branch.row.span.name].append(index)
    matched: list[tuple[_Branch | None, _Branch | None, int]] = []
    told = 0
    partners: list[int | None] = []
    for branch in left:
        same = free[branch.row.span.kind, branch.row.span.name]
        partners.append(same.popleft() if same else None)
    taken = {partner for partner in partners if partner is not None}
    for branch, partner in zip(left, partners, strict=True):
        while partner is not None and told < partner:
            if told not in taken:
                matched.append((None, right[told], depth))
            told += 1
        matched.append((branch, None if partner is None else right[partner], depth))
    matched += [(None, right[i], depth) for i in range(told, len(right)) if i not in taken]
    matched.reverse()
    return matched


def _took(row: Row | None) -> int:
    return row.span.duration_us if row else 0
