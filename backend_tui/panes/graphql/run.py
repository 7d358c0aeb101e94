"""One run of an operation, and the events that carry it from sending to its journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from backend_tui.core.body.source import BodySource
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HeadArrived, Headers, HttpRequest, Timings
from backend_tui.core.trace import Trace, TraceContext
from backend_tui.panes.graphql.answer import Answer
from backend_tui.panes.graphql.request import Draft, Operation, Transport
from backend_tui.panes.graphql.subscription import EventLog, LogEvent

Phase = Literal["sending", "receiving", "streaming", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Patch:
    """One part of an incremental answer; `text` is its JSON as sent, clean.

    `at_us` counts since the request left. `paths` are the places in the data it filled, labels in
    `labels`; `format` says how the server writes its parts.
    """

    number: int
    at_us: int
    text: str
    paths: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    size: int = 0
    problem_count: int = 0
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Everything known of one run.

    `body` is what came over the wire and grows while receiving; `merged` is the whole result of an
    incremental answer so far (show it instead of `body`). A subscription has a `log`.
    """

    number: int
    draft: Draft
    at: datetime
    operation: Operation | None = None
    transport: Transport = "auto"
    phase: Phase = "sending"
    request: HttpRequest | None = None
    context: TraceContext | None = None
    sent_headers: Headers = ()
    head: HeadArrived | None = None
    body: BodySource | None = None
    merged: BodySource | None = None
    size: int = 0
    wire_bytes: int = 0
    timings: Timings = Timings()  # noqa: RUF009 - frozen
    answer: Answer | None = None
    patches: tuple[Patch, ...] = ()
    log: EventLog | None = None
    saved_bytes: int = 0
    notes: tuple[str, ...] = ()
    problem: BackendError | None = None
    trace: Trace | None = None
    trace_problem: BackendError | None = None

    @property
    def is_running(self) -> bool:
        return self.phase in ("sending", "receiving", "streaming")

    @property
    def is_subscription(self) -> bool:
        return self.operation is not None and self.operation.kind == "subscription"

    @property
    def shown_body(self) -> BodySource | None:
        """What the body viewer shows: the merged result of an incremental answer, or the body."""
        return self.merged or self.body

    @property
    def status(self) -> int | None:
        return self.head.status if self.head else None

    def header(self, name: str) -> str:
        """The first value of a header of the answer, empty when it has none."""
        headers = self.head.headers if self.head else ()
        return next((value for key, value in headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The person asked for it; nothing has left yet."""

    number: int
    draft: Draft
    operation: Operation | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestSent:
    """The request is on its way, by this transport, with the headers that really leave."""

    number: int
    request: HttpRequest
    headers: Headers
    transport: Transport
    context: TraceContext | None = None
    saved_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a line happened: a persisted document was unknown, an answer redirected."""

    number: int
    words: str


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
class PatchesArrived:
    """Parts of an incremental answer; `merged` is the whole result after the last of them."""

    number: int
    patches: tuple[Patch, ...]
    merged: BodySource


@dataclass(frozen=True, slots=True)
class ResponseJudged:
    """The whole answer is here."""

    number: int
    answer: Answer
    timings: Timings


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The server accepted the subscription; `latency_us` is that of the handshake."""

    number: int
    latency_us: int = 0


@dataclass(frozen=True, slots=True)
class EventsArrived:
    """Events of a subscription, oldest first; the client gathers them ten times a second."""

    number: int
    events: tuple[LogEvent, ...]


@dataclass(frozen=True, slots=True)
class PingAnswered:
    """The server answered a ping after so many µs."""

    number: int
    latency_us: int


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection of a subscription broke; it is opened again after `retry_in` seconds."""

    number: int
    problem: BackendError
    retry_in: float
    code: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """The server completed the subscription in order: it is not opened again."""

    number: int
    words: str
    timings: Timings
    code: int | None = None


@dataclass(frozen=True, slots=True)
class RunFailed:
    """It did not work; what had arrived by then is kept."""

    number: int
    problem: BackendError
    timings: Timings = Timings()  # noqa: RUF009 - frozen
    code: int | None = None


@dataclass(frozen=True, slots=True)
class RunCancelled:
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


@dataclass(frozen=True, slots=True)
class LogPaused:
    """The event log stands still on screen, or goes on; events are kept meanwhile."""

    number: int
    is_paused: bool


@dataclass(frozen=True, slots=True)
class LogFiltered:
    """Only events whose text holds these words are listed."""

    number: int
    words: str


RunEvent = (
    RunStarted
    | RequestSent
    | Noted
    | ResponseBegan
    | BodyGrew
    | PatchesArrived
    | ResponseJudged
    | Subscribed
    | EventsArrived
    | PingAnswered
    | ConnectionLost
    | SubscriptionEnded
    | RunFailed
    | RunCancelled
    | JourneyArrived
    | JourneyMissing
    | LogPaused
    | LogFiltered
)
