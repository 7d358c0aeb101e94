"""What the GraphQL pane says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_tui.feature import Feature, Surroundings

if TYPE_CHECKING:
    import click

    from backend_tui.ui.pane import Pane


def _pane(surroundings: Surroundings) -> Pane:
    from backend_tui.panes.graphql.client import StackGraphqlClient
    from backend_tui.panes.graphql.pane import GraphqlPane

    client = StackGraphqlClient(
        surroundings.stack,
        is_tracing=surroundings.config.tracing,
        cache=surroundings.config.data_dir / "graphql-schemas",
        clock=surroundings.clock,
    )
    return GraphqlPane(client=client, clock=surroundings.clock)


def _commands() -> click.Group:
    from backend_tui.panes.graphql.commands import graphql

    return graphql


FEATURE: Final = Feature(
    name="graphql",
    title="GraphQL",
    key="f3",
    summary="Write, complete, run and subscribe to operations of any GraphQL server.",
    pane=_pane,
    commands=_commands,
)
