"""Write-through: when the writer gets its answer, the source and the cache both have the value.

The writer takes the lease of the key, commits, and stores the new value: only if nothing newer
lies there, and nobody has outdated the key since (by the lease). The two writes are not one: who
dies between them leaves an old value, for as long as its time to live. When the cache cannot be
written, the key is deleted, now or as soon as the cache is back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_server.caching.strategies import flights, through
from demo_server.caching.strategies.cache_aside import look_aside
from demo_server.caching.strategies.slot import Slot, new_token, slot_of
from demo_server.caching.strategies.strategy import Stateless

if TYPE_CHECKING:
    from demo_server.caching.strategies.strategy import Apply, Change, Item, Load


class WriteThrough(Stateless):
    """Writes go to the source and to the cache; reads are cache-aside by version."""

    name = "write-through"

    async def read(self, item: Item, load: Load) -> Any:
        """From the cache, else from the source; an older version never replaces a newer one."""
        return await look_aside(await slot_of(item, self.name, is_versioned=True), load)

    async def write(self, item: Item, change: Change, apply: Apply) -> Any:
        """Write the source, then the cache."""
        slot, token = Slot(item, self.name, is_versioned=True), new_token()
        await slot.claim(token, by_force=True)
        with through.writing(item.key) as write:
            try:
                sourced = await apply(change)
                flights.outdate(slot.flight)
                await slot.put(sourced, token)
            except BaseException:
                write.is_abandoned = True
                await slot.delete()
                raise
        return sourced.value
