"""Write-back: a write is acknowledged when the cache's log has it, the source gets it later.

What is cached of an item lies beside the id of its newest write, and counts only while that is
still the newest: so a reader sees an acknowledged write at once, whoever fills the cache late.
When the log does not answer, nobody knows the newest value, and reading fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_server.caching.strategies.loading import measured
from demo_server.caching.strategies.protection import missed
from demo_server.caching.strategies.slot import slot_of
from demo_server.caching.strategies.strategy import CannotEnter, Sourced
from demo_server.caching.write_back.log import LogLost
from demo_server.caching.write_back.suitable import CannotDefer
from demo_server.caching.write_back.switch import switch

if TYPE_CHECKING:
    from demo_server.caching.strategies.strategy import Apply, Change, Item, Load


class WriteBack:
    """Reads go by the newest write; what may not wait is written to the source."""

    name = "write-back"

    async def read(self, item: Item, load: Load) -> Any:
        """From the cache when nothing newer was written, else from the source with what waits.

        Raises also `LogAway`.
        """
        slot = await slot_of(item, self.name)
        newest, is_pending = await _newest(item.key)
        cause = "pending" if is_pending else None

        async def loaded() -> Sourced:
            sourced = await load()
            return Sourced((newest, sourced.value), sourced.version)

        found = await slot.look()
        if found.envelope is not None and _is_of(found.envelope.value, newest):
            return slot.hit(found, cause)[1]
        if found.envelope is not None and found.envelope.is_absence:
            return slot.hit(found)
        value = await missed(slot, found, loaded)
        if not _is_of(value, newest):  # somebody else's, of before the newest write
            value = (await measured(slot, loaded, cause)).value
        return value[1]

    async def write(self, item: Item, change: Change, apply: Apply) -> Any:
        """Write to the source what may not wait; what waits already is written before it."""
        del item
        await switch.settle()
        return (await apply(change)).value

    async def enter(self, route: str) -> None:
        """The route's writes wait from now on. Raises `CannotEnter`, which says why not."""
        try:
            await switch.enter(route)
        except CannotDefer as why:
            raise CannotEnter(str(why)) from why

    async def leave(self, route: str) -> None:
        """What waits is written to the source, now or when that is possible again."""
        await switch.leave(route)


async def _newest(key: str) -> tuple[str, bool]:
    try:
        return await switch.newest(key)
    except LogLost:
        switch.is_lost = True  # the database has all that is left
        return "", False


def _is_of(value: Any, newest: str) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and value[0] == newest
