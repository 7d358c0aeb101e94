"""Server-sent events read from a byte stream as the WHATWG specification says."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from backend_tui.core.errors import BackendError

LONGEST_EVENT: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One dispatched event; `id` is the last one seen, `data` as sent (lines joined by \\n)."""

    event: str
    data: str
    id: str = ""


@dataclass
class EventParser:
    """Turns chunks, cut anywhere, into events; raises `BackendError` for an endless one.

    `keeps_empty` dispatches named events without data too, which the specification leaves out.
    """

    keeps_empty: bool = False
    last_id: str = ""
    retry_ms: int | None = None
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _pending: list[str] = field(default_factory=list)
    _pending_size: int = 0
    _is_first: bool = True
    _ended_with_cr: bool = False
    _event: str = ""
    _data: list[str] = field(default_factory=list)
    _size: int = 0

    def feed(self, chunk: bytes) -> Iterator[ServerSentEvent]:
        """The events that this chunk completes."""
        text = self._decoder.decode(chunk)
        if self._is_first and text:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        if self._ended_with_cr and text:
            self._ended_with_cr = False
            text = text.removeprefix("\n")
        if not text:
            return
        self._ended_with_cr = text.endswith("\r")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.split("\n")
        rest = lines.pop()
        if lines:
            lines[0] = "".join((*self._pending, lines[0]))
            self._pending.clear()
            self._pending_size = 0
        self._pending.append(rest)
        self._pending_size += len(rest)
        for line in lines:
            event = self._line(line)
            if event is not None:
                yield event
        if self._size + self._pending_size > LONGEST_EVENT:
            raise BackendError(
                "An event of the stream is too long.",
                f"It has more than {LONGEST_EVENT >> 20} MB and no end.",
                "Check that the server ends each event with an empty line.",
            )

    def _line(self, line: str) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
                self._size += len(value)
            case "id" if "\0" not in value:
                self.last_id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) < 10:
                self.retry_ms = int(value)
        return None

    def _dispatch(self) -> ServerSentEvent | None:
        event, data = self._event, self._data
        self._event, self._data, self._size = "", [], 0
        if not data and not (self.keeps_empty and event):
            return None
        return ServerSentEvent(event or "message", "\n".join(data), self.last_id)
