"""Read-through: the reader asks the cache alone, and the cache asks the source when it must.

To the reader that is one call. The cache is one, so it loads once for all who wait: it has no
`protection="none"`. What it could not load it does not keep; that something is absent it does
keep, when the policy has a time for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_server.caching.strategies.cache_aside import look_aside
from demo_server.caching.strategies.slot import slot_of
from demo_server.caching.strategies.strategy import Stateless

if TYPE_CHECKING:
    from demo_server.caching.strategies.strategy import Apply, Change, Item, Load


async def get_or_load(item: Item, load: Load) -> Any:
    """What the cache has, or gets. Raises `Absent`, and what `load` raises."""
    return await look_aside(await slot_of(item, "read-through"), load)


class ReadThrough(Stateless):
    """The cache loads by itself; writers outdate."""

    name = "read-through"

    async def read(self, item: Item, load: Load) -> Any:
        """Ask the cache."""
        return await get_or_load(item, load)

    async def write(self, item: Item, change: Change, apply: Apply) -> Any:
        """Write the source, whose writers outdate the key after the commit, whoever they are."""
        del item
        return (await apply(change)).value
