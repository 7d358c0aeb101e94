"""The keys that hold most memory, by MEMORY USAGE in a background scan: it counts as no lookup."""

from __future__ import annotations

import heapq
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.server.server import Server

MOST: Final = 50
_BATCH: Final = 200
_ALL: Final = 200_000  # with more keys than that only every n-th is measured


@dataclass(frozen=True, slots=True)
class BigKeys:
    """The largest so far as (bytes, key); `total` is of all keys, extrapolated when sampled."""

    largest: tuple[tuple[int, bytes], ...]
    measured: int
    seen: int
    expected: int
    total: int
    every: int = 1
    is_done: bool = False


async def big_keys(server: Server, pattern: bytes = b"") -> AsyncGenerator[BigKeys]:
    """What is known after each page, until all keys are seen. Raises `BackendError`."""
    nodes = await server.nodes()
    expected = 0
    for node in nodes:
        expected += int(await node.ask("DBSIZE"))
    every = max(1, -(-expected // _ALL))
    largest: list[tuple[int, bytes]] = []
    known: set[bytes] = set()
    measured = seen = total = 0
    match = ("MATCH", pattern) if pattern and pattern != b"*" else ()
    for node in nodes:
        cursor = b"0"
        while True:
            cursor, keys = await node.ask("SCAN", cursor, *match, "COUNT", _BATCH)
            chosen = [key for at, key in enumerate(keys, seen) if at % every == 0]
            seen += len(keys)
            sizes = await node.ask_all([("MEMORY", "USAGE", key) for key in chosen])
            for key, size in zip(chosen, sizes, strict=True):
                if isinstance(size, BackendError):
                    raise size
                if size is None:
                    continue
                measured += 1
                total += size
                if key in known:
                    continue
                if len(largest) < MOST:
                    heapq.heappush(largest, (size, key))
                    known.add(key)
                elif size > largest[0][0]:
                    known.discard(heapq.heapreplace(largest, (size, key))[1])
                    known.add(key)
            yield _found(largest, measured, seen, expected, total, every)
            if cursor == b"0":
                break
    yield _found(largest, measured, seen, expected, total, every, is_done=True)


def _found(
    largest: list[tuple[int, bytes]],
    measured: int,
    seen: int,
    expected: int,
    total: int,
    every: int,
    *,
    is_done: bool = False,
) -> BigKeys:
    estimate = total if every == 1 or not measured else total * seen // measured
    ordered = tuple(sorted(largest, reverse=True))
    return BigKeys(ordered, measured, seen, expected, estimate, every, is_done)
