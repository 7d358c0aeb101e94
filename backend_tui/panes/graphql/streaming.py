"""What a subscription's transports tell: opened, events, pings, and how each can end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HeadArrived
from backend_tui.core.text import clean
from backend_tui.panes.graphql.answer import Answer
from backend_tui.panes.graphql.subscription import LogEvent


@dataclass(frozen=True, slots=True)
class Opened:
    """The server accepted; `latency_us` from the first byte to the acceptance."""

    latency_us: int
    head: HeadArrived | None = None


@dataclass(frozen=True, slots=True)
class Pong:
    """The server answered a ping."""

    latency_us: int


@dataclass(frozen=True, slots=True)
class Completed:
    """The server ended the subscription in order."""

    words: str = "The server completed the subscription."
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """The server gave one answer instead of a stream: errors, or something that is no GraphQL."""

    answer: Answer
    text: str


@dataclass(eq=False)
class Broken(BackendError):  # noqa: N818 - what happened
    """The connection of a subscription ended early; `is_final`: opening it again cannot help."""

    code: int | None = None
    is_final: bool = False


StreamItem = Opened | Pong | LogEvent | Completed | Answered


@dataclass
class Numbering:
    """Numbers the events of a subscription across its connections, and times them."""

    began: float = field(default_factory=time.perf_counter)
    last: int = 0

    def event(self, text: str, value: Any) -> LogEvent:
        """The next event of a decoded payload with its text as sent."""
        self.last += 1
        errors = value.get("errors") if isinstance(value, dict) else None
        count = len(errors) if isinstance(errors, list) else 0
        return LogEvent(self.last, self.now_us(), clean(text), count)

    def now_us(self) -> int:
        return round((time.perf_counter() - self.began) * 1_000_000)
