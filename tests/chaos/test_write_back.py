"""Server, flusher and cache are killed under write-back: nothing acknowledged is lost or doubled.

The durable variant must come out exact. The naive one must lose: so the test can tell them apart.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import signal
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from json import dumps, loads
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import pytest

from tests.demo_server.conftest import TOKEN, ShopServer
from tests.real_caches import CacheServer, Kind, running

WORKBENCH = {"X-Workbench-Token": TOKEN}
VIEWED = 1
"""The product that everybody looks at; each writer has the prices of another one for itself."""
WRITERS = 6
LULL_S = 1.5
"""The longest time between two kills, however slow the machine is."""


class Answer(NamedTuple):
    """What a request was answered."""

    asked: str
    status: int
    said: dict[str, Any]


class Line:
    """One connection, opened when needed: a client so small that the server is what is slow."""

    def __init__(self, url: str) -> None:
        self._port = int(url.rpartition(":")[2])
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, *, json: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """The answer; OSError, EOFError or TimeoutError when there is none."""
        body = dumps(json).encode() if json is not None else b""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += ["Content-Type: application/json"] if body else []
        try:
            async with asyncio.timeout(5):
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._streams
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                size = int(head.partition("content-length:")[2].partition("\r\n")[0])
                said = loads(await reader.readexactly(size))
        except BaseException:
            if self._streams is not None:
                self._streams[1].close()
                self._streams = None
            raise
        return Answer(f"{method} {path}", int(head.split(" ")[1]), said)


class Shop:
    """A shop and its cache as processes of their own, and who writes to them."""

    def __init__(self, server: ShopServer, cache: CacheServer) -> None:
        self.server = server
        self.cache = cache
        self.staff: dict[str, str] = {}
        self.products: list[int] = []
        self.looks = 0
        self.last_prices: dict[int, int] = {}
        self.retries = 0
        self.kills = {"server": 0, "flusher": 0, "cache": 0}
        self.failures: list[str] = []
        self.reads = 0
        self.is_over = False
        self._acknowledged = asyncio.Event()
        self._lines: WeakKeyDictionary[Any, Line] = WeakKeyDictionary()

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        """One request, on a connection of its task."""
        task = asyncio.current_task()
        line = self._lines.setdefault(task, Line(self.server.url))
        return await line.ask(method, path, **more)

    async def insist(self, method: str, path: str, **more: Any) -> Answer:
        """Repeat the very same request until it is answered."""
        while True:
            try:
                answer = await self.ask(method, path, **more)
                if answer.status != 503:
                    return answer
            except (OSError, EOFError, TimeoutError):
                pass
            self.retries += 1
            await asyncio.sleep(0.02)

    async def write(self, number: int) -> None:
        """Look at the common product, change the price of an own one, again and again."""
        product = self.products[number]
        for step in itertools.count(1):
            if self.is_over:
                return
            key = {"Idempotency-Key": f"{number}-{step}"}
            if step % 4:
                path = f"/api/products/{VIEWED}/views"
                self._judge(await self.insist("POST", path, headers=key))
                self.looks += 1
            else:
                path = f"/api/products/{product}"
                body = {"price": f"{step}.00"}
                headers = key | self.staff
                self._judge(await self.insist("PATCH", path, json=body, headers=headers))
                self.last_prices[product] = step
                seen = self._judge(await self.insist("GET", path)).get("price")
                if seen != f"{step}.00":
                    self.failures.append(f"{path} reads {seen} after {step}.00")
            self._acknowledged.set()

    async def read(self) -> None:
        """Look at what only ever grows."""
        newest: dict[str, int] = {}
        while not self.is_over:
            for path, member in (
                (f"/api/products/{VIEWED}/views", "views"),
                (f"/api/products/{random.choice(self.products)}", "version"),
            ):
                now = self._judge(await self.insist("GET", path)).get(member, 0)
                if now < newest.get(path, now):
                    self.failures.append(f"{path} went back from {newest[path]} to {now}")
                newest[path] = now
                self.reads += 1

    async def more(self, number: int) -> None:
        """Wait for so many more acknowledgements, or a while, but for one."""
        goal, ends = self.written + number, monotonic() + LULL_S
        while self.written < goal and monotonic() < ends:
            self._acknowledged.clear()
            async with asyncio.timeout(20):
                await self._acknowledged.wait()

    @property
    def written(self) -> int:
        """Acknowledged writes."""
        return self.looks + sum(step // 4 for step in self.last_prices.values())

    def _judge(self, answer: Answer) -> dict[str, Any]:
        if answer.status != 200:
            self.failures.append(f"{answer.asked} {answer.status} {answer.said}")
        return answer.said

    async def state(self) -> dict[str, Any]:
        """What the server says of write-back."""
        return (await self.insist("GET", "/_cache/write-back", headers=WORKBENCH)).said

    async def steer(self, **members: Any) -> dict[str, Any]:
        """Tell the flusher."""
        path = "/_cache/write-back/flusher"
        answer = await self.insist("POST", path, json=members, headers=WORKBENCH)
        assert answer.status == 200, answer.said
        return answer.said

    async def defer(self) -> None:
        """Go over to write-back."""
        known = (await self.ask("GET", "/_workbench", headers=WORKBENCH)).said
        listed = (await self.ask("GET", "/api/products")).said["items"]
        self.products = [each["id"] for each in listed if each["id"] != VIEWED][:WRITERS]
        self.staff = {"Authorization": f"Bearer {known['tokens']['staff']}"}
        for route in ("product", "views"):
            path = f"/_cache/routes/{route}"
            body = {"strategy": "write-back"}
            answer = await self.ask("PATCH", path, json=body, headers=WORKBENCH)
            assert answer.status == 200, answer.said

    # Those who kill.

    async def kill_server(self) -> None:
        """And start it again at its old address."""
        assert self.server.process is not None
        self.server.process.kill()
        self.server.process.wait(5)
        port = int(self.server.url.rpartition(":")[2])
        await asyncio.to_thread(self.server.start, port)
        self.kills["server"] += 1

    async def kill_flusher(self) -> None:
        """Its keeper starts it again."""
        pid = (await self.state())["flusher"]["pid_or_task"]
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.kills["flusher"] += 1

    async def kill_cache(self) -> None:
        """And start it again on what it has on its disk."""
        await asyncio.to_thread(self.cache.kill)
        await asyncio.to_thread(self.cache.start)
        self.kills["cache"] += 1

    # What the database has in the end.

    def stored(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the file itself."""
        with sqlite3.connect(self.server.data_dir / "shop.sqlite3") as database:
            return list(database.execute(statement))

    def stored_looks(self) -> int:
        """At the common product."""
        rows = self.stored(f"SELECT views FROM shop_productviews WHERE product_id = {VIEWED}")
        return int(rows[0][0]) if rows else 0


MakeShop = Callable[..., Shop]


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[MakeShop]:
    """A shop that writes through a cache with an append-only file, until it is told otherwise."""
    servers: list[ShopServer] = []
    caches: list[Any] = []

    def make(kind: Kind) -> Shop:
        durable = ("--appendonly", "yes", "--appendfsync", "always")
        block = running(kind, *durable)
        cache = block.__enter__()
        caches.append(block)
        server = ShopServer(
            tmp_path / "shop", "--no-trace", DEMO_REDIS_URL=cache.url, DEMO_RATE_LIMIT="0"
        )
        servers.append(server)
        return Shop(server.start(), cache)

    yield make
    for server in servers:
        if server.process is not None and server.process.poll() is None:
            server.stop(signal.SIGKILL)
    for block in caches:
        block.__exit__(None, None, None)


async def under_fire(shop: Shop, rounds: int, seconds: float, seed: int) -> None:
    """Write and read while one after the other is killed, for so many rounds or so long."""
    chance = random.Random(seed)
    ends = monotonic() + seconds
    killers: list[Callable[[], Awaitable[None]]] = []
    workers = [asyncio.create_task(shop.write(number)) for number in range(WRITERS)]
    workers += [asyncio.create_task(shop.read()) for _ in range(2)]
    try:
        for _ in range(rounds):
            killers = killers or chance.sample(
                [shop.kill_server, shop.kill_flusher, shop.kill_flusher, shop.kill_cache], 4
            )
            await shop.more(chance.randrange(40, 160))
            await killers.pop()()
            if monotonic() > ends and not killers:
                break  # each of them was killed as often as the others
        await shop.more(50)
        shop.is_over = True
        async with asyncio.timeout(20):
            await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


@pytest.mark.parametrize(
    ("kind", "rounds", "seconds"),
    [
        pytest.param("valkey", 28, 25, marks=pytest.mark.service("valkey")),
        pytest.param("redis", 8, 6, marks=pytest.mark.service("redis")),
    ],
)
async def test_all_that_was_acknowledged_is_stored_once_and_in_order(
    make_shop: MakeShop, kind: Kind, rounds: int, seconds: float
) -> None:
    shop = make_shop(kind)
    await shop.defer()
    await shop.steer(every_s=0.05)
    await under_fire(shop, rounds, seconds, seed=4)
    told = await shop.steer(action="flush")
    assert shop.failures == []
    assert told["fsync"] == "always"
    assert told["pending"] == told["dirty_count"] == 0
    assert told["dead_letters"] == []
    assert not told["lost_log"]
    assert told["applied"] == shop.written
    assert shop.server.stop() == 0, "".join(shop.server.log)
    assert shop.stored_looks() == shop.looks
    rows = shop.stored("SELECT id, price, version FROM shop_product")
    changed = {key: (price, version) for key, price, version in rows if key in shop.last_prices}
    assert changed == {key: (step, 1 + step // 4) for key, step in shop.last_prices.items()}
    assert min(shop.kills.values()) >= 1
    assert shop.written > 100


@pytest.mark.service("valkey")
async def test_the_naive_way_loses_what_it_acknowledged(make_shop: MakeShop) -> None:
    shop = make_shop("valkey")
    await shop.defer()
    await shop.steer(mode="naive", every_s=60)
    for number in range(20):
        await shop.insist(
            "POST", f"/api/products/{VIEWED}/views", headers={"Idempotency-Key": f"n{number}"}
        )
    assert (await shop.insist("GET", f"/api/products/{VIEWED}/views")).said["views"] == 20
    await shop.kill_server()
    assert (await shop.insist("GET", f"/api/products/{VIEWED}/views")).said["views"] == 0
    assert shop.stored_looks() == 0


@pytest.mark.service("valkey")
async def test_the_durable_way_keeps_the_same(make_shop: MakeShop) -> None:
    shop = make_shop("valkey")
    await shop.defer()
    await shop.steer(action="stop")
    for number in range(20):
        await shop.insist(
            "POST", f"/api/products/{VIEWED}/views", headers={"Idempotency-Key": f"n{number}"}
        )
    assert shop.stored_looks() == 0
    assert (await shop.state())["dirty_count"] == 1
    await shop.kill_cache()
    await shop.kill_server()
    assert (await shop.insist("GET", f"/api/products/{VIEWED}/views")).said["views"] == 20
    await shop.steer(action="flush")
    assert shop.stored_looks() == 20
