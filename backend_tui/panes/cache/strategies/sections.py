"""The tabs that this folder gives to the Cache pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_tui.feature import Surroundings

if TYPE_CHECKING:
    from backend_tui.panes.cache.section import CacheSection


def strategies_section(surroundings: Surroundings) -> CacheSection:
    """How each route is cached, and experiments that count."""
    from backend_tui.panes.cache.strategies.client import StackStrategyClient
    from backend_tui.panes.cache.strategies.section import StrategiesSection

    return StrategiesSection(StackStrategyClient(surroundings.stack))


def write_back_section(surroundings: Surroundings) -> CacheSection:
    """What waits to be written, and the flusher."""
    from backend_tui.panes.cache.strategies.client import StackStrategyClient
    from backend_tui.panes.cache.strategies.write_back_section import WriteBackSection

    return WriteBackSection(StackStrategyClient(surroundings.stack))
