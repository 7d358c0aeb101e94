"""What the engine is asked for logs: the container's facts, and lines of a span of time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from backend_tui.core.text import clean_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.logs.frames import decoder
from backend_tui.panes.docker.logs.lines import LogLine, as_parameter, instant

UNREADABLE: Final = ("none",)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides how a log is read; times in Unix nanoseconds, 0 for never."""

    is_tty: bool
    driver: str
    is_alive: bool
    exit_code: int
    restarts: int
    created: int
    started: int
    finished: int


async def facts(client: DockerClient, identity: str) -> Facts:
    """Raises the engine's refusal, with status 404 when it was removed."""
    document = await client.inspect(identity)
    state, config = _part(document, "State"), _part(document, "Config")
    driver = _part(_part(document, "HostConfig"), "LogConfig").get("Type", "")
    code, restarts = state.get("ExitCode"), document.get("RestartCount")
    return Facts(
        is_tty=bool(config.get("Tty")),
        driver=clean_line(str(driver)),
        is_alive=bool(state.get("Running") or state.get("Paused")),
        exit_code=code if isinstance(code, int) else 0,
        restarts=restarts if isinstance(restarts, int) else 0,
        created=instant(str(document.get("Created", ""))),
        started=instant(str(state.get("StartedAt", ""))),
        finished=instant(str(state.get("FinishedAt", ""))),
    )


async def lines(
    client: DockerClient,
    identity: str,
    *,
    is_tty: bool,
    follow: bool = False,
    since: int = 0,
    until: int = 0,
    tail: int | None = None,
) -> AsyncGenerator[list[LogLine]]:
    """Batches as they arrive, an empty one first; `since` and `until` in ns, both inclusive."""
    parameters = {
        "stdout": "1",
        "stderr": "1",
        "timestamps": "1",
        "follow": "1" if follow else "0",
        "tail": "all" if tail is None else str(tail),
    }
    if since:
        parameters["since"] = as_parameter(since)
    if until:
        parameters["until"] = as_parameter(until)
    decode = decoder(is_tty=is_tty)
    stream = client.engine.stream(
        f"/containers/{identity}/logs", decode, parameters, asked="read its log"
    )
    async with aclosing(stream) as batches:
        async for batch in batches:
            yield batch
    if rest := decode.rest():
        yield rest


def _part(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}
