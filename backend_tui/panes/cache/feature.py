"""What the Cache pane says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from backend_tui.feature import Feature, Surroundings

if TYPE_CHECKING:
    import click

    from backend_tui.ui.pane import Pane


def _pane(surroundings: Surroundings) -> Pane:
    from backend_tui.panes.cache.client import StackCacheClient
    from backend_tui.panes.cache.pane import CachePane

    return CachePane(client=StackCacheClient(surroundings.stack), surroundings=surroundings)


def _commands() -> click.Group:
    from backend_tui.panes.cache.commands import cache

    return cache


FEATURE: Final = Feature(
    name="cache",
    title="Cache",
    key="f6",
    summary="Hits and misses live and per key, the keys themselves, every caching strategy.",
    pane=_pane,
    commands=_commands,
)
