"""What the server itself remembers: slow and large commands, latency events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line, shorten
from backend_tui.panes.cache.server.key_text import key_text
from backend_tui.panes.cache.server.server import Server

LogKind = Literal["slow", "large-request", "large-reply"]
KINDS: Final[tuple[LogKind, ...]] = ("slow", "large-request", "large-reply")
_MOST: Final = 128


@dataclass(frozen=True, slots=True)
class Entry:
    """One remembered command; `amount` is µs of a slow one, bytes of a large one."""

    number: int
    at: datetime
    kind: LogKind
    amount: int
    command: str
    client: str
    name: str


@dataclass(frozen=True, slots=True)
class Latency:
    """An event the latency monitor has seen: when last, its last and longest ms."""

    event: str
    at: datetime
    last_ms: int
    longest_ms: int


@dataclass(frozen=True, slots=True)
class Logs:
    """All that is remembered, the newest first; `notes` say what is off or not allowed."""

    entries: tuple[Entry, ...] = ()
    latencies: tuple[Latency, ...] = ()
    notes: tuple[str, ...] = ()


async def logs(server: Server) -> Logs:
    """The slow log (COMMANDLOG where the server has it) and the latency events."""
    has_command_log, has_latency = await server.knows("COMMANDLOG", "LATENCY")
    entries: list[Entry] = []
    notes: list[str] = []
    kinds = KINDS if has_command_log else KINDS[:1]
    for kind in kinds:
        asked = ("COMMANDLOG", "GET", _MOST, kind) if has_command_log else ("SLOWLOG", "GET", _MOST)
        try:
            entries += [_entry(each, kind) for each in await server.ask(*asked)]
        except BackendError as problem:
            if not _is_refusal(problem):
                raise
            notes.append(f"{problem.what} {problem.why}")
    latencies: tuple[Latency, ...] = ()
    if has_latency:
        try:
            found = await server.ask("LATENCY", "LATEST")
        except BackendError as problem:
            if not _is_refusal(problem):
                raise
            notes.append(f"{problem.what} {problem.why}")
        else:
            latencies = tuple(_latency(each) for each in found)
            if not latencies:
                notes.append(
                    "No latency events: the monitor is off unless "
                    "latency-monitor-threshold is above 0."
                )
    ordered = sorted(entries, key=lambda entry: (entry.at, entry.number), reverse=True)
    return Logs(tuple(ordered), latencies, tuple(notes))


def _is_refusal(problem: BackendError) -> bool:
    from backend_tui.panes.cache.server.failures import Refusal

    return isinstance(problem, Refusal)


def _entry(raw: Any, kind: LogKind) -> Entry:
    number, at, amount, words, *client = raw
    shown = " ".join(shorten(key_text(word), 60) for word in words)
    return Entry(
        number=int(number),
        at=datetime.fromtimestamp(int(at), UTC),
        kind=kind,
        amount=int(amount),
        command=shorten(shown, 400),
        client=clean_line(client[0].decode("utf-8", "replace")) if client else "",
        name=clean_line(client[1].decode("utf-8", "replace")) if len(client) > 1 else "",
    )


def _latency(raw: Any) -> Latency:
    event, at, last, longest = raw[:4]
    name = clean_line(event.decode("utf-8", "replace"))
    return Latency(name, datetime.fromtimestamp(int(at), UTC), int(last), int(longest))
