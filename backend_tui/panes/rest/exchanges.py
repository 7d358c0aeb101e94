"""One request and what came back, and the events that carry it from sending to its journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from backend_tui.core.exchange import Timings

if TYPE_CHECKING:
    from backend_tui.core.body.source import BodySource
    from backend_tui.core.errors import BackendError
    from backend_tui.core.exchange import HeadArrived, Headers, HttpRequest, Redirected
    from backend_tui.core.http_cache.outcome import CacheOutcome
    from backend_tui.core.trace import Trace, TraceContext
    from backend_tui.panes.rest.request import Draft

REDIRECTS: Final = 10
Phase = Literal["sending", "receiving", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Everything known of one request; `body` grows while `phase` is receiving."""

    number: int
    draft: Draft
    at: datetime
    phase: Phase = "sending"
    request: HttpRequest | None = None
    context: TraceContext | None = None
    sent_headers: Headers = ()
    hops: tuple[Redirected, ...] = ()
    head: HeadArrived | None = None
    body: BodySource | None = None
    size: int = 0
    wire_bytes: int = 0
    timings: Timings = Timings()  # noqa: RUF009 - frozen
    problem: BackendError | None = None
    trace: Trace | None = None
    trace_problem: BackendError | None = None
    cache: CacheOutcome | None = None

    @property
    def is_running(self) -> bool:
        return self.phase in ("sending", "receiving")

    @property
    def is_from_cache(self) -> bool:
        """True for an answer that took no request at all."""
        return self.cache is not None and not self.cache.wire_requests

    @property
    def status(self) -> int | None:
        """The status of the answer, None while there is none."""
        return self.head.status if self.head else None

    @property
    def target(self) -> str:
        """Method and URL as sent: what makes two exchanges comparable."""
        if self.request is None:
            return f"{self.draft.method} {self.draft.url}"
        return f"{self.request.method} {self.request.url}"

    def header(self, name: str) -> str:
        """The first value of a header of the answer, empty when it has none."""
        headers = self.head.headers if self.head else ()
        return next((value for key, value in headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class SendStarted:
    """The person asked for it; nothing has left yet."""

    number: int
    draft: Draft
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestSent:
    """The request is ready and on its way, with the headers that really leave."""

    number: int
    request: HttpRequest
    headers: Headers
    context: TraceContext | None = None


@dataclass(frozen=True, slots=True)
class RedirectFollowed:
    """One hop answered with a redirect, and the next was asked."""

    number: int
    hop: Redirected


@dataclass(frozen=True, slots=True)
class ResponseBegan:
    """Status and headers are here; the body grows in `body`."""

    number: int
    head: HeadArrived
    body: BodySource


@dataclass(frozen=True, slots=True)
class BodyGrew:
    """So many bytes are here now: unpacked, and as they came over the wire."""

    number: int
    size: int
    wire_bytes: int


@dataclass(frozen=True, slots=True)
class CacheAnswered:
    """What the workbench's own HTTP cache did for the request; comes before its end."""

    number: int
    outcome: CacheOutcome


@dataclass(frozen=True, slots=True)
class ResponseFinished:
    """The whole answer is here."""

    number: int
    timings: Timings


@dataclass(frozen=True, slots=True)
class SendFailed:
    """It did not work; what had arrived by then is kept."""

    number: int
    problem: BackendError
    timings: Timings = Timings()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class SendCancelled:
    """The person stopped it; what had arrived by then is kept."""

    number: int
    timings: Timings = Timings()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class JourneyArrived:
    """What happened inside the server, with the client's own spans around."""

    number: int
    trace: Trace


@dataclass(frozen=True, slots=True)
class JourneyMissing:
    """The server's part of the journey could not be had; the client's own spans are kept."""

    number: int
    problem: BackendError | None
    trace: Trace


SendEvent = (
    SendStarted
    | RequestSent
    | RedirectFollowed
    | ResponseBegan
    | BodyGrew
    | CacheAnswered
    | ResponseFinished
    | SendFailed
    | SendCancelled
    | JourneyArrived
    | JourneyMissing
)
