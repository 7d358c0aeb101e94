"""Keys as a tree by `:` and `/`, grown while they arrive, a million of them in bounded memory.

A branch sorts its keys into smaller branches only when it is unfolded; lines are found by their
number, so that what is not seen costs nothing.
"""

from __future__ import annotations

import re
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

    __slots__ = ("branches", "count", "is_grown", "is_open", "keys", "lines", "open_at", "prefix")

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix
        self.count = 0
        self.keys: list[bytes] = []  # its own leaves; of a branch not yet grown: all its keys
        self.branches: dict[bytes, Branch] = {}
        self.is_grown = False
        self.is_open = False
        self.lines: list[Branch | bytes] = []  # branches first, then leaves
        self.open_at: list[int] = []

    def add(self, key: bytes) -> None:
        """One more key; a branch that was never unfolded only keeps it."""
        self.count += 1
        if not self.is_grown:
            self.keys.append(key)
            return
        found = _SEPARATOR.search(key, len(self.prefix))
        if found is None or found.end() == len(key):
            self.keys.append(key)
            return
        name = key[len(self.prefix) : found.end()]
        branch = self.branches.get(name)
        if branch is None:
            if len(self.branches) >= MOST_BRANCHES:
                self.keys.append(key)
                return
            branch = self.branches[name] = Branch(self.prefix + name)
        branch.add(key)

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
        branches = sorted(self.branches.values(), key=lambda branch: branch.prefix)
        if len(self.keys) <= MOST_SORTED:
            self.lines = [*branches, *sorted(self.keys)]
        else:
            self.lines = [*branches, *self.keys]
        self.open_at = [at for at, branch in enumerate(branches) if branch.is_open]
        for at in self.open_at:
            branches[at].arrange()

    @property
    def is_sorted(self) -> bool:
        return len(self.keys) <= MOST_SORTED

    @property
    def height(self) -> int:
        """How many lines are seen of what is below it."""
        below = len(self.lines)
        for at in self.open_at:
            branch = self.lines[at]
            assert isinstance(branch, Branch), "only branches are open"
            below += branch.height
        return below


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
        for key in keys:
            shard = known[hash(key) & (_SHARDS - 1)]
            if key in shard:
                continue
            if len(kept) >= MOST_KEYS:
                self.left_out += 1
                continue
            shard.add(key)
            kept.append(key)
            root.add(key)
            added += 1
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
                entry = branch.lines[within]
                if isinstance(entry, Branch):
                    return Line(depth, entry.prefix[len(branch.prefix) :], branch=entry)
                return Line(depth, entry[len(branch.prefix) :], key=entry)
            branch, at = within
            depth += 1

    def place(self, key: bytes) -> int | None:
        """The line of a key that is seen now; None when it is folded away or unknown."""
        if self.is_flat:
            flat = self._flat or []
            return flat.index(key) if key in flat else None
        branch, above = self.root, 0
        while True:
            inside = next((b for b in branch.branches.values() if key.startswith(b.prefix)), None)
            entry: Branch | bytes = key
            if inside is not None and key not in branch.keys:
                entry = inside
            if entry not in branch.lines:
                return None
            at = branch.lines.index(entry)
            above += at
            for opened in branch.open_at:
                if opened < at:
                    before = branch.lines[opened]
                    assert isinstance(before, Branch), "only branches are open"
                    above += before.height
            if entry is key or inside is None:
                return above
            if not inside.is_open:
                return None
            branch, above = inside, above + 1

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
            inner = branch.lines[opened]
            assert isinstance(inner, Branch), "only branches are open"
            height = inner.height
            if at - shift - opened <= height:
                return inner, at - shift - opened - 1
            shift += height
        return at - shift


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
