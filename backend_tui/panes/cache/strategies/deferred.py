"""Experiments with deferred writes: many at once, and many with the flusher killed among them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from backend_tui.core.errors import UsageError
from backend_tui.panes.cache.strategies.client import StrategyClient
from backend_tui.panes.cache.strategies.target import ITEM

ROUTE: Final = "product"
PATH: Final = f"/api/products/{ITEM}"
WRITES: Final = 50
_STOCKS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Crash:
    """Writes acknowledged, how many waited when the flusher was killed, and what became of them.

    `expected` is the value of the last acknowledged write, `found` the one read after the restart.
    """

    number: int
    mode: str
    acknowledged: int
    waiting: int
    expected: int
    found: int
    lost: int
    replays_skipped: int

    @property
    def words(self) -> str:
        """How it went, in a line."""
        mark = "✓" if not self.lost and self.found == self.expected else "✗"
        value = f"stock {self.found}"
        if self.found != self.expected:
            value += f" instead of {self.expected}"
        return (
            f"{mark} #{self.number} {self.mode}: {self.acknowledged} acknowledged, killed with "
            f"{self.waiting} waiting, then {value}: {self.lost} lost"
        )

    def document(self) -> dict[str, Any]:
        """The outcome with stable keys."""
        return asdict(self)


async def defer(client: StrategyClient, is_on: bool) -> None:
    """Let writes of a product be deferred, or go to the database at once again."""
    members = {"strategy": "write-back", "invalidation": "delete"}
    await client.change(ROUTE, members if is_on else {"strategy": "cache-aside"})


async def write(client: StrategyClient, writes: int = WRITES) -> int:
    """So many changes of one product, one after the other; the value of the last."""
    value = int((await client.ask("GET", PATH))["stock"])
    for _ in range(writes):
        value = (value + 1) % _STOCKS
        await client.ask("PATCH", PATH, {"stock": value})
    return value


async def crash(client: StrategyClient, number: int = 1, writes: int = WRITES) -> Crash:
    """Write, kill the flusher while they wait, start it again, flush, and read what is there."""
    before = await client.write_back()
    if not before.is_on:
        raise UsageError("Nothing is deferred.", "", "Defer the product's writes first.")
    await client.flusher("stop")
    expected = await write(client, writes)
    waiting = (await client.write_back()).pending or 0
    await client.flusher("kill")
    await client.flusher("start")
    await client.flusher("flush")
    after = await client.write_back()
    found = int((await client.ask("GET", PATH))["stock"])
    return Crash(
        number,
        before.mode,
        writes,
        waiting,
        expected,
        found,
        after.lost - before.lost if before.mode == "naive" else int(found != expected) * waiting,
        after.replays_skipped - before.replays_skipped,
    )
