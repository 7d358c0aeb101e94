"""No cache: every read asks the source. What the others are measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo_server.caching.strategies.loading import measured
from demo_server.caching.strategies.slot import Slot
from demo_server.caching.strategies.strategy import Stateless

if TYPE_CHECKING:
    from demo_server.caching.strategies.strategy import Apply, Change, Item, Load


class NoCache(Stateless):
    """Reads and writes go to the source, each one."""

    name = "none"

    async def read(self, item: Item, load: Load) -> Any:
        """Load."""
        return (await measured(Slot(item, self.name), load)).value

    async def write(self, item: Item, change: Change, apply: Apply) -> Any:
        """Write the source."""
        del item
        return (await apply(change)).value
