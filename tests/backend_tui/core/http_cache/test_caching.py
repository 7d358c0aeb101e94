"""Exchanges through the cache with a real server: what crosses the wire and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime

import pytest

from backend_tui.core.clock import ManualClock
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import (
    ChunkArrived,
    Finished,
    HeadArrived,
    HttpRequest,
    Redirected,
    Sent,
)
from backend_tui.core.http import HttpClient
from backend_tui.core.http_cache.caching import CachingClient
from backend_tui.core.http_cache.outcome import CacheOutcome
from backend_tui.core.http_cache.serving import CachedEvent, CacheTold
from backend_tui.core.http_cache.store import AnswerStore
from tests.backend_tui.core.http_cache.answers import pairs
from tests.backend_tui.core.raw_server import RawServer, Talk, serving


@dataclass
class Got:
    """One answer as it came through the cache."""

    status: int
    headers: dict[str, str]
    body: bytes
    outcome: CacheOutcome
    sent: dict[str, str] = field(default_factory=dict)
    hops: int = 0

    @property
    def words(self) -> str:
        return self.outcome.words


@dataclass
class Origin:
    """A server with one thing that changes when it is told to, and a cache in front of it."""

    server: RawServer
    clock: ManualClock
    cache: CachingClient
    control: str = "max-age=60"
    etag: str = '"1"'
    body: bytes = b"one"
    status: int = 200
    more: str = ""
    is_silent: bool = False

    async def get(
        self, text: str = "", method: str = "GET", path: str = "/a", hops: int = 0
    ) -> Got:
        request = HttpRequest(method, self.server.url(path), pairs(text))
        events = [e async for e in self.cache.exchange(request, redirects=hops)]
        return _got(events)

    @property
    def asked(self) -> int:
        return len(self.server.asked)


def _got(events: list[CachedEvent]) -> Got:
    heads = [e for e in events if isinstance(e, HeadArrived)]
    told = [e for e in events if isinstance(e, CacheTold)]
    assert len(heads) == 1
    assert len(told) == 1
    assert isinstance(events[-1], Finished)
    body = b"".join(e.data for e in events if isinstance(e, ChunkArrived))
    sent = [dict(e.headers) for e in events if isinstance(e, Sent)]
    return Got(
        heads[0].status,
        {name.lower(): value for name, value in heads[0].headers},
        body,
        told[0].outcome,
        sent[-1] if sent else {},
        sum(isinstance(e, Redirected) for e in events),
    )


@asynccontextmanager
async def origin(capacity: int = 1 << 20, largest: int = 1 << 19) -> AsyncIterator[Origin]:
    clock = ManualClock()
    found: list[Origin] = []

    async def answer(talk: Talk) -> None:
        here, asked = found[0], talk.head.decode()
        if here.is_silent:
            talk.writer.close()
            return
        status, body = here.status, here.body
        date = format_datetime(here.clock.now(), usegmt=True)
        lines = f"Date: {date}\r\nCache-Control: {here.control}\r\n{here.more}"
        if here.etag:
            lines += f"ETag: {here.etag}\r\n"
        if here.etag and f"If-None-Match: {here.etag}" in asked and status == 200:
            status, body = 304, b""
        if asked.startswith("HEAD") or status == 304:
            await talk.say(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode())
            return
        length = f"Content-Length: {len(body)}\r\n"
        await talk.say(f"HTTP/1.1 {status} X\r\n{length}{lines}\r\n".encode() + body)

    async with serving(answer) as server, HttpClient() as http:
        cache = CachingClient(http, clock, AnswerStore(capacity, largest))
        found.append(Origin(server, clock, cache))
        try:
            yield found[0]
        finally:
            await cache.aclose()


async def test_a_fresh_answer_needs_no_request_and_says_its_age() -> None:
    async with origin() as shop:
        first = await shop.get()
        assert first.words == "stored, fresh for 60 s"
        shop.clock.advance(12)
        again = await shop.get()
        assert shop.asked == 1
    assert again.words == "from cache, 12 s old, fresh for 48 s"
    assert (again.status, again.body, again.headers["age"]) == (200, b"one", "12")
    assert again.outcome.wire_requests == 0
    assert again.outcome.saved_bytes == 3
    assert again.outcome.status == "backend-tui; hit; ttl=48"


async def test_a_stale_answer_is_asked_for_by_its_tag_and_renewed_by_the_304() -> None:
    async with origin() as shop:
        await shop.get()
        shop.clock.advance(61)
        again = await shop.get()
        assert again.sent["If-None-Match"] == '"1"'
        assert (again.status, again.body) == (200, b"one")
        assert again.words == "304 revalidated, 3 B saved, fresh for 60 s"
        assert again.outcome.wire_requests == 1
        assert again.outcome.added == (("If-None-Match", '"1"'),)
        assert (await shop.get()).outcome.verdict == "hit"
        assert shop.asked == 2


async def test_what_has_changed_takes_the_place_of_what_was_stored() -> None:
    async with origin() as shop:
        await shop.get()
        shop.clock.advance(61)
        shop.etag, shop.body = '"2"', b"two"
        again = await shop.get()
        assert (again.body, again.words) == (b"two", "changed since, stored, fresh for 60 s")
        assert (await shop.get()).body == b"two"
        assert len(shop.cache.store.entries) == 1


async def test_what_may_no_longer_be_stored_is_forgotten() -> None:
    async with origin() as shop:
        await shop.get()
        shop.clock.advance(61)
        shop.etag, shop.control = '"2"', "no-store"
        again = await shop.get()
        assert again.words == "changed since, not stored: no-store"
        assert shop.cache.store.entries == ()


async def test_an_unsafe_method_that_succeeds_invalidates_and_one_that_fails_does_not() -> None:
    async with origin() as shop:
        await shop.get()
        shop.status = 422
        assert (await shop.get(method="PATCH")).outcome.forgotten == 0
        shop.status = 200
        assert (await shop.get()).outcome.verdict == "hit"
        changed = await shop.get(method="PATCH")
        assert changed.words == "1 stored answer forgotten"
        assert (await shop.get()).outcome.verdict == "miss"


async def test_only_if_cached_is_a_504_without_a_request() -> None:
    async with origin() as shop:
        refused = await shop.get("Cache-Control: only-if-cached")
        assert (refused.status, shop.asked) == (504, 0)
    assert refused.words == "only-if-cached: not stored yet"


async def test_stale_while_revalidate_serves_now_and_asks_behind() -> None:
    async with origin() as shop:
        shop.control = "max-age=60, stale-while-revalidate=30"
        await shop.get()
        shop.clock.advance(70)
        shop.etag, shop.body = '"2"', b"two"
        stale = await shop.get()
        assert stale.body == b"one"
        assert stale.words == (
            "from cache, stale for 10 s: stale-while-revalidate, asking again behind"
        )
        await shop.cache.settle()
        assert shop.asked == 2
        assert (await shop.get()).body == b"two"
        assert shop.asked == 2


async def test_stale_if_error_stands_in_for_a_failing_and_for_a_dead_server() -> None:
    async with origin() as shop:
        shop.control = "max-age=60, stale-if-error=30"
        await shop.get()
        shop.clock.advance(70)
        shop.status = 503
        stale = await shop.get()
        assert (stale.status, stale.body) == (200, b"one")
        assert "stale-if-error, the server answered 503" in stale.words
        assert stale.outcome.wire_requests == 1
        shop.is_silent = True
        assert "stale-if-error" in (await shop.get()).words
        shop.clock.advance(30)
        with pytest.raises(BackendError):
            await shop.get()


async def test_what_breaks_off_is_not_stored() -> None:
    async def short(talk: Talk) -> None:
        await talk.say(
            b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 9\r\n\r\nx"
        )
        talk.writer.close()

    async with serving(short) as server, HttpClient() as http:
        cache = CachingClient(http, ManualClock())
        with pytest.raises(BackendError):
            _ = [e async for e in cache.exchange(HttpRequest("GET", server.url()))]
        assert cache.store.entries == ()


async def test_what_is_too_large_is_passed_on_whole_and_not_stored() -> None:
    async with origin(largest=1000) as shop:
        shop.body = b"x" * 5_000
        got = await shop.get()
        assert len(got.body) == 5_000
        assert got.words == "not stored: larger than 1.0 kB"
        assert shop.cache.store.size == 0


async def test_a_permanent_redirect_is_remembered_too() -> None:
    async with origin() as shop:
        shop.status, shop.more, shop.etag = 301, "Location: /b\r\n", ""
        first = await shop.get(hops=1)
        assert first.outcome.wire_requests == 2
        assert shop.asked == 2
        again = await shop.get(hops=1)
        assert shop.asked == 2
        assert (again.hops, again.outcome.wire_requests) == (1, 0)


async def test_a_head_is_served_from_a_stored_get_and_tells_of_a_change() -> None:
    async with origin() as shop:
        await shop.get()
        served = await shop.get(method="HEAD")
        assert (served.status, served.body, shop.asked) == (200, b"", 1)
        shop.etag = '"2"'
        await shop.get("Cache-Control: no-cache", method="HEAD")
        assert shop.asked == 2
        assert (await shop.get()).outcome.verdict == "changed"


async def test_the_requests_own_condition_is_answered_with_304() -> None:
    async with origin() as shop:
        await shop.get()
        unchanged = await shop.get('If-None-Match: "1"')
        assert (unchanged.status, unchanged.body, shop.asked) == (304, b"", 1)
        shop.clock.advance(61)
        passed_on = await shop.get('If-None-Match: "1"')
        assert (passed_on.status, shop.asked) == (304, 2)
        assert (await shop.get()).outcome.verdict == "hit"


async def test_vary_keeps_one_answer_a_language() -> None:
    async with origin() as shop:
        shop.more = "Vary: Accept-Language\r\n"
        await shop.get("Accept-Language: de")
        other = await shop.get("Accept-Language: en")
        assert other.outcome.why == "stored for other fields or another login"
        assert (await shop.get("Accept-Language: de")).outcome.verdict == "hit"
        assert shop.asked == 2


async def test_leaving_early_closes_and_stores_nothing() -> None:
    async with origin() as shop:
        events = shop.cache.exchange(HttpRequest("GET", shop.server.url("/a")))
        async for event in events:
            if isinstance(event, HeadArrived):
                break
        await events.aclose()
        await asyncio.wait_for(shop.server.gone.wait(), 5)
        assert shop.cache.store.entries == ()
