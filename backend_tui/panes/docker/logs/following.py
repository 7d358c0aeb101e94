"""One container's log for as long as it is followed: through restarts, losses and its removal.

Nothing comes twice and nothing is left out: a broken stream is resumed a second before its newest
line, and what was had of that second is taken off again.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Final

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.failures import ActRefusedError, EngineAwayError
from backend_tui.panes.docker.logs.lines import MARK, SECOND, LogLine, clock_text, mark
from backend_tui.panes.docker.logs.reading import UNREADABLE, Facts, facts, lines

TAIL: Final = 1_000
_MOST_RECENT: Final = 50_000
_AGAIN: Final = 0.3
"""Seconds before a stream is opened anew that ended although its container runs."""


class Recent:
    """The lines of the last second, by which a resumed stream knows where it was."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque()
        self.newest = 0

    def add(self, batch: Iterable[LogLine]) -> None:
        """Take note of what was handed out."""
        self._lines.extend(line for line in batch if line.source != MARK)
        if self._lines:
            self.newest = max(self.newest, self._lines[-1].at)
        oldest = self.newest - SECOND
        while self._lines and (self._lines[0].at < oldest or len(self._lines) > _MOST_RECENT):
            self._lines.popleft()

    @property
    def since(self) -> int:
        """Where to resume, in nanoseconds; 0 when nothing was read yet."""
        if not self.newest:
            return 0
        return max(self.newest - SECOND, min((line.at for line in self._lines), default=0), 1)

    def known(self) -> Counter[LogLine]:
        """What comes again when resumed there."""
        return Counter(self._lines)


class Follower:
    """Keeps its place from one `run` to the next; `wake` tells it to look at the container."""

    def __init__(self, client: DockerClient, identity: str, *, tail: int | None = TAIL) -> None:
        self._client = client
        self._id = identity
        self._tail = tail
        self._recent = Recent()
        self._facts: Facts | None = None
        self._has_ended = False
        self._lost_at = 0
        self._restarts = 0
        self.is_removed = False
        self.wake = asyncio.Event()

    @property
    def facts(self) -> Facts | None:
        """The container as it was seen last; None before the first look."""
        return self._facts

    @property
    def is_lost(self) -> bool:
        """The engine has gone away; `run` again when it is back."""
        return self._lost_at > 0

    async def run(self, since: int = 0) -> AsyncGenerator[list[LogLine]]:
        """Batches of lines and marks, for ever, or until the container is removed.

        Raises `EngineAwayError` after the mark that says so; run again to resume. Raises the
        engine's refusal when the log cannot be read.
        """
        while not self.is_removed:
            self.wake.clear()
            try:
                now = await facts(self._client, self._id)
                if marks := self._told(now):
                    yield marks
                async with aclosing(self._stream(now, since)) as batches:
                    async for batch in batches:
                        yield batch
                after = await facts(self._client, self._id)
            except BackendError as problem:
                if marks := self._broken(problem):
                    yield marks
                if _is_gone(problem) and marks:
                    return
                if not _is_going(problem):
                    raise
                await asyncio.sleep(_AGAIN)
                continue
            if after.started != now.started:
                continue
            if after.is_alive:
                await asyncio.sleep(_AGAIN)
                continue
            if marks := self._ended(after):
                yield marks
            await self.wake.wait()

    async def _stream(self, now: Facts, since: int) -> AsyncGenerator[list[LogLine]]:
        if now.driver in UNREADABLE:
            raise ActRefusedError(
                "Its log cannot be read.",
                f"Log driver “{now.driver}” keeps nothing.",
                "Containers with the json-file, local or journald driver can be read.",
                501,
            )
        resumed, known = self._recent.since, self._recent.known()
        stream = lines(
            self._client,
            self._id,
            is_tty=now.is_tty,
            follow=True,
            since=resumed or since,
            tail=None if resumed else self._tail,
        )
        async with aclosing(stream) as batches:
            async for batch in batches:
                fresh = [line for line in batch if not _take_off(known, line)] if known else batch
                self._recent.add(fresh)
                yield fresh

    def _told(self, now: Facts) -> list[LogLine]:
        """What has happened to it since it was seen last."""
        before, self._facts = self._facts, now
        marks: list[LogLine] = []
        if self._lost_at:
            seconds = (self._now - self._lost_at) / SECOND
            marks.append(mark(f"the engine is back after {seconds:.1f} s", self._now))
            self._lost_at = 0
        if before is None or before.started == now.started:
            return marks
        if before.started and not self._has_ended:
            marks.append(mark("exited", now.finished or self._now))
        self._has_ended = False
        self._restarts = max(self._restarts + 1, now.restarts) if before.started else 0
        words = f"restarted (#{self._restarts})" if before.started else "started"
        return [*marks, mark(words, now.started)]

    def _ended(self, now: Facts) -> list[LogLine]:
        if self._has_ended or not now.started:
            return []
        self._has_ended, self._facts = True, now
        return [mark(f"exited {now.exit_code}", now.finished)]

    def _broken(self, problem: BackendError) -> list[LogLine]:
        """The mark for a loss or a removal; none for what is told elsewhere."""
        now = self._now
        if _is_gone(problem) and self._facts:
            self.is_removed = True
            return [mark(f"removed {clock_text(now)[:8]}", now)]
        if isinstance(problem, EngineAwayError) and self._facts and not self._lost_at:
            self._lost_at = now
            return [mark(f"the engine is lost {clock_text(now)[:8]}", now)]
        return []

    @property
    def _now(self) -> int:
        return int(self._client.clock.now().timestamp() * SECOND)


def _is_gone(problem: BackendError) -> bool:
    return isinstance(problem, ActRefusedError) and problem.status == 404


def _is_going(problem: BackendError) -> bool:
    """Its removal is under way: the engine refuses until it is gone."""
    return isinstance(problem, ActRefusedError) and "marked for removal" in problem.why


def _take_off(known: Counter[LogLine], line: LogLine) -> bool:
    """True for a line that was had before; each counts once."""
    count = known.get(line, 0)
    if count:
        known[line] = count - 1
    return count > 0
