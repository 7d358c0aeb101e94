"""The tabs of the Cache pane in their order; each is made, and its libraries loaded, when shown."""

from __future__ import annotations

from typing import Final

from backend_tui.feature import Surroundings
from backend_tui.panes.cache.client import CacheClient
from backend_tui.panes.cache.live.section import LiveSection
from backend_tui.panes.cache.server.sections import keys_section, reached_by, server_section
from backend_tui.panes.cache.strategies.sections import strategies_section, write_back_section
from backend_tui.ui.sections import Maker

LIVE: Final = "live"
KEYS: Final = "keys"


def tabs(client: CacheClient, surroundings: Surroundings) -> dict[str, tuple[str, Maker]]:
    """Each tab's title and how its content is made, by its id."""
    reached = reached_by(surroundings)
    return {
        LIVE: ("Live", lambda: LiveSection(client, surroundings)),
        KEYS: ("Keys", lambda: keys_section(surroundings, reached)),
        "strategies": ("Strategies", lambda: strategies_section(surroundings)),
        "write-back": ("Write-back", lambda: write_back_section(surroundings)),
        "server": ("Server", lambda: server_section(surroundings, reached)),
    }
