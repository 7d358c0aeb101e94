"""Refresh-ahead: a value that is getting old is loaded anew in the background, before it expires.

From `refresh_at` of its time to live on, one reader's request starts a refresh under the lease;
everyone, this one too, gets the old value at once and knowingly. A refresh that fails is tried
again when its lease is over. Only a key that nobody asks for, or the first, makes anybody wait.
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context
from typing import TYPE_CHECKING, Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections

from demo_server.caching import clock
from demo_server.caching.strategies.loading import load_and_store
from demo_server.caching.strategies.protection import missed
from demo_server.caching.strategies.slot import new_token, slot_of
from demo_server.caching.strategies.strategy import Absent, Stateless

if TYPE_CHECKING:
    from demo_server.caching.strategies.slot import Slot
    from demo_server.caching.strategies.strategy import Apply, Change, Item, Load

logger = logging.getLogger("demo_server.cache")
_refreshing: dict[str, asyncio.Task[None]] = {}


class RefreshAhead(Stateless):
    """Readers hardly ever wait; they get values as old as the time to live at most."""

    name = "refresh-ahead"

    async def read(self, item: Item, load: Load) -> Any:
        """From the cache; an old value at once, and a refresh begins."""
        slot = await slot_of(item, self.name)
        found = await slot.look()
        if found.envelope is None:
            return await missed(slot, found, load)
        refresh_from = found.envelope.refresh_from
        if not refresh_from or clock.now() < refresh_from:
            return slot.hit(found)
        _begin(slot, load)
        return slot.hit(found, "stale")

    async def write(self, item: Item, change: Change, apply: Apply) -> Any:
        """Write the source, whose writers outdate the key after the commit, whoever they are."""
        del item
        return (await apply(change)).value


async def settled() -> None:
    """Wait for the refreshes of this loop that are in progress."""
    here = asyncio.get_running_loop()
    if tasks := [task for task in _refreshing.values() if task.get_loop() is here]:
        await asyncio.wait(tasks)


def _begin(slot: Slot, load: Load) -> None:
    task = _refreshing.get(slot.name)
    if task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop():
        return
    # Not in the request's context: its threads and connections end with it.
    task = asyncio.create_task(_refresh(slot, load), context=Context())
    _refreshing[slot.name] = task
    task.add_done_callback(lambda done: _end(slot.name, done))


def _end(name: str, task: asyncio.Task[None]) -> None:
    if _refreshing.get(name) is task:
        del _refreshing[name]


async def _refresh(slot: Slot, load: Load) -> None:
    token = new_token()
    if not await slot.claim(token):
        return
    async with ThreadSensitiveContext():
        try:
            await load_and_store(slot, load, token=token, cause="refresh")
        except Absent:
            await slot.delete()
        except Exception as error:  # noqa: BLE001 - whatever the loader raises, nobody waits for it
            logger.warning("Refreshing %s failed: %r", slot.name, error)
        finally:
            await sync_to_async(connections.close_all)()
