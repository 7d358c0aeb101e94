"""Exchanges through the cache: the same events as without it, and what the cache made of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import (
    ChunkArrived,
    ExchangeEvent,
    Finished,
    HeadArrived,
    HttpRequest,
    Stopwatch,
    Timeouts,
    redirected,
    step,
)
from backend_tui.core.http_cache.directives import combined, is_same_tag, names_in
from backend_tui.core.http_cache.entry import Entry, storable, varied
from backend_tui.core.http_cache.freshness import freshness
from backend_tui.core.http_cache.listing import StoredAnswer, stored_answer
from backend_tui.core.http_cache.outcome import CacheOutcome
from backend_tui.core.http_cache.reuse import (
    Answer,
    Ask,
    Refuse,
    Validate,
    conditions_of,
    decide,
    may_replace_error,
)
from backend_tui.core.http_cache.serving import (
    CachedEvent,
    CacheTold,
    Hop,
    drained,
    from_store,
    refused,
    timed_as,
)
from backend_tui.core.http_cache.store import AnswerStore, cache_url, partition
from backend_tui.core.http_cache.storing import refusal
from backend_tui.core.units import bytes_text

if TYPE_CHECKING:
    from backend_tui.core.clock import Clock

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_DEFAULT_TIMEOUTS: Final = Timeouts()


class Exchanging(Protocol):
    """The way to the network, as `HttpClient` has it."""

    def exchange(
        self,
        request: HttpRequest,
        timeouts: Timeouts = ...,
        *,
        redirects: int = 0,
        stopwatch: Stopwatch | None = None,
    ) -> AsyncGenerator[ExchangeEvent]: ...


class CachingClient:
    """A private cache in front of an HTTP client; `store` may be read and cleared at any time."""

    def __init__(self, http: Exchanging, clock: Clock, store: AnswerStore | None = None) -> None:
        self.store = store if store is not None else AnswerStore()
        self._http = http
        self._clock = clock
        self._refreshing: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def aclose(self) -> None:
        """Wait for nothing: what still asks behind a served answer is stopped."""
        tasks = tuple(self._refreshing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Wait until every stale answer that was served has been asked for again."""
        while self._refreshing:
            await asyncio.gather(*self._refreshing.values(), return_exceptions=True)

    @property
    def stored(self) -> tuple[StoredAnswer, ...]:
        """What is kept now, the most recently used first."""
        now = self._clock.monotonic()
        return tuple(stored_answer(entry, freshness(entry, now)) for entry in self.store.entries)

    async def exchange(
        self,
        request: HttpRequest,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
        *,
        redirects: int = 0,
        stopwatch: Stopwatch | None = None,
    ) -> AsyncGenerator[CachedEvent]:
        """As `HttpClient.exchange`; each hop of a redirect passes the cache by itself."""
        stopwatch = stopwatch or Stopwatch()
        deadline = None if timeouts.total is None else time.monotonic() + timeouts.total
        before = 0
        for hop in range(redirects + 1):
            if deadline is not None:
                timeouts = replace(timeouts, total=max(deadline - time.monotonic(), 0.001))
            onward: HttpRequest | None = None
            async with aclosing(self._hop(request, timeouts, stopwatch)) as events:
                async for event in events:
                    if isinstance(event, HeadArrived) and hop < redirects:
                        onward = redirected(request, event)
                        if onward is not None:
                            before += await drained(events, request, event)
                            stopwatch.turn()
                            yield step(request, onward, event)
                            break
                    if isinstance(event, CacheTold) and before:
                        outcome = event.outcome
                        sent = outcome.wire_requests + before
                        yield CacheTold(replace(outcome, wire_requests=sent))
                    else:
                        yield event
            if onward is None:
                return
            request = onward

    async def _hop(
        self, request: HttpRequest, timeouts: Timeouts, stopwatch: Stopwatch
    ) -> AsyncGenerator[CachedEvent]:
        hop = Hop(request, timeouts, stopwatch, time.perf_counter())
        entry = self.store.find(request)
        is_known = entry is None and self.store.is_known(request.url)
        decision = decide(request, entry, is_known=is_known, now=self._clock.monotonic())
        hop.lookup_us = max(round((time.perf_counter() - hop.began) * 1_000_000), 1)
        match decision:
            case Answer():
                if decision.refreshes:
                    self._refresh_behind(hop, decision.entry)
                events = self._served(hop, decision)
            case Refuse(why):
                events = refused(hop, why)
            case Validate():
                events = self._validated(hop, decision)
            case Ask():
                events = self._asked(hop, decision, entry)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _served(self, hop: Hop, answer: Answer) -> AsyncGenerator[CachedEvent]:
        self.store.use(answer.entry)
        outcome = CacheOutcome(
            "stale" if answer.stale else "hit",
            answer.stale,
            answer.freshness.age,
            answer.freshness.left,
            answer.freshness.asks_always,
            is_stored=True,
            saved_bytes=answer.entry.wire_bytes,
            refreshes=answer.refreshes,
        )
        status = 304 if answer.is_unchanged else None
        async for event in from_store(hop, answer.entry, answer.freshness.age, status):
            if isinstance(event, Finished):
                yield hop.told(outcome)
            yield event

    async def _validated(self, hop: Hop, decision: Validate) -> AsyncGenerator[CachedEvent]:
        """Ask whether the entry holds; on 304 it is served, else what came takes its place."""
        asked = replace(hop.request, headers=hop.request.headers + decision.conditions)
        entry, now = decision.entry, self._clock.monotonic
        is_mismatch = False
        try:
            async with aclosing(self._wire(hop, asked)) as events:
                asked_at = self._clock.now().timestamp()
                async for event in events:
                    if not isinstance(event, HeadArrived):
                        yield event
                        continue
                    etag = combined(event.headers, "etag")
                    if event.status == 304:
                        finished = [each async for each in events][-1]
                        is_mismatch = bool(
                            etag and entry.etag and not is_same_tag(etag, entry.etag)
                        )
                        if not is_mismatch:
                            async for each in self._confirmed(hop, decision, event, asked_at):
                                yield timed_as(each, finished)
                            return
                        break
                    if may_replace_error(hop.request, entry, event.status, now()) is None:
                        keeping = self._keeping(hop, events, event, asked_at, decision)
                        async with aclosing(keeping):
                            async for kept in keeping:
                                yield kept
                        return
                    failure = f"stale-if-error, the server answered {event.status}"
                    break
        except BackendError as problem:
            if may_replace_error(hop.request, entry, None, now()) is None:
                raise
            failure = f"stale-if-error: {problem.what}"
        if is_mismatch:
            self.store.remove(entry)
            async for again in self._asked(hop, Ask("a 304 for another answer"), None):
                yield again
            return
        stood_in = Answer(entry, freshness(entry, now()), failure)
        async for served in self._served(hop, stood_in):
            yield served

    async def _confirmed(
        self, hop: Hop, decision: Validate, head: HeadArrived, asked_at: float
    ) -> AsyncGenerator[CachedEvent]:
        now = self._clock.monotonic()
        updated = decision.entry.updated(head, asked_at, self._clock.now().timestamp(), now)
        updated = replace(updated, hits=decision.entry.hits + 1)
        found = freshness(updated, now)
        self.store.put(updated)
        outcome = CacheOutcome(
            "revalidated",
            decision.why,
            found.age,
            found.left,
            found.asks_always or "no-cache" in updated.directives,
            is_stored=True,
            saved_bytes=decision.entry.wire_bytes,
            added=decision.conditions,
        )
        async for event in from_store(hop, updated, found.age, None):
            if isinstance(event, Finished):
                yield hop.told(outcome)
            yield event

    async def _asked(
        self, hop: Hop, decision: Ask, entry: Entry | None
    ) -> AsyncGenerator[CachedEvent]:
        async with aclosing(self._wire(hop, hop.request)) as events:
            asked_at = self._clock.now().timestamp()
            async for event in events:
                if not isinstance(event, HeadArrived):
                    yield event
                    continue
                if entry is not None:
                    self._take_note(hop.request, event, entry, asked_at)
                keeping = self._keeping(hop, events, event, asked_at, decision)
                async with aclosing(keeping):
                    async for kept in keeping:
                        yield kept
                return

    async def _keeping(
        self,
        hop: Hop,
        events: AsyncGenerator[ExchangeEvent],
        head: HeadArrived,
        asked_at: float,
        decision: Ask | Validate,
    ) -> AsyncGenerator[CachedEvent]:
        """Pass an answer on while it comes, and store it once it is whole, if it may be stored."""
        answered_at, since = self._clock.now().timestamp(), self._clock.monotonic()
        is_passing = isinstance(decision, Ask) and decision.is_passing
        not_stored = decision.why if is_passing else refusal(hop.request, head)
        forgotten = 0
        if hop.request.method not in _SAFE and 200 <= head.status < 400:
            forgotten = len(self.store.invalidate(hop.request, head))
        yield head
        body, wire_bytes = bytearray(), 0
        async for event in events:
            if isinstance(event, ChunkArrived) and not not_stored:
                body += event.data
                wire_bytes = event.wire_bytes
                if len(body) > self.store.largest:
                    not_stored = f"larger than {bytes_text(self.store.largest)}"
                    body.clear()
            if isinstance(event, Finished):
                entry = Entry(
                    cache_url(hop.request.url),
                    partition(hop.request),
                    replace(head, headers=storable(head.headers)),
                    bytes(body),
                    wire_bytes,
                    varied(hop.request, names_in(combined(head.headers, "vary"))),
                    asked_at,
                    answered_at,
                    since,
                )
                if not not_stored and not self.store.put(entry):
                    not_stored = f"larger than {bytes_text(self.store.largest)}"
                if not_stored and isinstance(decision, Validate) and head.status < 500:
                    self.store.remove(decision.entry)
                found = None if not_stored else freshness(entry, self._clock.monotonic())
                is_changed = isinstance(decision, Validate)
                yield hop.told(
                    CacheOutcome(
                        "passed" if is_passing else "changed" if is_changed else "miss",
                        decision.why,
                        None if found is None else found.age,
                        None if found is None else found.left,
                        found is not None and (found.asks_always or "no-cache" in entry.directives),
                        is_stored=found is not None,
                        not_stored=not_stored,
                        forgotten=forgotten,
                        added=decision.conditions if isinstance(decision, Validate) else (),
                    )
                )
            yield event

    def _take_note(
        self, request: HttpRequest, head: HeadArrived, entry: Entry, asked_at: float
    ) -> None:
        """What an answer passed on tells of the stored one: a 304, or a HEAD (RFC 9111 4.3.5)."""
        etag = combined(head.headers, "etag")
        is_same = etag == entry.etag if etag or entry.etag else None
        if is_same is None:
            modified = combined(head.headers, "last-modified")
            is_same = modified is not None and modified == entry.last_modified
        if (head.status == 304 and is_same) or (request.method == "HEAD" and head.status == 200):
            length = combined(head.headers, "content-length")
            old_length = combined(entry.head.headers, "content-length")
            is_same = is_same and (length is None or old_length is None or length == old_length)
            now = self._clock.now().timestamp()
            self.store.put(
                entry.updated(head, asked_at, now, self._clock.monotonic())
                if is_same
                else replace(entry, must_validate=True)
            )

    async def _wire(self, hop: Hop, request: HttpRequest) -> AsyncGenerator[ExchangeEvent]:
        hop.wire_requests += 1
        exchange = self._http.exchange(request, hop.timeouts, stopwatch=hop.stopwatch)
        async with aclosing(exchange) as events:
            async for event in events:
                yield event

    def _refresh_behind(self, hop: Hop, entry: Entry) -> None:
        place = (entry.url, entry.partition)
        if place in self._refreshing:
            return
        task = asyncio.create_task(self._refreshed(hop, entry))
        self._refreshing[place] = task
        task.add_done_callback(lambda _: self._refreshing.pop(place, None))

    async def _refreshed(self, hop: Hop, entry: Entry) -> None:
        behind = Hop(hop.request, hop.timeouts, Stopwatch(), hop.began)
        found = freshness(entry, self._clock.monotonic())
        decision = Validate(entry, found, conditions_of(entry), "stale-while-revalidate")
        try:
            async for _ in self._validated(behind, decision):
                pass
        except BackendError:
            return  # the stale answer stays; the next request asks again and tells the failure
