"""Is there a Docker engine? Its address is found as the docker command finds it, then connected."""

from __future__ import annotations

import asyncio
import os
from typing import Final
from urllib.parse import urlsplit

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.text import clean_line
from backend_tui.stack.docker_endpoint import resolve
from backend_tui.stack.endpoints import ServiceState

TIMEOUT: Final = 1.0


async def reach(given: str | None) -> ServiceState:
    """`ready` when something listens at the engine's address, else `absent` with the reason."""
    try:
        address = await asyncio.to_thread(resolve, given)
    except BackendError as problem:
        return ServiceState("docker", "absent", clean_line(given or ""), problem)
    shown = clean_line(address.url)
    try:
        async with asyncio.timeout(TIMEOUT):
            await _connect(address.url)
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
