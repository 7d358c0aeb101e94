"""Making a recording: an engine's answers and streams as lines of a session, secrets masked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any, Final

from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.engine.connection import Engine
from backend_tui.panes.docker.engine.events import FILTERS
from backend_tui.panes.docker.logs.frames import decoder
from backend_tui.panes.docker.replay.redacting import Redactor
from backend_tui.panes.docker.replay.session import FORMAT, KIND

MOST: Final = 24
"""Containers whose streams are recorded."""
TAIL: Final = "200"
AGAIN: Final = 5.0
SOON: Final = 0.2
_LISTS: Final = ("version", "images", "networks", "volumes", "df")
_STATS: Final = ("read", "preread", "pids_stats", "networks")
_CPU: Final = ("system_cpu_usage", "online_cpus")


class Recorder:
    """One recording; `lines` ends by itself after so many seconds."""

    def __init__(self, engine: Engine, clock: Clock, seconds: float) -> None:
        self._engine = engine
        self._clock = clock
        self._seconds = seconds
        self._redactor = Redactor()
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._last: dict[tuple[str, str], str] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._began = 0.0
        self._touched = asyncio.Event()

    async def lines(self) -> AsyncGenerator[str]:
        """The file's lines. Raises when the engine cannot be asked at all."""
        self._began = self._clock.monotonic()
        began = self._clock.now().timestamp()
        header = {"kind": KIND, "format": FORMAT, "began": began, "seconds": self._seconds}
        yield json.dumps(header)
        await self._everything()
        tasks = [
            asyncio.create_task(self._documents("/events", {"filters": FILTERS})),
            asyncio.create_task(self._look_again()),
        ]
        try:
            while (left := self._seconds - self._elapsed) > 0:
                with suppress(TimeoutError):
                    yield await asyncio.wait_for(self._lines.get(), left)
            while not self._lines.empty():
                yield self._lines.get_nowait()
        finally:
            for task in (*tasks, *self._readers.values()):
                task.cancel()
            await asyncio.gather(*tasks, *self._readers.values(), return_exceptions=True)

    @property
    def _elapsed(self) -> float:
        return self._clock.monotonic() - self._began

    async def _everything(self) -> None:
        rows = await self._engine.call("containers", all=True)
        for row in _rows(rows):
            with suppress(BackendError):
                document = await self._engine.call("inspect_container", str(row["Id"]))
                self._redactor.learn(document)
        for method in _LISTS:
            self._answer(method, "", await self._engine.call(method))
        images = await self._engine.call("images")
        for image in _rows(images):
            await self._ask("inspect_image", str(image["Id"]))
            await self._ask("history", str(image["Id"]))
        await self._containers()

    async def _look_again(self) -> None:
        """After an event at once, else every few seconds."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._touched.wait(), AGAIN)
                await asyncio.sleep(SOON)
            self._touched.clear()
            with suppress(BackendError):
                await self._containers()

    async def _containers(self) -> None:
        rows = await self._engine.call("containers", all=True)
        self._answer("containers", "", rows)
        for row in _rows(rows):
            identity = str(row["Id"])
            with suppress(BackendError):
                document = await self._engine.call("inspect_container", identity)
                self._redactor.learn(document)
                self._answer("inspect_container", identity, document)
                self._follow(identity, document)
            await self._ask("diff", identity)
            if row.get("State") in ("running", "paused"):
                await self._ask("top", identity)

    async def _ask(self, method: str, identity: str) -> None:
        """One more answer; a container that is gone meanwhile has none."""
        with suppress(BackendError):
            self._answer(method, identity, await self._engine.call(method, identity))

    def _follow(self, identity: str, document: object) -> None:
        config = document.get("Config") if isinstance(document, Mapping) else None
        is_tty = isinstance(config, Mapping) and config.get("Tty") is True
        stats, logs = f"/containers/{identity}/stats", f"/containers/{identity}/logs"
        if stats not in self._readers and len(self._readers) < 2 * MOST:
            self._readers[stats] = asyncio.create_task(self._documents(stats, {"stream": "1"}))
        reader = self._readers.get(logs)
        if reader is None and len(self._readers) < 2 * MOST:
            self._readers[logs] = asyncio.create_task(self._log(logs, TAIL, is_tty))
        elif reader is not None and reader.done() and _runs(document):
            self._readers[logs] = asyncio.create_task(self._log(logs, "0", is_tty))

    async def _documents(self, path: str, parameters: Mapping[str, str]) -> None:
        rest = b""

        def decode(chunk: bytes) -> list[bytes]:
            nonlocal rest
            *lines, rest = (rest + chunk).split(b"\n")
            return lines

        stream = self._engine.stream(path, decode, parameters)
        with suppress(BackendError):
            async with aclosing(stream) as batches:
                async for batch in batches:
                    for line in batch:
                        self._document(path, line)

    def _document(self, path: str, line: bytes) -> None:
        with suppress(ValueError):
            document = json.loads(line)
            if path.endswith("/stats"):
                document = _slim(document)
            else:
                self._touched.set()
            self._write({"stream": path, "item": self._redactor.document(document)})

    async def _log(self, path: str, tail: str, is_tty: bool) -> None:
        decode = decoder(is_tty=is_tty)
        wanted = {"stdout": "1", "stderr": "1", "timestamps": "1", "follow": "1", "tail": tail}
        with suppress(BackendError):
            async with aclosing(self._engine.stream(path, decode, wanted)) as batches:
                async for batch in batches:
                    for line in batch:
                        text = self._redactor.text(line.data.decode("utf-8", "replace"))
                        self._write({"stream": path, "log": [line.source, line.at, text]})
            self._write({"stream": path})

    def _answer(self, method: str, of: str, answer: object) -> None:
        """Kept when it is another than before."""
        answer = self._redactor.document(answer)
        told = json.dumps(answer, sort_keys=True)
        if self._last.get((method, of)) != told:
            self._last[method, of] = told
            self._write({"call": method, "of": of, "answer": answer})

    def _write(self, entry: dict[str, Any]) -> None:
        line = {"at": round(self._elapsed, 4), **entry}
        self._lines.put_nowait(json.dumps(line, ensure_ascii=False, separators=(",", ":")))


def _slim(stats: Mapping[str, Any]) -> dict[str, Any]:
    """What a sample is computed from: a tenth of what the engine sends."""
    found = {key: stats[key] for key in _STATS if key in stats}
    for part in ("cpu_stats", "precpu_stats"):
        cpu = stats.get(part) or {}
        total = (cpu.get("cpu_usage") or {}).get("total_usage", 0)
        held = (cpu.get("throttling_data") or {}).get("throttled_periods", 0)
        found[part] = {
            "cpu_usage": {"total_usage": total},
            "throttling_data": {"throttled_periods": held},
            **{key: cpu[key] for key in _CPU if key in cpu},
        }
    memory = stats.get("memory_stats") or {}
    kept = {
        key: value
        for key, value in (memory.get("stats") or {}).items()
        if key in ("inactive_file", "total_inactive_file")
    }
    found["memory_stats"] = {
        **{key: memory[key] for key in ("usage", "limit") if key in memory},
        "stats": kept,
    }
    blocks = (stats.get("blkio_stats") or {}).get("io_service_bytes_recursive")
    found["blkio_stats"] = {"io_service_bytes_recursive": blocks}
    return found


def _runs(document: object) -> bool:
    state = document.get("State") if isinstance(document, Mapping) else None
    return isinstance(state, Mapping) and state.get("Running") is True


def _rows(answer: object) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    listed = answer if isinstance(answer, list) else []
    return [row for row in listed if isinstance(row, Mapping)]
