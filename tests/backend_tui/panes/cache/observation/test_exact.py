"""Hits and misses per key, joined from MONITOR and notifications, are the clients' own counts."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import redis

from backend_tui.panes.cache.observation.key_text import keyed
from backend_tui.panes.cache.observation.observation import Observation
from tests.backend_tui.panes.cache.observation.conftest import setting, watched
from tests.real_caches import CacheServer

OPERATIONS = 4_000
SECRET = b"pa55-value-never-kept"
KEYS = [b"product:%d" % number for number in range(30)] + [
    b'\x00\x01"\\\n\r\t end',
    b'" "',
    b'\\" \\"',
    b"\xff\xfe\x80",
    "schlüssel:ß".encode(),
    b'] "[0 lua]',
    b"",
    b"\\",
]
SCRIPT = "return {redis.call('exists', KEYS[2]), redis.call('get', KEYS[1])}"


class Clients:
    """Clients of two databases that do mixed operations and count hits and misses themselves."""

    def __init__(self, port: int) -> None:
        self.hits: Counter[str] = Counter()
        self.misses: Counter[str] = Counter()
        self._random = Random(7)
        self._clients = {db: redis.Redis(port=port, db=db) for db in (0, 3)}

    def work(self) -> None:
        for _ in range(OPERATIONS):
            self._one()

    def _one(self) -> None:
        random = self._random
        db = random.choice((0, 3))
        client: Any = self._clients[db]
        key, other = random.choice(KEYS), random.choice(KEYS)
        hashed = b"h:" + key
        match random.randrange(14):
            case 0 | 1:
                self._saw(db, key, client.get(key))
            case 2:
                many = [random.choice(KEYS) for _ in range(4)]
                for each, value in zip(many, client.mget(many), strict=True):
                    self._saw(db, each, value)
            case 3:
                self._saw(db, hashed, client.hgetall(hashed) or None)
            case 4:
                self._saw(db, key, client.exists(key) or None)
            case 5:
                self._saw(db, key, client.getdel(key))
            case 6:
                with client.pipeline(transaction=True) as pipe:
                    pipe.get(key).set(other, SECRET).get(other)
                    first, _, second = pipe.execute()
                self._saw(db, key, first)
                self._saw(db, other, second)
            case 7:
                self._saw(db, key, client.set(key, SECRET, get=True))
            case 8:
                known, found = client.eval(SCRIPT, 2, key, other)
                self._saw(db, other, known or None)
                self._saw(db, key, found)
            case 9:
                client.set(key, SECRET, px=random.randrange(1, 30))
            case 10:
                client.hset(hashed, "field", SECRET)
                self._saw(db, hashed, 1)
                client.hget(hashed, "absent")
            case 11:
                client.delete(key, hashed)
            case 12:
                left = client.ttl(key)
                self._saw(db, key, None if left == -2 else left)
                kind = client.type(key)
                self._saw(db, key, None if kind == b"none" else kind)
            case 13:
                with client.pipeline(transaction=False) as pipe:
                    pipe.set(key, SECRET).strlen(key).get(b"nowhere:" + key)
                    pipe.execute()
                self._saw(db, key, 1)
                self._saw(db, b"nowhere:" + key, None)

    def _saw(self, db: int, key: bytes, value: object) -> None:
        (self.misses if value is None else self.hits)[keyed(key, db, 0)] += 1


async def test_four_thousand_mixed_operations_are_counted_without_a_difference(
    server: CacheServer,
) -> None:
    clients = Clients(server.port)
    observation = Observation(server.url, every=0.2)
    seen = await watched(observation, "exact", clients.work)
    await observation.aclose()
    hits = {key: each.hits for key, each in seen.counts.items() if each.hits}
    misses = {key: each.misses for key, each in seen.counts.items() if each.misses}
    assert misses == dict(clients.misses)
    assert hits == dict(clients.hits)
    assert seen.last.check.is_exact is True
    assert seen.last.check.words == "exact ✓"
    assert seen.last.counters is not None
    assert seen.last.counters.hits == sum(clients.hits.values()) > 2_000
    assert seen.last.counters.misses == sum(clients.misses.values()) > 500


async def test_the_rows_say_the_same_in_the_order_of_the_server(server: CacheServer) -> None:
    clients = Clients(server.port)
    observation = Observation(server.url, every=0.2)
    seen = await watched(observation, "exact", clients.work)
    await observation.aclose()
    told = [row for row in seen.rows if row.op == "get"]
    assert Counter(row.key for row in told if row.result == "hit") == clients.hits
    assert Counter(row.key for row in told if row.result == "miss") == clients.misses
    assert [row.sequence for row in seen.rows] == list(range(1, len(seen.rows) + 1))
    stamps = [row.at_ms for row in told]
    assert stamps == sorted(stamps)
    assert any(row.op == "expire" and row.result == "expired" for row in seen.rows)
    assert all(row.strategy is None for row in seen.rows)
    assert SECRET.decode() not in repr(seen)


async def test_what_cannot_be_told_apart_is_said(server: CacheServer, client: redis.Redis) -> None:
    client.sadd("set", "a", "b")
    observation = Observation(server.url, every=0.2)

    def work() -> None:
        client.sort("set", by="weight_*", alpha=True)
        client.sort("set", get=["set"], alpha=True)

    client.set("object", 1)
    seen = await watched(observation, "exact", work)
    await observation.aclose()
    assert "SORT" in seen.last.check.unseen
    assert seen.last.check.words != ""


async def test_look_ups_of_object_are_no_error(server: CacheServer, client: redis.Redis) -> None:
    client.set("a", 1)
    observation = Observation(server.url, every=0.2)

    def work() -> None:
        client.get("a")
        client.object("encoding", "a")
        client.object("encoding", "absent")

    seen = await watched(observation, "exact", work)
    await observation.aclose()
    assert seen.last.check.is_exact is True
    assert [(each.key, each.hits, each.misses) for each in seen.counts.values()] == [("a", 1, 0)]


async def test_our_own_questions_are_not_counted(server: CacheServer, client: redis.Redis) -> None:
    client.ping()
    observation = Observation(server.url, every=0.2)
    work = lambda: [client.get("a") for _ in range(5)]  # noqa: E731 - shared by both
    counted = await watched(observation, "counters", work)
    assert counted.last.counters is not None
    assert counted.last.counters.commands == 5
    exact = await watched(observation, "exact", work)
    for seen in (counted, exact):
        assert seen.last.counters is not None
        assert [(rate.name, rate.calls) for rate in seen.last.counters.rates] == [("get", 5)]
    assert (await observation.aclose()) is not None
    assert setting(client) == ""
