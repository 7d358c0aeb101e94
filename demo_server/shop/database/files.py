"""The SQLite file: made anew on request, kept aside when it is damaged, never just deleted."""

from __future__ import annotations

import logging
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from demo_server.failure import CannotStart, reason

if sys.platform != "win32":  # there an open file cannot be replaced anyway
    import fcntl

logger = logging.getLogger("demo_server.database")

CHECKED_WHOLE: Final = 16 * 1024 * 1024
"""Files up to this size are read whole; of larger ones only the schema."""

_in_use: list[IO[bytes]] = []


def make_ready(name: str, *, is_fresh: bool) -> None:
    """A file that SQLite can open, or none at all, so that a new one is made.

    Raises CannotStart when the folder cannot be written, or when `is_fresh` and another server
    works on the same file.
    """
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _hold(path, alone=is_fresh)
        if is_fresh:
            for each in parts(path):
                each.unlink(missing_ok=True)
    except OSError as error:
        raise CannotStart(
            f"The database {path} cannot be written",
            reason(error),
            "Correct the permissions of its folder, or choose another with --data-dir",
        ) from None
    if path.exists() and (damage := damage_of(path)):
        kept = set_aside(path)
        logger.error(
            "The database %s is damaged (%s). It is kept as %s; a new one is made.",
            path,
            damage,
            kept.name,
        )


def parts(path: Path) -> list[Path]:
    """The database and what SQLite puts beside it."""
    return [path, *(path.with_name(path.name + each) for each in ("-wal", "-shm", "-journal"))]


def damage_of(path: Path) -> str:
    """What is wrong with the file, in SQLite's words; empty when nothing is found."""
    if path.stat().st_size == 0:
        return ""
    database = sqlite3.connect(path, timeout=5)
    try:
        database.execute("SELECT name FROM sqlite_master").fetchall()
        if path.stat().st_size <= CHECKED_WHOLE:
            [(found,)] = database.execute("PRAGMA quick_check(1)").fetchall()
            return "" if found == "ok" else str(found)
        return ""
    except sqlite3.OperationalError:
        # Locked, full or not readable: no damage, and the next step says it better.
        return ""
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        database.close()


def set_aside(path: Path) -> Path:
    """Rename the file and its companions; the new name of the file."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = path.with_name(f"{path.name}.damaged-{moment}")
    for each in parts(path):
        if each.exists():
            each.rename(kept.with_name(kept.name + each.name.removeprefix(path.name)))
    return kept


def _hold(path: Path, *, alone: bool) -> None:
    """Mark the file as in use by a server, for as long as this process lives."""
    lock = path.with_name(path.name + ".in-use").open("ab")
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStart(
            f"The database {path} cannot be made anew",
            "another server works on it",
            "Stop that server first, or choose another --data-dir",
        ) from None
    if alone:
        fcntl.flock(lock, fcntl.LOCK_SH)
    _in_use.append(lock)
