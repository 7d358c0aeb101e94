"""The tabs that this folder gives to the Cache pane, made when they are first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend_tui.feature import Surroundings

if TYPE_CHECKING:
    from backend_tui.panes.cache.section import CacheSection
    from backend_tui.panes.cache.server.reaching import Reached


def reached_by(surroundings: Surroundings) -> Reached:
    """The stack's Redis for both tabs: only who shares it leaves out each other's lookups."""
    from backend_tui.panes.cache.server.reaching import Reached

    return Reached(surroundings.stack)


def keys_section(surroundings: Surroundings, reached: Reached | None = None) -> CacheSection:
    """The browser of keys of the stack's Redis."""
    from backend_tui.panes.cache.server.keys_section import KeysSection

    exports = surroundings.config.data_dir / "exports"
    return KeysSection(reached=reached or reached_by(surroundings), exports=exports)


def server_section(surroundings: Surroundings, reached: Reached | None = None) -> CacheSection:
    """The server's own counters, its slow log and its largest keys."""
    from backend_tui.panes.cache.server.server_section import ServerSection

    return ServerSection(reached=reached or reached_by(surroundings))
