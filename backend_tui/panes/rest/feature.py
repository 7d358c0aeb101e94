"""What the REST pane says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_tui.feature import Feature, Surroundings

if TYPE_CHECKING:
    import click

    from backend_tui.ui.pane import Pane


def _pane(surroundings: Surroundings) -> Pane:
    from backend_tui.panes.rest.later import LaterRestClient
    from backend_tui.panes.rest.pane import RestPane

    client = LaterRestClient(
        surroundings.stack, is_tracing=surroundings.config.tracing, clock=surroundings.clock
    )
    return RestPane(client=client, clock=surroundings.clock)


def _commands() -> click.Group:
    from backend_tui.panes.rest.commands import rest

    return rest


FEATURE: Final = Feature(
    name="rest",
    title="REST",
    key="f2",
    summary="Send a request and follow it down to the SQL and back.",
    pane=_pane,
    commands=_commands,
)
