"""Services that others run, looked at now and then: a given Redis, a given demo server, Docker."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError
from backend_tui.core.secrets import mask_url
from backend_tui.core.text import clean_line
from backend_tui.stack.board import Board
from backend_tui.stack.endpoints import CacheEndpoint, DemoEndpoint, ServiceState
from backend_tui.stack.redis_greeting import greet

LOOK_EVERY: Final = 10.0
LOOK_AGAIN: Final = 2.0

Look = Callable[[], Awaitable[ServiceState]]


async def watch(board: Board, clock: Clock, look: Look) -> None:
    """Show what `look` finds: every ten seconds, while it finds trouble every two."""
    while True:
        state = await look()
        _show(board, state)
        await clock.sleep(LOOK_AGAIN if state.condition == "failed" else LOOK_EVERY)


async def watch_database(board: Board) -> None:
    """Show how the shop's database is: whenever the demo server changes, else every ten seconds."""
    while True:
        server = board.state("demo")
        _show(board, await database(board, server))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await board.left(server)


async def cache(board: Board, url: str) -> ServiceState:
    """A Redis or Valkey of the user's."""
    try:
        version = await greet(url)
    except BackendError as problem:
        board.place_cache(CacheEndpoint(url, is_embedded=False))
        return ServiceState("cache", "failed", mask_url(url), problem)
    board.place_cache(CacheEndpoint(url, is_embedded=False, version=version))
    return ServiceState("cache", "ready", f"{version} · {mask_url(url)}")


async def demo(board: Board, url: str, data_dir: Path) -> ServiceState:
    """A demo server that somebody else started."""
    base = url.rstrip("/")
    try:
        await health(base)
    except BackendError as problem:
        return ServiceState("demo", "failed", mask_url(base), problem)
    token = await asyncio.to_thread(_kept_token, data_dir / "demo")
    board.place_demo(DemoEndpoint(base, token))
    return ServiceState("demo", "ready", mask_url(base))


async def database(board: Board, server: ServiceState) -> ServiceState:
    """The shop's database as the demo server sees it; unknown as long as that one is not ready."""
    endpoint = board.demo_endpoint
    if server.condition == "failed":
        return ServiceState("database", "failed", "unknown without the demo server", server.error)
    if endpoint is None or server.condition != "ready":
        return ServiceState("database", "starting", "waits for the demo server")
    try:
        found = (await health(endpoint.url)).get("database")
    except BackendError as problem:
        return ServiceState("database", "failed", "", problem)
    return _database_state(found if isinstance(found, dict) else {})


async def health(base: str) -> dict[str, Any]:
    """What `/healthz` says. Raises `BackendError`."""
    from backend_tui.core.http import HttpClient

    async with HttpClient() as client:
        said = await client.get_json(f"{base}/healthz")
    if isinstance(said, dict) and "database" in said:
        return said
    raise BackendError(
        f"What answers at {mask_url(base)} is no demo server.",
        "Its /healthz does not speak of a database.",
        "Check --demo-url, or leave it away: an own server is then started.",
    )


def _database_state(said: dict[str, Any]) -> ServiceState:
    titles = {"sqlite": "SQLite", "postgres": "PostgreSQL", "mysql": "MySQL"}
    kind = clean_line(str(said.get("kind", "")))
    title = titles.get(kind, kind)
    if "version" in said:
        return ServiceState("database", "ready", f"{title} {clean_line(str(said['version']))}")
    why = clean_line(str(said.get("error") or said.get("why") or "It did not answer SELECT 1."))
    hint = "Is it running, and is --database right?"
    problem = BackendError(f"The database {title} cannot be used.", why, hint)
    return ServiceState("database", "failed", title, problem)


def _kept_token(folder: Path) -> str:
    """The workbench's token of a server that uses the same data directory; empty when not ours."""
    try:
        kept = json.loads((folder / "credentials.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    token = kept.get("workbench_token") if isinstance(kept, dict) else None
    return token if isinstance(token, str) else ""


def _show(board: Board, state: ServiceState) -> None:
    """Show it unless the board says the same already: errors are told apart by their words."""
    shown = board.state(state.name)
    if _words(shown) != _words(state):
        board.show(state)


def _words(state: ServiceState) -> tuple[str, ...]:
    return (state.condition, state.detail, str(state.error or ""))
