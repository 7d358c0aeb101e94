"""The command group, and the client that each of its verbs asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from backend_tui.core.door import Door
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine


@click.group()
def docker() -> None:
    """Containers: what runs, what it uses, what happened to it and why."""


@asynccontextmanager
async def asked(door: Door) -> AsyncIterator[DockerClient]:
    """The engine that the settings name, let go of at the end."""
    engine = SdkEngine(door.config.docker_host, is_read_only=door.config.read_only)
    client = DockerClient(engine)
    try:
        yield client
    finally:
        await client.aclose()
