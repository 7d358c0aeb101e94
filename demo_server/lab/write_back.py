"""The write-back lab: what waits, how far the log is applied, and the flusher to stop or kill."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection

from demo_server.caching.write_back.entry import order
from demo_server.caching.write_back.log import LogAway, LogLost
from demo_server.caching.write_back.suitable import as_it_is, sync_disk
from demo_server.caching.write_back.switch import MODES, switch
from demo_server.workbench import Asked, Refused, Verb

if TYPE_CHECKING:
    from demo_server.caching.write_back.entry import Pending
    from demo_server.caching.write_back.ledger import Account, DeadLetter

DEAD_LETTERS: Final = 20
ACTIONS: Final = ("stop", "start", "flush", "kill", "renew")
FSYNCS: Final = ("always", "everysec")
LONGEST_S: Final = 60.0

_turn: Final = asyncio.Lock()


async def state(asked: Asked) -> dict[str, Any]:
    """Everything that can be known of write-back now; `away` says why the log is silent."""
    del asked
    account, letters = await sync_to_async(_database)()
    document = {
        "is_on": switch.is_on,
        "mode": switch.mode,
        "routes": sorted(switch.routes),
        "flusher": _flusher(),
        "watermark": account.last_id if account else None,
        "flushes": account.flushes if account else 0,
        "applied": account.applied if account else 0,
        "merged": account.merged if account else 0,
        "replays_skipped": account.replays_skipped if account else 0,
        "dead_letters": [letter._asdict() for letter in letters],
        "lost_log": switch.is_lost,
        "lost": switch.buffer.lost,
        "last_flush": asdict(switch.last_flush) if switch.last_flush else None,
        "away": None,
    }
    if switch.mode == "naive":
        return document | _buffer()
    return document | await _log(account) | await _disk()


async def steer(asked: Asked) -> dict[str, Any]:
    """Act on the flusher, set its interval, go over to the other mode, or set when the cache
    brings its file to the disk.
    """
    members = asked.members("action", "mode", "every_s", "fsync")
    if not members:
        raise Refused(
            422,
            f"Send action ({', '.join(ACTIONS)}), mode ({', '.join(MODES)}), every_s "
            f"or fsync ({', '.join(FSYNCS)}).",
        )
    action, mode, fsync = members.get("action"), members.get("mode"), members.get("fsync")
    if fsync is not None and fsync not in FSYNCS:
        raise Refused(422, f"There is no such fsync: choose {', '.join(FSYNCS)}.")
    if action is not None and action not in ACTIONS:
        raise Refused(422, f"There is no such action: choose {', '.join(ACTIONS)}.")
    if mode is not None and mode not in MODES:
        raise Refused(422, f"There is no such mode: choose {', '.join(MODES)}.")
    every_s = _seconds(members.get("every_s", switch.every_s))
    if (fsync or action in {"stop", "start", "kill"}) and not switch.is_on:
        raise Refused(
            409, "Nothing is deferred: give a route the strategy write-back, then steer its flusher"
        )
    async with _turn:
        try:
            if fsync is not None:
                await sync_disk(fsync)
            if mode is not None:
                await switch.change_mode(mode)
            if every_s != switch.every_s:
                await switch.flush_every(every_s)
            if action is not None:
                await switch.flusher(action)
        except DatabaseError as error:
            raise Refused(503, str(error)) from error
    return await state(asked)


async def _disk() -> dict[str, Any]:
    """How the cache keeps its file now; the last that was known while it is silent."""
    with suppress(LogAway):
        if switch.has_log:
            switch.suitability = await as_it_is()
    return {"fsync": switch.suitability.fsync, "survives": switch.suitability.survives}


def _seconds(given: Any) -> float:
    is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
    if not is_number or not 0 <= given <= LONGEST_S:
        raise Refused(422, f"every_s is a number of seconds from 0 to {LONGEST_S:g}.")
    return float(given)


def _database() -> tuple[Account | None, list[DeadLetter]]:
    try:
        ledger = switch.ledger()
        return ledger.known(), ledger.dead_letters(DEAD_LETTERS)
    finally:
        connection.close()


def _flusher() -> dict[str, Any]:
    if switch.mode == "naive":
        task = "task" if switch.buffer.state == "running" else None
        return {"state": switch.buffer.state, "pid_or_task": task, "every_s": switch.every_s}
    return {
        "state": switch.keeper.state,
        "pid_or_task": switch.keeper.pid,
        "every_s": switch.every_s,
    }


async def _log(account: Account | None) -> dict[str, Any]:
    """What the log says; nulls when it says nothing, for that is not the same as zero."""
    if account is None or not switch.has_log:
        return _told((), 0, 0, 0, "", "")
    try:
        told = await switch.log.tell(account.last_id)
    except LogAway as error:
        unknown = _told((), None, None, None, "", None)
        is_lost = switch.is_lost or (switch.is_on and isinstance(error, LogLost))
        return unknown | {"lag_s": None, "away": str(error), "lost_log": is_lost}
    return _told(
        told.dirty, told.dirty_count, told.length, told.pending, told.first_pending, told.last_id
    )


def _buffer() -> dict[str, Any]:
    buffer = switch.buffer
    dirty = buffer.dirty()
    first = min((each.since for _, each in dirty), key=order, default="")
    return {
        **_told(tuple(dirty[:100]), len(dirty), len(buffer), len(buffer), first, None),
        "watermark": None,
        "fsync": None,
        "survives": "Survives nothing: it is in the memory of the server until it is flushed.",
        "flushes": buffer.flushes,
        "applied": buffer.applied,
        "merged": buffer.merged,
        "replays_skipped": 0,
    }


def _told(
    dirty: tuple[tuple[str, Pending], ...],
    count: int | None,
    length: int | None,
    pending: int | None,
    first: str,
    last_id: str | None,
) -> dict[str, Any]:
    return {
        "dirty": [
            {
                "key": key,
                "since_s": round(switch.lag_s(each.since), 3),
                "entries": each.entries,
                "value": {
                    **each.change.sets,
                    **{name: f"+{number}" for name, number in each.change.adds.items()},
                },
            }
            for key, each in dirty
        ],
        "dirty_count": count,
        "log_length": length,
        "pending": pending,
        "lag_s": round(switch.lag_s(first), 3),
        "last_id": last_id,
    }


VERBS: Final = (
    Verb("GET", "/_cache/write-back", state),
    Verb("POST", "/_cache/write-back/flusher", steer),
)
