"""Cache-aside: look in the cache; when it is not there, load it from the source and put it there.

Writers change the source and, after their commit, delete the key and any lease on it: what was
loaded before is then not stored any more. With `protection="lease"` this holds between processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_server.caching.strategies import chance, flights
from demo_server.caching.strategies.protection import lead, missed
from demo_server.caching.strategies.slot import slot_of
from demo_server.caching.strategies.strategy import Absent, Stateless

if TYPE_CHECKING:
    from demo_server.caching.strategies.slot import Slot
    from demo_server.caching.strategies.strategy import Apply, Change, Item, Load


async def look_aside(slot: Slot, load: Load) -> Any:
    """The value that lies there, else the loaded one; early expiration may load before it must."""
    found = await slot.look()
    if found.envelope is None:
        return await missed(slot, found, load)
    policy = slot.item.policy
    if (
        policy.protection == "early"
        and chance.is_due_early(found.envelope, policy)
        and flights.joinable(slot.flight) is None
    ):
        value = slot.hit(found, "early")
        slot.counters.early += 1
        try:
            return await lead(slot, load, cause="early")
        except Absent:
            raise
        except Exception:  # noqa: BLE001 - the load is announced as failed; the value is still good
            return value
    return slot.hit(found)


class CacheAside(Stateless):
    """The application looks, loads and stores; writers delete."""

    name = "cache-aside"

    async def read(self, item: Item, load: Load) -> Any:
        """From the cache, else from the source and into the cache."""
        return await look_aside(await slot_of(item, self.name), load)

    async def write(self, item: Item, change: Change, apply: Apply) -> Any:
        """Write the source, whose writers outdate the key after the commit, whoever they are."""
        del item
        return (await apply(change)).value
