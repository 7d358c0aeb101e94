"""The command group, and the client that each of its verbs asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from backend_tui.core.door import Door
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.replay.choosing import chosen_engine


@click.group()
def docker() -> None:
    """Containers: what runs, what it uses, what happened to it and why."""


@asynccontextmanager
async def asked(door: Door) -> AsyncIterator[DockerClient]:
    """The engine that the settings name, let go of at the end."""
    client = DockerClient(chosen_engine(door.config))
    try:
        yield client
    finally:
        await client.aclose()
