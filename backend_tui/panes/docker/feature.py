"""What the Docker pane says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_tui.feature import Feature, Surroundings

if TYPE_CHECKING:
    import click

    from backend_tui.ui.pane import Pane


def _pane(surroundings: Surroundings) -> Pane:
    from backend_tui.panes.docker.client import DockerClient
    from backend_tui.panes.docker.pane import DockerPane
    from backend_tui.panes.docker.replay.choosing import chosen_engine

    engine = chosen_engine(surroundings.config, surroundings.clock)
    return DockerPane(client=DockerClient(engine, surroundings.clock))


def _commands() -> click.Group:
    from backend_tui.panes.docker.commands import docker

    return docker


FEATURE: Final = Feature(
    name="docker",
    title="Docker",
    key="f8",
    summary="Containers live: what runs, what it uses, what happened to it and why.",
    pane=_pane,
    commands=_commands,
)
