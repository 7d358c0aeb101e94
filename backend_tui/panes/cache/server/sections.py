"""The tabs that this folder gives to the Cache pane, made when they are first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_tui.feature import Surroundings

if TYPE_CHECKING:
    from backend_tui.panes.cache.section import CacheSection


def keys_section(surroundings: Surroundings) -> CacheSection:
    """The browser of keys of the stack's Redis."""
    from backend_tui.panes.cache.server.keys_section import KeysSection
    from backend_tui.panes.cache.server.reaching import Reached

    exports = surroundings.config.data_dir / "exports"
    return KeysSection(reached=Reached(surroundings.stack), exports=exports)


def server_section(surroundings: Surroundings) -> CacheSection:
    """The server's own counters, its slow log and its largest keys."""
    from backend_tui.panes.cache.server.reaching import Reached
    from backend_tui.panes.cache.server.server_section import ServerSection

    return ServerSection(reached=Reached(surroundings.stack))
