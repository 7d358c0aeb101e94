"""The keyevent notifications a watcher needs, the letters that switch them on, and who restores.

Channels are exact (`__keyevent@3__:keymiss`): half the messages of a pattern, and the payload is
the key, binary-safe.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line

SETTING: Final = "notify-keyspace-events"
NEEDED: Final = "Emxe"
EVENTS: Final = ("keymiss", "expired", "evicted")
_ALIAS: Final = "g$lshzxetd"  # what `A` stands for; it holds neither m nor n
_MODULE: Final = "backend_tui.panes.cache.observation.restorer"
_PATIENCE: Final = 3.0


def missing_letters(value: str) -> str:
    """The letters that must be added so that misses, expiries and evictions are told."""
    has = _letters(value)
    return "".join(letter for letter in NEEDED if letter not in has)


def same_letters(one: str, other: str) -> bool:
    """Whether both values switch the same on: the server writes them in an order of its own."""
    return _letters(one) == _letters(other)


def _letters(value: str) -> frozenset[str]:
    return frozenset(value.replace("A", _ALIAS))


def channels(databases: int) -> tuple[bytes, ...]:
    """The channels of all databases."""
    return tuple(
        f"__keyevent@{db}__:{event}".encode() for db in range(databases) for event in EVENTS
    )


def channel_parts(channel: bytes) -> tuple[int, str]:
    """Database and event of such a channel."""
    where, _, event = channel.partition(b"__:")
    return int(where.removeprefix(b"__keyevent@")), event.decode("ascii", "replace")


@dataclass(frozen=True, slots=True)
class Restored:
    """How putting the setting back went; `words` is a sentence for the person."""

    is_done: bool
    words: str


class Restorer:
    """A small process of our own that puts the setting back, whatever becomes of us.

    Raises `BackendError` when it cannot be started: then nothing may be changed.
    It waits for the end of its standard input, which also comes when we are killed, and then
    restores the setting if it still is what we made of it.
    """

    def __init__(self, url: str, before: str, ours: str) -> None:
        try:
            self._process = subprocess.Popen(
                (sys.executable, "-P", "-m", _MODULE),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._say({"url": url, "before": before, "ours": ours})
        except OSError as failed:
            raise _unsafe(failed.strerror or str(failed)) from failed
        # It says so when it stands ready: from then on nothing is left behind.
        if not self._answer():
            raise _unsafe(f"It ended with code {self._process.wait()}.")

    async def restore(self) -> Restored:
        """Put it back now. After a few seconds without success it goes on trying without us."""
        try:
            async with asyncio.timeout(_PATIENCE):
                return await asyncio.to_thread(self.restore_now)
        except TimeoutError:
            words = "The server does not answer; the setting is put back as soon as it does."
            return Restored(False, words)

    def restore_now(self) -> Restored:
        """The same, waiting as long as it takes."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with suppress(OSError):
                self._process.stdin.close()
        told = self._answer()
        if told:
            self._process.wait()
        said = json.loads(told) if told else {}
        is_done = said.get("is_done") is True
        return Restored(is_done, clean_line(str(said.get("words", "It could not be put back."))))

    def _say(self, message: dict[str, str]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def _answer(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def _unsafe(why: str) -> BackendError:
    return BackendError(
        "The server's setting is not touched.",
        f"The process that would put it back cannot be started: {clean_line(why)}",
        "Watch the counters, or set notify-keyspace-events yourself.",
    )
