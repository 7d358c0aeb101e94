"""A recorded session in an engine's place: the same answers at the same pace, over and over.

Its times are moved so that the recording begins when it is first asked; at its end every stream
breaks as that of an engine that restarts, and it begins again.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final, TypeVar

from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.panes.docker.engine.connection import READS
from backend_tui.panes.docker.engine.failures import ActRefusedError, EngineAwayError, ReadOnlyError
from backend_tui.panes.docker.engine.reader import Decode
from backend_tui.panes.docker.logs.lines import SECOND, instant
from backend_tui.panes.docker.replay.session import Item, Session
from backend_tui.stack.docker_endpoint import RECORDED, EngineAddress

T = TypeVar("T")

AHEAD: Final = 0.5
"""Seconds until the recorder had listed what an event told: the list after an event knows it."""
_TIME: Final = re.compile(r"^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]*Z$")
_MOMENTS: Final = ("Created", "time")
_STEP: Final = 3600.0


class RecordedEngine:
    """Reads are answered from the session; acts are refused with words."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self.session = session
        self._clock = clock
        self._start = clock.monotonic()
        self._shift = clock.now().timestamp() - session.began

    @property
    def address(self) -> EngineAddress:
        return EngineAddress(f"{RECORDED}{self.session.name}", "default")

    @property
    def is_read_only(self) -> bool:
        """Acts are refused by words of their own, which say that this is a recording."""
        return False

    async def call(
        self,
        method: str,
        *arguments: object,
        patience: float | None = None,  # noqa: ARG002 - it answers at once
        asked: str = "",
        **parameters: object,
    ) -> object:
        if method not in READS:
            raise recorded(asked or method)
        if method == "ping":
            return True
        cycle, at = self._place
        try:
            of = str(arguments[0]) if arguments else ""
            answer = self.session.answer(method, of, at + AHEAD)
        except KeyError:
            raise _unknown(method, asked) from None
        if method == "inspect_container" and not self._exists(str(arguments[0]), at):
            raise _unknown(method, asked)
        if method == "containers":
            answer = _filtered(answer, parameters.get("filters"))
        return moved(answer, self._moved_by(cycle))

    async def stream(
        self,
        path: str,
        decode: Decode[T],
        parameters: Mapping[str, str] | None = None,
        *,
        post: bytes | None = None,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 - of acts alone
        asked: str = "",
    ) -> AsyncGenerator[list[T]]:
        if post is not None:
            raise recorded(asked or path)
        given = parameters or {}
        items = self.session.streams.get(path, ())
        yield []
        if path.endswith("/logs"):
            for chunk in self._log_so_far(path, given):
                if decoded := list(decode(chunk)):
                    yield decoded
            if given.get("follow") != "1" or self._is_over(items):
                return
        cycle, at = self._place
        for item in items:
            if item.at <= at:
                continue
            await self._until(cycle, item.at)
            if item.is_end:
                if not any(later.at > item.at for later in items):
                    return
                continue
            if decoded := list(decode(self._bytes(path, item, cycle))):
                yield decoded
        await self._until(cycle, self.session.seconds)
        raise EngineAwayError(
            "The recording is at its end.",
            f"It lasts {self.session.seconds:.0f} seconds.",
            "It begins again by itself.",
        )

    def use(self, address: EngineAddress) -> None:
        """Another engine is for who holds this one."""
        raise UsageError(f"A recording cannot become {address.shown}.")

    async def aclose(self) -> None:
        """Nothing is held."""

    @property
    def _place(self) -> tuple[int, float]:
        """How often it was played to its end, and the seconds since it began again."""
        elapsed = max(self._clock.monotonic() - self._start, 0.0)
        cycle = int(elapsed // self.session.seconds)
        return cycle, elapsed - cycle * self.session.seconds

    def _moved_by(self, cycle: int) -> float:
        return self._shift + cycle * self.session.seconds

    async def _until(self, cycle: int, at: float) -> None:
        """Sleep to a place of the recording; a clock that was moved is believed."""
        goal = self._start + cycle * self.session.seconds + at
        while (left := goal - self._clock.monotonic()) > 1e-6:
            await self._clock.sleep(min(left, _STEP))

    def _exists(self, identity: str, at: float) -> bool:
        rows = self.session.answer("containers", "", at + AHEAD)
        listed = rows if isinstance(rows, list) else []
        return any(isinstance(row, Mapping) and row.get("Id") == identity for row in listed)

    def _is_over(self, items: Any) -> bool:
        """True when its container has ended and writes no more in this recording."""
        _, at = self._place
        return bool(items) and items[-1].is_end and items[-1].at <= at

    def _log_so_far(self, path: str, given: Mapping[str, str]) -> list[bytes]:
        """Lines of all the times it was played, within `since` and `until`, the last `tail`."""
        cycle, at = self._place
        since, until = _instant(given.get("since")), _instant(given.get("until"))
        began = int(self.session.began * SECOND)
        lines = []
        for played in range(cycle + 1):
            by = round(self._moved_by(played) * SECOND)
            for item in self.session.streams.get(path, ()):
                is_past = item.at <= at or played < cycle
                if item.is_end or not is_past or (played and item.nanoseconds < began):
                    continue
                when = item.nanoseconds + by
                if when >= since and (not until or when <= until):
                    lines.append((item, played))
        tail = given.get("tail", "all")
        if tail.isdigit():
            lines = lines[len(lines) - min(int(tail), len(lines)) :]
        return [self._bytes(path, item, played) for item, played in lines]

    def _bytes(self, path: str, item: Item, cycle: int) -> bytes:
        """As the engine would send it."""
        by = self._moved_by(cycle)
        if item.document is not None:
            return json.dumps(moved(item.document, by)).encode() + b"\n"
        line = f"{_written(item.nanoseconds + round(by * SECOND))} {item.text}".encode()
        identity = path.split("/")[2]
        document = self.session.answers.get(("inspect_container", identity))
        config = document[0][1].get("Config") if document else None  # type: ignore[attr-defined]
        if isinstance(config, Mapping) and config.get("Tty") is True:
            return line + b"\r\n"
        line += b"\n"
        return bytes((item.source, 0, 0, 0)) + len(line).to_bytes(4) + line


def recorded(asked: str) -> ReadOnlyError:
    """The refusal of every act."""
    return ReadOnlyError(
        "Nothing was done: this is a recording.",
        f"“{asked}” would need an engine that runs.",
        "D leads to an engine that is here; --docker-host URL names one.",
    )


def moved(value: object, seconds: float) -> object:
    """The same document with every moment in it so much later."""
    match value:
        case Mapping():
            return {key: _moved_member(str(key), each, seconds) for key, each in value.items()}
        case list():
            return [moved(each, seconds) for each in value]
        case str() if _TIME.match(value):
            return _written(instant(value) + round(seconds * SECOND))
        case _:
            return value


def _moved_member(key: str, value: object, seconds: float) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        if key in _MOMENTS:
            return value + round(seconds)
        if key == "timeNano":
            return value + round(seconds * SECOND)
    return moved(value, seconds)


def _written(nanoseconds: int) -> str:
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(nanoseconds // SECOND, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds % SECOND:09d}Z"


def _instant(text: str | None) -> int:
    """`seconds.nanoseconds` as the engine takes them."""
    if not text:
        return 0
    seconds, _, rest = text.partition(".")
    return int(seconds) * SECOND + int((rest or "0").ljust(9, "0")[:9])


def _filtered(rows: object, filters: object) -> object:
    ids = filters.get("id") if isinstance(filters, Mapping) else None
    if not ids or not isinstance(rows, list):
        return rows
    return [row for row in rows if isinstance(row, Mapping) and row.get("Id") in ids]


def _unknown(method: str, asked: str) -> BackendError:
    if method in ("inspect_container", "top", "diff"):
        what = f"It is gone: {asked}." if asked else "It is gone."
        return ActRefusedError(what, "The recording holds nothing of it.", "", 404)
    return BackendError(
        f"The recording does not hold this{f': {asked}' if asked else ''}.",
        "It was not asked when the recording was made.",
    )
