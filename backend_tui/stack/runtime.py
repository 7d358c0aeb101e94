"""The runtime file: which stack runs on a data directory, so that others attach to it.

One stack for each set of settings: its owner holds a lock for as long as it lives, so a file
without a lock is stale, whatever it says.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Self

from backend_tui.core.config import Config
from backend_tui.stack.process_start import started

_FORMAT: Final = 1
_LEFTOVER_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process that cannot be mistaken for a later one with the same pid."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """None when it is gone."""
        since = started(pid)
        return None if since is None else cls(pid, since)

    @property
    def is_alive(self) -> bool:
        return started(self.pid) == self.started


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the file says: the owner, where it receives others, the word they say, its children."""

    owner: Process
    port: int
    word: str = field(repr=False)
    data_dir: str = ""
    children: tuple[Process, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The runtime file and the lock of one stack."""

    folder: Path
    key: str

    @property
    def file(self) -> Path:
        return self.folder / f"{self.key}.json"

    @property
    def lock_file(self) -> Path:
        return self.folder / f"{self.key}.lock"

    @property
    def is_plain(self) -> bool:
        """True when nothing but the data directory was chosen."""
        return "-" not in self.key

    def read(self) -> Runtime | None:
        """What the file says; None when there is none, or one that is not ours to understand."""
        try:
            return _runtime(json.loads(self.file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, runtime: Runtime) -> None:
        """Put the file in place in one step, for its owner's eyes alone. Raises `OSError`."""
        draft = self.file.with_suffix(f".{os.getpid()}.draft")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"format": _FORMAT, **asdict(runtime)}, file, indent=1)
            draft.replace(self.file)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def remove(self) -> None:
        """Nobody shall attach any more."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)

    def lock(self) -> Lock | None:
        """The right to own this stack; None while another process has it. Raises `OSError`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        held = os.fdopen(descriptor, "r+")
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.close()
                return None
        return Lock(held)


@dataclass
class Lock:
    """Held until it is released or its process has ended."""

    file: IO[str]

    def release(self) -> None:
        self.file.close()


def place_of(config: Config) -> Place:
    """Where the stack of these settings is registered: in the user's state directory."""
    from platformdirs import user_state_path

    folder = user_state_path("backend-tui") / "stacks"
    key = _digest(str(config.data_dir.expanduser().absolute()))
    given = (config.redis, config.database, config.demo_url, None if config.tracing else "off")
    return Place(folder, f"{key}-{_digest(json.dumps(given))}" if any(given) else key)


def end_leftovers(children: Iterable[Process]) -> None:
    """End what a dead owner may have left, for two servers must not write the same files.

    Their watchdogs are already about it; this waits for them and helps after three seconds.
    """
    deadline = time.monotonic() + _LEFTOVER_PATIENCE
    living = [child for child in children if child.is_alive]
    _signal(living, signal.SIGTERM)
    while living and time.monotonic() < deadline:
        time.sleep(0.02)
        living = [child for child in living if child.is_alive]
    if sys.platform != "win32":
        _signal(living, signal.SIGKILL)


def _signal(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, number)


def _runtime(said: dict[str, Any]) -> Runtime:
    if said["format"] != _FORMAT:
        raise ValueError("another version's file")
    return Runtime(
        Process(**said["owner"]),
        int(said["port"]),
        str(said["word"]),
        str(said["data_dir"]),
        tuple(Process(**child) for child in said["children"]),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
