"""Whether writes are deferred: for which routes, in which mode, and what became of the log.

The database remembers it, so that a server that starts shows what is pending before it answers
anything. One server process works on a shop: it is the one whose switch this is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from time import perf_counter_ns, time
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection

from demo_server.caching.feed import announce, told
from demo_server.caching.write_back.entry import BEGINNING, order
from demo_server.caching.write_back.flusher import Flusher
from demo_server.caching.write_back.keeper import Keeper
from demo_server.caching.write_back.ledger import Flushed, Statement
from demo_server.caching.write_back.log import Log, LogAway, LogLost
from demo_server.caching.write_back.naive import Buffer
from demo_server.caching.write_back.suitable import CannotDefer, Suitability, suitability

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo_server.caching.write_back.entry import Pending
    from demo_server.caching.write_back.ledger import Account, Ledger, LedgerMaker

T = TypeVar("T")

logger = logging.getLogger("demo_server.write_back")

Mode = Literal["durable", "naive"]
MODES: Final[tuple[Mode, ...]] = ("durable", "naive")

EVERY_S: Final = 1.0
"""Seconds that writes may gather before they are flushed."""
CLOSINGS: Final = 20
RETIRE_AGAIN_S: Final = 0.5


class Switch:
    """The state of write-back in this server; `ledger_maker` is set by the shop."""

    ledger_maker: LedgerMaker
    worker_module: str

    def __init__(self) -> None:
        self.is_on = False
        self.is_lost = False
        self.mode: Mode = "durable"
        self.routes: set[str] = set()
        self.every_s = EVERY_S
        self.suitability = Suitability(None)
        self.last_flush: Flushed | None = None
        self.listeners: list[Callable[[Flushed], None]] = []
        """Called with each flush of the flusher's process, on the loop."""
        self._log: Log | None = None
        self._keeper: Keeper | None = None
        self._changing = asyncio.Lock()
        self._retiring: asyncio.Task[None] | None = None
        self.buffer = Buffer(self.ledger, self._tell)

    @property
    def log(self) -> Log:
        """The log of this database. Raises `LogAway` when there never was one."""
        if self._log is None:
            raise LogAway("There is no log of deferred writes.")
        return self._log

    @property
    def has_log(self) -> bool:
        """Whether there is a log, on or off."""
        return self._log is not None

    @property
    def keeper(self) -> Keeper:
        """Who looks after the flusher's process."""
        if self._keeper is None:
            self._keeper = Keeper(self.worker_module, self._hear)
        return self._keeper

    def ledger(self) -> Ledger:
        """The database's side."""
        return self.ledger_maker()

    def defers(self, route: str) -> bool:
        """Whether writes of this route go into the log."""
        return self.is_on and route in self.routes

    async def resume(self) -> None:
        """At the start of a server: go on as the database remembers it."""
        account = await _in_thread(self.ledger().known)
        if account is None or not account.is_on:
            return
        if getattr(cache, "kind", "") != "redis":
            logger.error("Deferred writes may lie in a cache that this server does not know.")
            self.is_lost = True
            return
        self._log = _log(account)
        self.routes = set(account.routes)
        self.is_on = True
        with contextlib.suppress(CannotDefer):  # it holds what is acknowledged, fit or not
            self.suitability = await suitability()
        await self._start()
        if not self.routes:
            self._retire()

    async def enter(self, route: str) -> None:
        """Defer the writes of this route. Raises `CannotDefer`, which says why not."""
        async with self._changing:
            self.suitability = await suitability()
            ledger = self.ledger()
            account = await _in_thread(ledger.account)
            log = _log(account)
            routes = sorted({*self.routes, route})
            await _in_thread(lambda: ledger.note(is_on=True, routes=routes))
            try:
                await _in_thread(
                    lambda: log.open(account.last_id, may_begin=not account.is_on, lets_in=True)
                )
            except LogAway as error:
                await _in_thread(lambda: ledger.note(is_on=account.is_on, routes=account.routes))
                self.is_lost = isinstance(error, LogLost)
                hint = " Begin a new log with the action renew." if self.is_lost else ""
                raise CannotDefer(f"{error}{hint}") from error
            was_on, self._log, self.is_on, self.is_lost = self.is_on, log, True, False
            self.routes.add(route)
            if not was_on:
                await self._start()

    async def leave(self, route: str) -> None:
        """Defer no more writes of this route; what is pending is flushed, at the latest later."""
        self.routes.discard(route)
        if not self.is_on:
            return
        await _in_thread(lambda: self.ledger().note(is_on=True, routes=sorted(self.routes)))
        if not self.routes and not await self._is_over():
            self._retire()

    async def settle(self) -> None:
        """Have everything that is pending in the database. Raises LogAway, DatabaseError."""
        if not self.is_on or self.is_lost:
            return
        if self.mode == "naive":
            await self.buffer.flush()
            return
        try:
            for flushed in await _in_thread(Flusher(self.log, self.ledger()).drain):
                self._tell(flushed)
        except LogLost:
            self.is_lost = True

    async def pending(self, mark: str | None, keys: Sequence[str]) -> list[Pending] | None:
        """What is pending of these keys, see `Log.pending`."""
        if self.mode == "naive":
            return self.buffer.pending(keys)
        return await self.log.pending(mark or BEGINNING, keys)

    async def newest(self, key: str) -> tuple[str, bool]:
        """What names the key's newest write, and whether it waits. Raises `LogAway`."""
        if not self.is_on or self.is_lost:
            return "", False
        if self.mode == "naive":
            return self.buffer.newest(key)
        return await self.log.newest(key)

    async def change_mode(self, mode: Mode) -> None:
        """Go over to the other way, with nothing pending. Raises LogAway, DatabaseError."""
        if mode == self.mode:
            return
        if self.is_on and not self.is_lost:
            await self._empty_for(mode)
        self._drop_flushers()
        await self.keeper.stop()
        self.mode = mode
        await self.buffer.flush()  # what came while this one was at it
        if self.is_on:
            await self._start()

    async def _empty_for(self, mode: Mode) -> None:
        """Leave nothing behind that the other mode would not show."""
        await self.settle()
        if mode == "durable":
            account = await _in_thread(self.ledger().account)
            await _in_thread(lambda: self.log.open(account.last_id, lets_in=True))
            return
        for _ in range(CLOSINGS):
            if await _in_thread(self.log.close) != "pending":
                return
            await self.settle()
        raise LogAway("So much is written that the log is never empty. Repeat when it is quiet.")

    async def flush_every(self, seconds: float) -> None:
        """Let writes gather for so long; a flusher that runs is started anew."""
        self.every_s = seconds
        if "running" in {self.buffer.state, self.keeper.state}:
            await self._start()

    async def flusher(self, action: str) -> None:
        """stop, start, flush, kill, or renew a log that has vanished."""
        if action == "flush":
            await self.settle()
        elif action == "renew":
            await self._renew()
        elif action == "start":
            await self._start()
        elif self.mode == "naive":
            self.buffer.kill() if action == "kill" else self.buffer.stop()
        else:
            await (self.keeper.kill() if action == "kill" else self.keeper.stop())

    async def close(self) -> None:
        """The server ends."""
        self._drop_flushers()
        if self._keeper is not None:
            await self._keeper.close()

    def _drop_flushers(self) -> None:
        if self._retiring is not None:
            self._retiring.cancel()
            self._retiring = None
        self.buffer.stop()

    async def _start(self) -> None:
        if self.mode == "naive":
            self.buffer.start(self.every_s)
        elif self._log is not None:
            await self.keeper.start(self._log.name, self._log.url, self.every_s)

    async def _renew(self) -> None:
        """Give up the log that has vanished, with what was in it, and begin another."""
        ledger = self.ledger()
        account = await _in_thread(ledger.begin)
        log = _log(account)
        await _in_thread(lambda: log.open(account.last_id, may_begin=True, lets_in=True))
        self._log, self.is_lost = log, False
        if self.is_on:
            await self._start()

    async def _is_over(self) -> bool:
        """Flush the rest and close the log; False when that is not possible yet."""
        try:
            await self.settle()
            is_closed = (
                self.mode == "naive"
                or self.is_lost
                or (await _in_thread(self.log.close)) != "pending"
            )
        except DatabaseError as error:
            logger.warning("What is pending cannot be flushed yet: %s", error)
            return False
        if not is_closed or self.routes or len(self.buffer):
            return False
        await _in_thread(lambda: self.ledger().note(is_on=False, routes=()))
        self.is_on = False
        self.mode, self.every_s = "durable", EVERY_S
        self.buffer.stop()
        await self.keeper.stop()
        return True

    def _retire(self) -> None:
        self._retiring = asyncio.create_task(self._until_over())

    async def _until_over(self) -> None:
        while not self.routes and not await self._is_over():  # noqa: ASYNC110 - it acts each time
            await asyncio.sleep(RETIRE_AGAIN_S)

    def _hear(self, event: dict[str, Any]) -> None:
        kind = event.pop("event")
        if kind == "flushed":
            sql = tuple(Statement(*each) for each in event.pop("sql"))
            flushed = Flushed(**event, sql=sql)
            self._tell(flushed)
            for listener in self.listeners:
                listener(flushed)
        elif kind == "lost":
            self.is_lost = True
            logger.error("%s Nothing is deferred until a new one is begun.", event["why"])
        else:
            logger.warning("The flusher waits: %s", event["why"])

    def _tell(self, flushed: Flushed) -> None:
        """The feed gets one operation for each key that was written."""
        self.last_flush = flushed
        started = perf_counter_ns() - int(flushed.us * 1000)
        with told(strategy="write-back"):
            for key in flushed.keys:
                announce("flush", cache.make_key(key), "flushed", started)

    def lag_s(self, first_pending: str) -> float:
        """For how long the oldest write has waited, in seconds."""
        return max(0.0, time() - order(first_pending)[0] / 1000) if first_pending else 0.0


def _log(account: Account) -> Log:
    prefix = cache.key_prefix or "shop"
    name = f"{{{prefix}-write-back-{account.log}}}"
    return Log(str(settings.CACHES["default"]["LOCATION"]), name)


async def _in_thread(work: Callable[[], T]) -> T:
    """The result of work on the database, whose connection is given back."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    return await sync_to_async(run)()


switch: Final = Switch()
