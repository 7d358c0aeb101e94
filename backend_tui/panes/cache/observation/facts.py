"""What a server is and what it lets us do, learned without changing anything.

What is forbidden is found by queueing a command in a transaction and discarding it: the server
checks our rights when it queues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backend_tui.panes.cache.observation import raw_connection
from backend_tui.panes.cache.observation.figures import Figures, facts_of
from backend_tui.panes.cache.observation.notifications import NEEDED, SETTING
from backend_tui.panes.cache.observation.raw_connection import RawConnection
from backend_tui.panes.cache.server.address import parse_address
from backend_tui.panes.cache.server.failures import Refusal

_MOST_DATABASES: Final = 256
_USUAL_DATABASES: Final = 16


@dataclass(frozen=True, slots=True)
class Facts:
    """A server at one moment; each `…_refused` is the server's reason, or empty when it allows it.

    `letters` is the value of `notify-keyspace-events`, None when it may not be read.
    `is_line_last` tells whether MONITOR shows a command after its notifications (since Redis 7).
    """

    name: str
    run_id: str
    databases: int
    home: int
    is_cluster: bool
    figures: Figures
    letters: str | None
    is_line_last: bool
    questions: tuple[tuple[bytes, ...], ...]
    setting_refused: str = ""
    monitor_refused: str = ""

    @property
    def headroom(self) -> int | None:
        """Bytes left below `maxmemory`; None without such a limit."""
        limit = self.figures.max_memory
        return None if limit == 0 else max(0, limit - self.figures.used_memory)


def look(connection: RawConnection, home: int = 0) -> Facts:
    """Everything about the server; `home` is the database of its URL.

    Raises `Refusal` when not even INFO is allowed.
    """
    server = facts_of(connection.ask("INFO", "server"))
    statistics = facts_of(connection.ask("INFO", "stats")) | facts_of(
        connection.ask("INFO", "memory")
    )
    letters, setting_refused = _letters(connection)
    is_valkey = "valkey_version" in server
    version = server.get("valkey_version" if is_valkey else "redis_version", "0")
    questions: list[tuple[bytes, ...]] = [
        (b"INFO", b"stats"),
        (b"INFO", b"memory"),
        (b"INFO", b"commandstats"),
    ]
    if letters is not None:
        questions.append((b"CONFIG", b"GET", SETTING.encode()))
    return Facts(
        name=f"{'Valkey' if is_valkey else 'Redis'} {version}",
        run_id=server.get("run_id", ""),
        databases=max(_databases(connection), home + 1),
        home=home,
        is_cluster=server.get("redis_mode", server.get("server_mode", "")) == "cluster",
        figures=Figures.read(statistics),
        letters=letters,
        is_line_last=is_valkey or _major(version) >= 7,
        questions=tuple(questions),
        setting_refused=setting_refused,
        monitor_refused=_monitor_refused(connection),
    )


def _letters(connection: RawConnection) -> tuple[str | None, str]:
    """The setting's value, and why it may not be changed."""
    try:
        answer = connection.ask("CONFIG", "GET", SETTING)
    except Refusal as refused:
        return None, refused.why
    value = bytes(answer.get(SETTING.encode(), b"")).decode("ascii", "replace")
    return value, _queued(connection, "CONFIG", "SET", SETTING, NEEDED)


def _monitor_refused(connection: RawConnection) -> str:
    """Why exact counts cannot be had: MONITOR itself, what guards it, or what explains it."""
    try:
        client = connection.ask("CLIENT", "ID")
        connection.ask("CLIENT", "LIST", "ID", client)
    except Refusal as refused:
        return refused.why
    return _queued(connection, "MONITOR") or _queued(connection, "COMMAND")


def _queued(connection: RawConnection, *words: str) -> str:
    """The server's refusal of a command that is never run, or nothing."""
    try:
        connection.ask("MULTI")
    except Refusal:
        return ""
    try:
        connection.ask(*words)
    except Refusal as refused:
        # It may be that it is only not allowed in a transaction; then it is tried when it is meant.
        return "" if "transaction" in refused.why.lower() else refused.why
    finally:
        connection.ask("DISCARD")
    return ""


def _databases(connection: RawConnection) -> int:
    try:
        answer: Any = connection.ask("CONFIG", "GET", "databases")
    except Refusal:
        return _USUAL_DATABASES
    said = bytes(answer.get(b"databases", b"16"))
    return min(int(said) if said.isdigit() else _USUAL_DATABASES, _MOST_DATABASES)


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdigit() else 0


def connected(url: str) -> tuple[RawConnection, Facts]:
    """A connection and what is known of the server behind it; closed again when it fails."""
    connection = raw_connection.opened(url)
    try:
        return connection, look(connection, parse_address(url).database)
    except BaseException:
        connection.close()
        raise
