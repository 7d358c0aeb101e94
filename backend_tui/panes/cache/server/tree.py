"""Keys as a tree by `:` and `/`, grown while they arrive, a million of them in bounded memory.

A branch sorts its keys into smaller branches only when it is unfolded; lines are found by their
number, so that what is not seen costs nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MOST_KEYS: Final = 1_000_000
MOST_BRANCHES: Final = 2_000  # under one branch; what comes after stays a plain key
MOST_SORTED: Final = 10_000
SLICE: Final = 2_000
_SEPARATOR: Final = re.compile(rb"[:/]")
_SHARDS: Final = 256


class Branch:
    """The keys that begin with `prefix` (its separator is part of it)."""

    __slots__ = (
        "branches",
        "count",
        "is_full",
        "is_grown",
        "is_open",
        "keys",
        "leaves",
        "open_at",
        "ordered",
        "prefix",
    )

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix
        self.count = 0
        self.keys: list[bytes] = []  # its own leaves; of a branch not yet grown: all its keys
        self.branches: dict[bytes, Branch] = {}
        self.is_grown = False
        self.is_full = False  # keys that belong into smaller branches are among its leaves
        self.is_open = False
        self.ordered: list[Branch] = []  # its first lines
        self.leaves: list[bytes] = []  # and those after them
        self.open_at: list[int] = []

    def add(self, key: bytes) -> Branch | None:
        """One more key; a branch that was never unfolded only keeps it.

        The smaller branch that took it, None when it is one of its own leaves.
        """
        self.count += 1
        if not self.is_grown:
            self.keys.append(key)
            return None
        found = _SEPARATOR.search(key, len(self.prefix))
        if found is None or found.end() == len(key):
            self.keys.append(key)
            return None
        name = key[len(self.prefix) : found.end()]
        branch = self.branches.get(name)
        if branch is None:
            if len(self.branches) >= MOST_BRANCHES:
                self.is_full = True
                self.keys.append(key)
                return None
            branch = self.branches[name] = Branch(self.prefix + name)
        branch.add(key)
        return branch

    def remove(self, key: bytes) -> bool:
        """Forget a key, and branches that it leaves empty."""
        for name, branch in self.branches.items():
            if key.startswith(branch.prefix) and branch.remove(key):
                self.count -= 1
                if branch.count == 0:
                    del self.branches[name]
                return True
        if key in self.keys:
            self.keys.remove(key)
            self.count -= 1
            return True
        return False

    def grow(self) -> Iterator[None]:
        """Sort the keys into branches, in slices: a step of the iterator is a few ms."""
        if self.is_grown:
            return
        self.is_grown = True
        keys, self.keys, self.count = self.keys, [], 0
        for at in range(0, len(keys), SLICE):
            for key in keys[at : at + SLICE]:
                self.add(key)
            yield

    def arrange(self) -> None:
        """The lines as they are to be shown: sorted where there are not too many."""
        self.ordered = sorted(self.branches.values(), key=lambda branch: branch.prefix)
        self.leaves = sorted(self.keys) if self.is_sorted else self.keys
        self.open_at = [at for at, branch in enumerate(self.ordered) if branch.is_open]
        for at in self.open_at:
            self.ordered[at].arrange()

    @property
    def limits(self) -> str:
        """Which bound shaped its lines; empty when none did."""
        words = []
        if self.is_full:
            words.append(f"{MOST_BRANCHES} branches at most, then keys")
        if self.is_grown and not self.is_sorted:
            words.append("too many keys to sort")
        return ", ".join(words)

    @property
    def is_sorted(self) -> bool:
        return len(self.keys) <= MOST_SORTED

    @property
    def height(self) -> int:
        """How many lines are seen of what is below it."""
        below = len(self.ordered) + len(self.leaves)
        return below + sum(self.ordered[at].height for at in self.open_at)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tree: a key or a branch, how deep, and the part of its name to show."""

    depth: int
    name: bytes
    key: bytes | None = None
    branch: Branch | None = None


class KeyTree:
    """All keys that arrived, each once; `is_flat` shows them as a list instead."""

    def __init__(self, *, is_flat: bool = False) -> None:
        self.is_flat = is_flat
        self.root = Branch(b"")
        self.root.is_grown = self.root.is_open = True
        self.keys: list[bytes] = []
        self.left_out = 0
        self._known: list[set[bytes]] = [set() for _ in range(_SHARDS)]
        self._flat: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, keys: Iterable[bytes]) -> int:
        """Take in keys; the number of those that are new. Beyond `MOST_KEYS` they are counted."""
        added = 0
        known, root, kept = self._known, self.root, self.keys
        last: Branch | None = None  # keys of one page often begin alike
        for key in keys:
            shard = known[hash(key) & (_SHARDS - 1)]
            if key in shard:
                continue
            if len(kept) >= MOST_KEYS:
                self.left_out += 1
                continue
            shard.add(key)
            kept.append(key)
            added += 1
            if last is not None and key.startswith(last.prefix) and len(key) > len(last.prefix):
                root.count += 1
                last.add(key)
            else:
                last = root.add(key)
        return added

    def remove(self, key: bytes) -> None:
        """Forget a key that is gone."""
        shard = self._known[hash(key) & (_SHARDS - 1)]
        if key in shard:
            shard.remove(key)
            self.keys.remove(key)
            self.root.remove(key)

    def arrange(self) -> None:
        """Settle the order after keys came or branches were folded."""
        if self.is_flat:
            self._flat = sorted(self.keys) if len(self.keys) <= MOST_SORTED else self.keys
        else:
            self.root.arrange()

    @property
    def height(self) -> int:
        """How many lines there are."""
        if self.is_flat:
            return len(self._flat or ())
        return self.root.height

    def line(self, at: int) -> Line | None:
        """The line of that number, None beyond the end."""
        if self.is_flat:
            flat = self._flat or []
            return Line(0, flat[at], key=flat[at]) if 0 <= at < len(flat) else None
        branch, depth = self.root, 0
        if at < 0 or at >= branch.height:
            return None
        while True:
            within = self._within(branch, at)
            if isinstance(within, int):
                if within < len(branch.ordered):
                    inner = branch.ordered[within]
                    return Line(depth, inner.prefix[len(branch.prefix) :], branch=inner)
                key = branch.leaves[within - len(branch.ordered)]
                return Line(depth, key[len(branch.prefix) :], key=key)
            branch, at = within
            depth += 1

    def place(self, key: bytes, near: int = 0) -> int | None:
        """The line of a key that is seen now; None when it is folded away or unknown.

        Where there are too many to be sorted, it is only looked for around the line `near`.
        """
        line = self.line(near)
        if line is not None and line.key == key:
            return near
        if self.is_flat:
            return _index(self._flat or [], key, near)
        branch, above = self.root, 0
        while True:
            ordered = branch.ordered
            at = bisect_right(ordered, key, key=lambda each: each.prefix) - 1
            if at >= 0 and key.startswith(ordered[at].prefix) and ordered[at].count:
                inside = ordered[at]
                if inside.is_open:
                    found = self._below(branch, at) + above + 1
                    branch, above = inside, found
                    continue
                if _index(branch.leaves, key, 0) is None:
                    return None
            leaf = _index(branch.leaves, key, near - above - len(ordered))
            if leaf is None:
                return None
            return above + self._below(branch, len(ordered)) + leaf

    @staticmethod
    def _below(branch: Branch, at: int) -> int:
        """The lines of a branch that stand above its own line `at`."""
        return at + sum(branch.ordered[each].height for each in branch.open_at if each < at)

    def unfold(self, branch: Branch) -> Iterator[None]:
        """Open a branch, in slices; call `arrange` afterwards."""
        branch.is_open = True
        yield from branch.grow()

    def fold(self, branch: Branch) -> None:
        """Close it; what is open in it stays so for the next time."""
        branch.is_open = False

    @staticmethod
    def _within(branch: Branch, at: int) -> int | tuple[Branch, int]:
        """The own line of a branch, or which open branch below holds the line, and where in it."""
        shift = 0
        for opened in branch.open_at:
            if at - shift <= opened:
                break
            inner = branch.ordered[opened]
            height = inner.height
            if at - shift - opened <= height:
                return inner, at - shift - opened - 1
            shift += height
        return at - shift


def _index(keys: list[bytes], key: bytes, near: int) -> int | None:
    """Where the key stands in a list that is sorted, or too long to be and searched around."""
    if len(keys) <= MOST_SORTED:
        at = bisect_left(keys, key)
        return at if at < len(keys) and keys[at] == key else None
    start = max(near - SLICE, 0)
    around = keys[start : start + 2 * SLICE]
    return start + around.index(key) if key in around else None


def parent_line(tree: KeyTree, at: int) -> int | None:
    """The line of the branch that holds this line; None at the top."""
    line = tree.line(at)
    if line is None or line.depth == 0:
        return None
    for above in range(at - 1, -1, -1):
        before = tree.line(above)
        if before is not None and before.depth < line.depth:
            return above
    return None
