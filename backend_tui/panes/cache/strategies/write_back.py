"""Write-back as it stands: what is acknowledged and not yet in the database, and the flusher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line, shorten

KEYS: Final = 100


@dataclass(frozen=True, slots=True)
class DirtyKey:
    """A key whose newest value is only in the log: since when (s), and how many writes wait."""

    key: str
    since_s: float
    entries: int
    value: str


@dataclass(frozen=True, slots=True)
class WriteBack:
    """`lag_s` is the age of the oldest write that waits; `watermark` names the last one applied.

    `survives` says what an acknowledged write survives. What the log does not tell while it is
    away is None, and `away` says why.
    """

    is_on: bool = False
    mode: str = "durable"
    state: str = "stopped"
    runs_as: str = ""
    every_s: float = 0.0
    fsync: str | None = None
    dirty: tuple[DirtyKey, ...] = ()
    dirty_count: int | None = 0
    log_length: int | None = 0
    pending: int | None = 0
    lag_s: float | None = 0.0
    last_id: str = ""
    watermark: str = ""
    flushes: int = 0
    applied: int = 0
    merged: int = 0
    replays_skipped: int = 0
    dead_letters: tuple[str, ...] = ()
    lost: int = 0
    is_log_lost: bool = False
    survives: str = ""
    away: str = ""
    routes: tuple[str, ...] = ()


def read_write_back(document: Any) -> WriteBack:
    """The state from `GET /_cache/write-back`. Raises `BackendError` for anything else."""
    try:
        flusher, fsync = document.get("flusher") or {}, document.get("fsync")
        return WriteBack(
            is_on=bool(document["is_on"]),
            mode=clean_line(str(document.get("mode") or "durable")),
            state=clean_line(str(flusher.get("state", "stopped"))),
            runs_as=clean_line(str(flusher.get("pid_or_task") or "")),
            every_s=float(flusher.get("every_s") or 0.0),
            fsync=None if fsync is None else clean_line(str(fsync)),
            dirty=tuple(_dirty(each) for each in document.get("dirty", ())[:KEYS]),
            dirty_count=_count(document.get("dirty_count")),
            log_length=_count(document.get("log_length")),
            pending=_count(document.get("pending")),
            lag_s=None if document.get("lag_s") is None else float(document["lag_s"]),
            last_id=clean_line(str(document.get("last_id") or "")),
            watermark=clean_line(str(document.get("watermark") or "")),
            flushes=int(document.get("flushes") or 0),
            applied=int(document.get("applied") or 0),
            merged=int(document.get("merged") or 0),
            replays_skipped=int(document.get("replays_skipped") or 0),
            dead_letters=tuple(
                clean_line(shorten(str(each), 200)) for each in document.get("dead_letters") or ()
            ),
            lost=int(document.get("lost") or 0),
            is_log_lost=bool(document.get("lost_log")),
            survives=clean_line(str(document.get("survives") or "")),
            away=clean_line(str(document.get("away") or "")),
            routes=tuple(clean_line(str(each)) for each in document.get("routes") or ()),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise BackendError(
            "The shop did not say how its write-back is.",
            "Its answer is not as agreed.",
            "Check that the server is the bundled shop of the same version.",
        ) from wrong


def _count(told: Any) -> int | None:
    return None if told is None else int(told)


def _dirty(document: Any) -> DirtyKey:
    value = document.get("value")
    if isinstance(value, dict):
        value = ", ".join(f"{name} {each}" for name, each in value.items())
    return DirtyKey(
        clean_line(str(document["key"])),
        float(document.get("since_s") or 0.0),
        int(document.get("entries") or 0),
        clean_line(shorten(str(value), 200)) if value is not None else "",
    )
