"""Is there a Docker engine? Its address is found as the docker command finds it, then connected."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from backend_tui.core.errors import MissingError
from backend_tui.core.text import clean_line
from backend_tui.stack.endpoints import ServiceState

TIMEOUT: Final = 1.0


def docker_host(given: str | None) -> str:
    """The engine's address: as given, else of the current context, else the first socket found."""
    if given:
        return given
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    chosen = os.environ.get("DOCKER_CONTEXT") or _text_of(folder / "config.json", "currentContext")
    if chosen and chosen != "default":
        digest = hashlib.sha256(chosen.encode()).hexdigest()
        meta = folder / "contexts" / "meta" / digest / "meta.json"
        if host := _text_of(meta, "Endpoints", "docker", "Host"):
            return host
    places = [
        Path("/var/run/docker.sock"),
        Path.home() / ".docker" / "run" / "docker.sock",
        Path(os.environ.get("XDG_RUNTIME_DIR") or "/run") / "docker.sock",
    ]
    return f"unix://{next((path for path in places if path.is_socket()), places[0])}"


async def reach(given: str | None) -> ServiceState:
    """`ready` when something listens at the engine's address, else `absent` with the reason."""
    host = await asyncio.to_thread(docker_host, given)
    shown = clean_line(host)
    try:
        async with asyncio.timeout(TIMEOUT):
            await _connect(host)
    except TimeoutError:
        return _absent(shown, f"Nothing answered within {TIMEOUT:g} second.")
    except (OSError, ValueError) as wrong:
        return _absent(
            shown,
            clean_line(
                os.strerror(wrong.errno)
                if isinstance(wrong, OSError) and wrong.errno
                else str(wrong)
            ),
        )
    return ServiceState("docker", "ready", shown)


async def _connect(host: str) -> None:
    address = urlsplit(host)
    if address.scheme == "unix":
        _, writer = await asyncio.open_unix_connection(address.path)
    elif address.scheme in ("tcp", "http", "https") and address.hostname:
        _, writer = await asyncio.open_connection(address.hostname, address.port or 2375)
    else:
        raise ValueError("Only unix:// and tcp:// addresses are looked at.")
    writer.close()


def _absent(shown: str, why: str) -> ServiceState:
    problem = MissingError(
        "There is no Docker engine to talk to.",
        f"{shown}: {why}",
        "Start Docker, or name one with --docker-host. Everything else works without it.",
    )
    return ServiceState("docker", "absent", shown, problem)


def _text_of(path: Path, *keys: str) -> str:
    """A text deep in a JSON file; empty when the file or the key is not there."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""
