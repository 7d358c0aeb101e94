"""Experiments with deferred writes: many at once, and many with the flusher killed among them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from backend_tui.core.errors import UsageError
from backend_tui.panes.cache.strategies.client import StrategyClient
from backend_tui.panes.cache.strategies.target import ITEM

ROUTE: Final = "views"
PATH: Final = f"/api/products/{ITEM}/views"
KEY: Final = f"{ROUTE}:{ITEM}"
WRITES: Final = 50


@dataclass(frozen=True, slots=True)
class Crash:
    """Writes acknowledged, how many waited when the flusher was killed, and what became of them.

    Every write adds one to a number: `expected` is what it must be then, `found` what it is.
    """

    number: int
    mode: str
    acknowledged: int
    waiting: int
    expected: int
    found: int
    replays_skipped: int

    @property
    def lost(self) -> int:
        """Acknowledged and not there."""
        return max(self.expected - self.found, 0)

    @property
    def doubled(self) -> int:
        """There more than once."""
        return max(self.found - self.expected, 0)

    @property
    def words(self) -> str:
        """How it went, in a line."""
        mark = "✓" if self.found == self.expected else "✗"
        return (
            f"{mark} #{self.number} {self.mode}: {self.acknowledged} written, "
            f"{self.waiting} waiting, killed: {self.found} of {self.expected}, "
            f"{self.lost} lost, {self.doubled} doubled"
        )

    def document(self) -> dict[str, Any]:
        """The outcome with stable keys."""
        return {**asdict(self), "lost": self.lost, "doubled": self.doubled}


async def defer(client: StrategyClient, is_on: bool) -> None:
    """Let looks at products be counted in the log, or in the database at once again."""
    if is_on:
        await client.change(ROUTE, {"strategy": "write-back", "invalidation": "delete"})
    else:
        await client.change(ROUTE, {"strategy": "none"})


async def write(client: StrategyClient, writes: int = WRITES) -> None:
    """So many looks at one product, one after the other; each adds one to its views."""
    for _ in range(writes):
        await client.ask("POST", PATH)


async def views(client: StrategyClient) -> int:
    """The number as a reader sees it."""
    return int((await client.ask("GET", PATH))["views"])


async def crash(client: StrategyClient, number: int = 1, writes: int = WRITES) -> Crash:
    """Write, kill the flusher while they wait, start it again, flush, and read the source."""
    before = await client.write_back()
    if not before.is_on:
        raise UsageError("Nothing is deferred.", "", "Defer writes first: u.")
    await client.flusher("flush")
    expected = await views(client) + writes
    await client.flusher("stop")
    await write(client, writes)
    waiting = (await client.write_back()).pending or 0
    await client.flusher("kill")
    await client.flusher("start")
    await client.flusher("flush")
    after = await client.write_back()
    await client.expire(KEY)
    skipped = max(after.replays_skipped - before.replays_skipped, 0)
    found = await views(client)
    return Crash(number, before.mode, writes, waiting, expected, found, skipped)
