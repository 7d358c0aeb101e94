"""What one HTTP exchange is made of: the request, the events of its answer, its timed phases."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from backend_tui.core.text import clean

Headers = tuple[tuple[str, str], ...]

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_STAYS_WITH_ITS_ORIGIN: Final = frozenset(
    {
        "authorization",
        "cookie",
        "host",
        "proxy-authorization",
        "traceparent",
        "tracestate",
        "x-api-key",
        "x-csrftoken",
        "x-workbench-token",
    }
)
_PHASES: Final = {
    "connect_tcp": "connect",
    "connect_unix_socket": "connect",
    "start_tls": "tls",
    "send_request_headers": "send",
    "send_request_body": "send",
    "receive_response_headers": "wait",
    "receive_response_body": "download",
}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is sent: an absolute URL, headers in order with repeats, and the body's bytes."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds allowed: to open a connection, between two reads or writes, and in all."""

    connect: float = 5
    read: float | None = 30
    write: float = 30
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of an exchange in µs since it began; `connect` includes the look-up of the name."""

    name: str
    start_us: int
    duration_us: int


@dataclass(frozen=True, slots=True)
class Timings:
    """The phases in order and the whole, in µs; a kept-alive connection has no connect and tls."""

    phases: tuple[Phase, ...] = ()
    total_us: int = 0

    def of(self, name: str) -> int:
        """µs spent in the phase, 0 when there was none."""
        return sum(phase.duration_us for phase in self.phases if phase.name == name)


@dataclass(frozen=True, slots=True)
class Sent:
    """The request is on its way; headers as they leave, with those the client added."""

    method: str
    url: str
    headers: Headers


@dataclass(frozen=True, slots=True)
class Redirected:
    """The answer of one hop led elsewhere; `dropped` names headers that did not go along."""

    status: int
    url: str
    location: str
    method: str
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadArrived:
    """Status and headers as received: order, case and repeats kept, text clean."""

    status: int
    reason: str
    http_version: str
    headers: Headers
    url: str = ""
    peer: str = ""
    tls: str = ""


@dataclass(frozen=True, slots=True)
class ChunkArrived:
    """Some bytes of the body, unpacked; `wire_bytes` counts all so far as they were sent."""

    data: bytes
    wire_bytes: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The body is complete."""

    timings: Timings


ExchangeEvent = Sent | Redirected | HeadArrived | ChunkArrived | Finished


@dataclass
class Stopwatch:
    """Gathers the phases of one exchange from the transport's own trace of it.

    What the reader of the events does in between (drawing, say) is not counted.
    """

    began: float = field(default_factory=time.perf_counter)
    _open: dict[str, float] = field(default_factory=dict)
    _phases: dict[str, tuple[float, float]] = field(default_factory=dict)
    _earlier: Phase | None = None
    _paused_at: float | None = None
    _paused: float = 0.0

    async def note(self, event: str, _info: object) -> None:
        """Called by the transport at each step, as with `http11.send_request_body.started`."""
        _, step, state = event.split(".")
        name = _PHASES.get(step)
        if name is None:
            return
        now = self._now()
        if state == "started":
            if not self._open and self._earlier is None:
                self.began = now
            self._open.setdefault(name, now)
        else:
            begin = self._phases.get(name, (self._open.get(name, now), now))[0]
            self._phases[name] = (begin, now)

    def begin(self) -> None:
        """Count from now, unless a phase was noted already: setting up the client is no phase."""
        if not self._open and self._earlier is None:
            self._paused, self.began = 0.0, time.perf_counter()

    def pause(self) -> None:
        """The reader has the word: time stands still for the exchange."""
        self._paused_at = time.perf_counter()

    def resume(self) -> None:
        """The exchange goes on."""
        if self._paused_at is not None:
            self._paused += time.perf_counter() - self._paused_at
            self._paused_at = None

    def turn(self) -> None:
        """A redirect was followed: all before it becomes one phase, and the steps start anew."""
        now = self._now()
        self._earlier = Phase("redirect", 0, self._us(now - self.began))
        self._open, self._phases = {}, {}

    def read(self, *, is_over: bool = False) -> Timings:
        """The phases so far; one that still runs lasts until now, unless all of it `is_over`."""
        now = self._now()
        if is_over and self._phases:
            now = max(end for _, end in self._phases.values())
        spans = {name: (begin, now) for name, begin in self._open.items()} | self._phases
        phases = sorted(
            (
                (begin, Phase(name, self._us(begin - self.began), self._us(end - begin)))
                for name, (begin, end) in spans.items()
            ),
            key=lambda phase: phase[0],
        )
        before = (self._earlier,) if self._earlier else ()
        last = tuple(phase for _, phase in phases)
        return Timings(before + last, self._us(now - self.began))

    def _now(self) -> float:
        return (self._paused_at or time.perf_counter()) - self._paused

    @staticmethod
    def _us(seconds: float) -> int:
        return max(round(seconds * 1_000_000), 0)


def redirected(request: HttpRequest, head: HeadArrived) -> HttpRequest | None:
    """The request that a redirect asks for; None when the answer is no redirect."""
    location = next((value for name, value in head.headers if name.lower() == "location"), "")
    if head.status not in _REDIRECTS or not location:
        return None
    url = urljoin(request.url, location)
    becomes_get = head.status == 303 or (head.status in (301, 302) and request.method == "POST")
    is_get = becomes_get and request.method != "HEAD"
    foreign = origin(url) != origin(request.url)
    headers = tuple(
        (name, value)
        for name, value in request.headers
        if not (foreign and name.lower() in _STAYS_WITH_ITS_ORIGIN)
        and not (is_get and name.lower() in ("content-type", "content-length"))
    )
    if is_get:
        return HttpRequest("GET", url, headers)
    return replace(request, url=url, headers=headers)


def step(request: HttpRequest, onward: HttpRequest, head: HeadArrived) -> Redirected:
    """The hop from one request to the next, and what was left behind on it."""
    kept = {name.lower() for name, _ in onward.headers}
    dropped = tuple(name for name, _ in request.headers if name.lower() not in kept)
    return Redirected(head.status, head.url, clean(onward.url), onward.method, dropped)


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port, the default ports filled in; what “same origin” compares."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower())
        return parts.scheme.lower(), (parts.hostname or "").lower(), port
    except ValueError:
        return "", "", None
