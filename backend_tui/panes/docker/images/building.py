"""A build followed as it happens: its context packed, its steps told, its failure named."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.docker.engine.connection import Engine
from backend_tui.panes.docker.images.image import masked_text

MOST: Final = 512_000_000
"""Bytes of a build's context that are sent; more is most often a forgotten .dockerignore."""
KEPT: Final = 500
_STEP: Final = re.compile(r"^Step (\d+)/(\d+) : (.*)$", re.DOTALL)
_BUILT: Final = re.compile(r"^Successfully built ([0-9a-f]{12,64})")
_NOISE: Final = re.compile(r"^( ---> |Removing intermediate container |Successfully tagged )")

StepState = Literal["running", "cached", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction at work; `seconds` it took so far, `started` on the monotonic clock."""

    number: int
    text: str
    state: StepState
    started: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """A build so far; `lines` are the newest of its output, `image` the id once it is built."""

    steps: tuple[Step, ...] = ()
    total: int = 0
    lines: tuple[str, ...] = ()
    image: str = ""
    error: str = ""

    @property
    def cached(self) -> int:
        """How many steps were taken from the cache."""
        return sum(step.state == "cached" for step in self.steps)

    @property
    def failed(self) -> Step | None:
        return next((step for step in self.steps if step.state == "failed"), None)

    def after(self, message: Mapping[str, Any], now: float) -> Progress:
        """The build after one of the engine's messages; `now` in seconds."""
        if (error := message.get("error")) is not None:
            return self._ended(now, str(error))
        text = str(message.get("stream") or message.get("status") or "")
        found = _STEP.match(text)
        if found is not None:
            number, total = int(found[1]), int(found[2])
            step = Step(number, clean_line(masked_text(found[3].strip())), "running", now)
            return replace(self._settled(now), total=total).with_step(step)
        if text.strip() == "---> Using cache":
            return self._last("cached", now)
        built = _BUILT.match(text)
        if built is not None:
            return replace(self._settled(now), image=built[1])
        lines = [line for line in clean(masked_text(text)).splitlines() if line.strip()]
        lines = [line for line in lines if not _NOISE.match(line)]
        return replace(self, lines=(*self.lines, *lines)[-KEPT:]) if lines else self

    def with_step(self, step: Step) -> Progress:
        return replace(self, steps=(*self.steps, step))

    def _last(self, state: StepState, now: float) -> Progress:
        if not self.steps:
            return self
        step = self.steps[-1]
        ended = replace(step, state=state, seconds=now - step.started)
        return replace(self, steps=(*self.steps[:-1], ended))

    def _settled(self, now: float) -> Progress:
        """The step that ran is done."""
        is_running = bool(self.steps) and self.steps[-1].state == "running"
        return self._last("done", now) if is_running else self

    def _ended(self, now: float, error: str) -> Progress:
        return replace(self._last("failed", now), error=clean(masked_text(error)).strip())


def default_tag(folder: Path) -> str:
    """The folder's name as an image may be called."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")
    return name or "built-here"


def build_line(command: str, folder: Path, tag: str) -> str:
    """The docker line that does the same."""
    return f"{command} build -t {shlex.quote(tag)} {shlex.quote(str(folder))}"


async def build(
    engine: Engine, folder: Path, tag: str, arguments: Mapping[str, str] | None = None
) -> AsyncGenerator[Progress]:
    """Each state of the build. Closing it cancels the build.

    Raises `BackendError` that names the failing step, and for a folder that cannot be sent.
    """
    context = await asyncio.to_thread(packed, folder)
    progress, rest = Progress(), b""

    def decode(chunk: bytes) -> list[Mapping[str, Any]]:
        nonlocal rest
        *whole, rest = (rest + chunk).split(b"\n")
        return [json.loads(line) for line in whole if line.strip()]

    parameters = {"t": tag, "rm": "1", "forcerm": "1", "dockerfile": "Dockerfile"}
    if arguments:
        parameters["buildargs"] = json.dumps(dict(arguments))
    stream = engine.stream(
        "/build",
        decode,
        parameters,
        post=context,
        headers={"Content-Type": "application/x-tar"},
        asked=f"build {clean_line(tag)}",
    )
    async with aclosing(stream) as batches:
        async for batch in batches:
            for message in batch:
                progress = progress.after(message, time.monotonic())
            yield progress
    if progress.error:
        raise _failure(progress)
    if not progress.image:
        raise BackendError("The build ended without an image.", "The engine broke it off.")


def packed(folder: Path) -> bytes:
    """The folder as a tar, without what its .dockerignore names."""
    from docker.utils.build import create_archive, exclude_paths

    if not folder.is_dir():
        raise MissingError(f"There is no folder {clean_line(str(folder))}.")
    if not (folder / "Dockerfile").is_file():
        raise MissingError(
            f"There is no Dockerfile in {clean_line(str(folder))}.",
            "",
            "Name the folder that holds it.",
        )
    ignoring = folder / ".dockerignore"
    patterns: list[str] = []
    if ignoring.is_file():
        lines = (line.strip() for line in ignoring.read_text(errors="replace").splitlines())
        patterns = [line for line in lines if line and not line.startswith("#")]
    try:
        names = sorted(exclude_paths(str(folder), [*patterns, "!Dockerfile"]))
        size = sum(path.stat().st_size for name in names if (path := folder / name).is_file())
        if size > MOST:
            raise UsageError(
                f"The folder has {size / 1e6:.0f} MB: too much to send to the engine.",
                f"At most {MOST / 1e6:.0f} MB are sent.",
                "Leave out what the build does not need by a .dockerignore.",
            )
        with create_archive(str(folder), names) as archive:
            data: bytes = archive.read()
    except OSError as problem:
        raise BackendError(
            "The folder cannot be packed.", clean_line(str(problem)), "Correct its permissions."
        ) from problem
    return data


def _failure(progress: Progress) -> BackendError:
    step = progress.failed
    where = f"Step {step.number} of {progress.total} failed." if step else "The build failed."
    last = "\n".join(progress.lines[-3:])
    why = f"{step.text}\n{progress.error}" if step else progress.error
    return BackendError(
        where, shorten(why, 600), f"Its last words: {shorten(last, 300)}" if last else ""
    )
