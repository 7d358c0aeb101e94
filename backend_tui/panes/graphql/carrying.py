"""Queries and mutations by HTTP: by POST or GET, persisted or whole, at once or in parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final

from backend_tui.core.body.source import BodySource
from backend_tui.core.exchange import (
    ChunkArrived,
    Finished,
    HeadArrived,
    Headers,
    HttpRequest,
    Sent,
    Stopwatch,
    Timeouts,
)
from backend_tui.core.http import HttpClient
from backend_tui.core.server_sent import EventParser
from backend_tui.core.trace import TraceContext
from backend_tui.panes.graphql.answer import Answer
from backend_tui.panes.graphql.incremental import Merging
from backend_tui.panes.graphql.judging import judge
from backend_tui.panes.graphql.multipart import PartParser, boundary_of
from backend_tui.panes.graphql.preparation import (
    ACCEPT,
    ACCEPT_EVENTS,
    ACCEPT_PARTS,
    Prepared,
    wants_parts,
)
from backend_tui.panes.graphql.run import (
    BodyGrew,
    Noted,
    Patch,
    PatchesArrived,
    RequestSent,
    ResponseBegan,
    ResponseJudged,
    RunEvent,
)

_TOLD_EVERY_US: Final = 50_000
_UNKNOWN: Final = ("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
_REFUSED: Final = ("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")


@dataclass
class Exchange:
    """One HTTP exchange of a run, told in the words of the model; `answer` once it is judged."""

    number: int
    http: HttpClient
    request: HttpRequest
    stopwatch: Stopwatch
    timeouts: Timeouts
    context: TraceContext | None = None
    saved_bytes: int = 0
    transport: Any = "post"
    head: HeadArrived | None = None
    body: BodySource = field(default_factory=BodySource)
    answer: Answer | None = None
    merging: Merging | None = None
    _parts: Callable[[bytes], list[bytes]] | None = None
    _parser: PartParser | None = None

    async def events(self) -> AsyncGenerator[RunEvent]:
        """From `RequestSent` to `ResponseJudged`; raises `BackendError` when it breaks."""
        wire_bytes, last_told_us = 0, 0
        patches: list[Patch] = []
        exchange = self.http.exchange(self.request, self.timeouts, stopwatch=self.stopwatch)
        async with aclosing(exchange) as events:
            async for event in events:
                match event:
                    case Sent(headers=headers):
                        yield RequestSent(
                            self.number,
                            self.request,
                            headers,
                            self.transport,
                            self.context,
                            self.saved_bytes,
                        )
                    case HeadArrived():
                        self._began(event)
                        yield ResponseBegan(self.number, event, self.body)
                    case ChunkArrived(data, wire_bytes):
                        self.body.append(data)
                        now_us = self.stopwatch.read().total_us
                        patches += self._patches(data, now_us)
                        if now_us - last_told_us >= _TOLD_EVERY_US or self.body.size == len(data):
                            last_told_us = now_us
                            for told in self._told(patches, wire_bytes):
                                yield told
                            patches = []
                    case Finished():
                        self.body.finish()
                        patches += self._last_patch()
                        for told in self._told(patches, wire_bytes):
                            yield told
        yield await self._judged()

    def _began(self, head: HeadArrived) -> None:
        self.head = head
        kind = _header(head.headers, "content-type")
        media = kind.partition(";")[0].strip().lower()
        if media == "multipart/mixed":
            parser = PartParser(boundary_of(kind))
            self._parser, self.merging = parser, Merging()
            self._parts = lambda data: list(parser.feed(data))
        elif media == "text/event-stream":
            events, self.merging = EventParser(), Merging()
            self._parts = lambda data: [
                event.data.encode() for event in events.feed(data) if event.event == "next"
            ]

    def _patches(self, data: bytes, at_us: int) -> list[Patch]:
        if self._parts is None or self.merging is None:
            return []
        return [self.merging.take(part, at_us) for part in self._parts(data)]

    def _last_patch(self) -> list[Patch]:
        """What came after the last boundary of a body that was cut off."""
        rest = self._parser.rest() if self._parser else None
        if rest is None or self.merging is None:
            return []
        return [self.merging.take(rest, self.stopwatch.read().total_us)]

    def _told(self, patches: list[Patch], wire_bytes: int) -> list[RunEvent]:
        told: list[RunEvent] = [BodyGrew(self.number, self.body.size, wire_bytes)]
        if patches and self.merging is not None:
            merged = BodySource.of_bytes(self.merging.text())
            told.append(PatchesArrived(self.number, tuple(patches), merged))
        return told

    async def _judged(self) -> ResponseJudged:
        timings = self.stopwatch.read()
        status = self.head.status if self.head else 0
        kind = _header(self.head.headers if self.head else (), "content-type")
        if self.merging is not None and self.merging.result:
            merged = BodySource.of_bytes(self.merging.text())
            self.answer = await judge(status, "application/json", merged)
            words = list(self.merging.notes)
            is_cut = self._parser is not None and not self._parser.is_complete
            if is_cut and not self.merging.is_complete:
                words.append("The answer ended before its last part.")
            self.answer = replace(self.answer, words=" ".join(words))
        else:
            self.answer = await judge(status, kind, self.body)
        return ResponseJudged(self.number, self.answer, timings)


async def carried(
    number: int,
    http: HttpClient,
    prepared: Prepared,
    stopwatch: Stopwatch,
    timeouts: Timeouts,
    context: TraceContext | None,
    *,
    is_persisted: bool,
) -> AsyncGenerator[RunEvent]:
    """The whole run over HTTP; a persisted document the server does not know is sent once more."""
    accept = ACCEPT_PARTS if wants_parts(prepared.members["query"]) else ACCEPT
    if prepared.transport == "sse":
        accept = ACCEPT_EVENTS
    build = prepared.got if prepared.transport == "get" else prepared.posted

    def exchange(request: HttpRequest, saved: int = 0) -> Exchange:
        return Exchange(
            number, http, request, stopwatch, timeouts, context, saved, prepared.transport
        )

    if is_persisted:
        request = build(accept, by_hash=True)
        saved = len(prepared.body(with_hash=True)) - len(prepared.body(by_hash=True))
        first = exchange(request, saved)
        async with aclosing(first.events()) as events:
            async for event in events:
                if isinstance(event, ResponseJudged) and _is_unknown(event.answer):
                    break
                yield event
            else:
                return
        if first.answer is not None and _said(first.answer, _REFUSED):
            yield Noted(number, "The server keeps no documents; the whole one was sent.")
            request = build(accept)
        else:
            yield Noted(number, "The server did not know the document; it was sent along once.")
            request = build(accept, with_hash=True)
    else:
        request = build(accept)
    async with aclosing(exchange(request).events()) as events:
        async for event in events:
            yield event


def _is_unknown(answer: Answer) -> bool:
    return _said(answer, _UNKNOWN) or _said(answer, _REFUSED)


def _said(answer: Answer, words: tuple[str, ...]) -> bool:
    return any(problem.code in words or problem.message in words for problem in answer.problems)


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
