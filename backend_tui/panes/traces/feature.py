"""What the Traces pane says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_tui.feature import Feature, Surroundings

if TYPE_CHECKING:
    import click

    from backend_tui.ui.pane import Pane


def _pane(surroundings: Surroundings) -> Pane:
    from backend_tui.panes.traces.client import StackTraceClient
    from backend_tui.panes.traces.pane import TracesPane

    return TracesPane(
        client=StackTraceClient(surroundings.stack),
        clock=surroundings.clock,
        exports=surroundings.config.data_dir / "exports",
    )


def _commands() -> click.Group:
    from backend_tui.panes.traces.commands import traces

    return traces


FEATURE: Final = Feature(
    name="traces",
    title="Traces",
    key=None,
    summary="Every request as it happens, from any client, down to its SQL.",
    pane=_pane,
    commands=_commands,
)
