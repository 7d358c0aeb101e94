"""What the strategy lab asks of the shop: its verbs under /_cache, and real requests in bursts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.exchange import ChunkArrived, HeadArrived, Headers, HttpRequest, Timeouts
from backend_tui.core.http import HttpClient
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.strategies.lab import Lab, Route, read_lab, read_route
from backend_tui.panes.cache.strategies.write_back import WriteBack, read_write_back
from backend_tui.stack.endpoints import Stack
from backend_tui.stack.shop import Shop

_VERB: Final = Timeouts(total=20)
_ASKED: Final = Timeouts(total=60)


@dataclass(frozen=True, slots=True)
class Burst:
    """Many requests at once: how many were answered, how many with 2xx, and times in µs."""

    clients: int
    sent: int
    answered: int
    good: int
    total_us: int
    median_us: int
    slowest_us: int


class StrategyClient(Protocol):
    """What the lab needs; every method raises `BackendError`."""

    async def lab(self) -> Lab:
        """Every route with its policy and counters."""
        ...

    async def change(self, route: str, members: Mapping[str, Any]) -> Route:
        """Change members of a route's policy. Raises `UsageError` for what it cannot have."""
        ...

    async def reset(self) -> None:
        """Policies as the shop starts, caches emptied, counters zero, the clock right."""
        ...

    async def advance(self, seconds: float) -> float:
        """Put the cache's clock forward; how far it is ahead then, in seconds."""
        ...

    async def expire(self, key: str) -> bool:
        """Let a key's time be over; whether it was there."""
        ...

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One real request as staff, decoded from JSON; not 2xx raises."""
        ...

    async def burst(self, path: str, clients: int, requests: int) -> Burst:
        """GET the path `requests` times by `clients` that ask at once, each again when answered."""
        ...

    async def write_back(self) -> WriteBack:
        """What waits to be written, and the flusher."""
        ...

    async def flusher(self, action: str) -> None:
        """stop, start, flush, kill, or renew a log that has vanished."""
        ...

    async def mode(self, mode: str) -> None:
        """durable or naive."""
        ...

    async def flush_every(self, seconds: float) -> None:
        """How long the flusher lets writes gather."""
        ...

    async def aclose(self) -> None:
        """Close the connections; the client may be used again."""
        ...


class StackStrategyClient:
    """The lab of the running stack's shop."""

    def __init__(self, stack: Stack) -> None:
        self._http = HttpClient()
        self._shop = Shop(stack, self._http, is_tracing=False)
        self._staff: Headers = ()
        self._staff_of = ""

    async def aclose(self) -> None:
        await self._http.aclose()

    async def lab(self) -> Lab:
        return read_lab(await self._verb("GET", "/_cache"))

    async def change(self, route: str, members: Mapping[str, Any]) -> Route:
        path = f"/_cache/routes/{quote(route, safe='')}"
        return read_route(await self._verb("PATCH", path, dict(members)))

    async def reset(self) -> None:
        await self._verb("POST", "/_cache/reset", {})

    async def advance(self, seconds: float) -> float:
        told = await self._verb("POST", "/_cache/clock", {"advance_s": seconds})
        return float(told.get("offset_s", 0.0))

    async def expire(self, key: str) -> bool:
        told = await self._verb("POST", "/_cache/expire", {"key": key})
        return bool(told.get("was_there", True))

    async def write_back(self) -> WriteBack:
        return read_write_back(await self._verb("GET", "/_cache/write-back"))

    async def flusher(self, action: str) -> None:
        await self._verb("POST", "/_cache/write-back/flusher", {"action": action})

    async def mode(self, mode: str) -> None:
        await self._verb("POST", "/_cache/write-back/flusher", {"mode": mode})

    async def flush_every(self, seconds: float) -> None:
        await self._verb("POST", "/_cache/write-back/flusher", {"every_s": seconds})

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        shop = await self._shop.endpoint()
        headers = await self._as_staff()
        return await self._asked(method, shop.url + path, headers, body, _ASKED)

    async def burst(self, path: str, clients: int, requests: int) -> Burst:
        """Every client has its connection before the first of them asks."""
        shop = await self._shop.endpoint()
        request = HttpRequest("GET", shop.url + path)
        greeting = HttpRequest("GET", f"{shop.url}/_cache", shop.headers)
        times: list[int] = []
        good = 0
        left = iter(range(requests))
        start, connected = asyncio.Event(), asyncio.Semaphore(0)

        async def client() -> None:
            nonlocal good
            await self._status(greeting)
            connected.release()
            await start.wait()
            for _ in left:
                began = time.perf_counter()
                status = await self._status(request)
                if status:
                    times.append(round((time.perf_counter() - began) * 1_000_000))
                good += 200 <= status < 300

        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(client())
            for _ in range(clients):
                await connected.acquire()
            began = time.perf_counter()
            start.set()
        total = round((time.perf_counter() - began) * 1_000_000)
        times.sort()
        median = times[len(times) // 2] if times else 0
        slowest = times[-1] if times else 0
        return Burst(clients, requests, len(times), good, total, median, slowest)

    async def _status(self, request: HttpRequest) -> int:
        """The status of one request read to its end; 0 when there was no answer."""
        status = 0
        try:
            async with aclosing(self._http.exchange(request, _ASKED)) as events:
                async for event in events:
                    if isinstance(event, HeadArrived):
                        status = event.status
        except BackendError:
            return 0
        return status

    async def _as_staff(self) -> Headers:
        shop = await self._shop.endpoint()
        if self._staff_of != shop.url + shop.token:
            from backend_tui.core.authentication import authorization

            ways = await self._shop.credentials()
            way = ways.get("staff")
            self._staff = authorization(way) if way is not None else ()
            self._staff_of = shop.url + shop.token
        return self._staff

    async def _verb(self, method: str, path: str, body: Any = None) -> Any:
        shop = await self._shop.endpoint()
        return await self._asked(method, shop.url + path, shop.headers, body, _VERB)

    async def _asked(
        self, method: str, url: str, headers: Headers, body: Any, timeouts: Timeouts
    ) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        kind = (("Content-Type", "application/json"),) if data else ()
        request = HttpRequest(method, url, (*headers, *kind), data)
        status, answer = 0, bytearray()
        async with aclosing(self._http.exchange(request, timeouts)) as events:
            async for event in events:
                if isinstance(event, HeadArrived):
                    status = event.status
                elif isinstance(event, ChunkArrived):
                    answer += event.data
        try:
            document = json.loads(bytes(answer)) if answer else {}
        except (ValueError, RecursionError):
            document = {}
        if not 200 <= status < 300:
            raise _refused(method, url, status, document)
        return document


def _refused(method: str, url: str, status: int, document: Any) -> BackendError:
    told = document if isinstance(document, dict) else {}
    detail = clean_line(str(told.get("detail") or told.get("title") or ""))
    path = "/" + url.split("/", 3)[-1].partition("?")[0]
    if status == 422:
        return UsageError("The shop refuses this.", detail, "")
    if status == 404 and path.startswith("/_cache"):
        return BackendError(
            f"This server has no {path}.", detail, "The bundled shop of this version does."
        )
    return BackendError(f"The shop answered {status}.", f"{method} {path}. {detail}".strip(), "")
