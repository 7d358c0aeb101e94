"""What an experiment asks of a route: what reads it, what writes it, its key in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend_tui.panes.cache.strategies.lab import Route

LOAD_MS: Final = 500
ITEM: Final = 1


@dataclass(frozen=True, slots=True)
class Target:
    """Paths of the shop; `key` is empty for a list, `writes` where nothing simple can be sent."""

    reads: str
    writes: str = ""
    key: str = ""

    @property
    def can_stale(self) -> bool:
        """True when the source can be written past the cache and compared with what is served."""
        return self.writes.startswith("/lab/")


def target_of(route: Route, load_ms: int = LOAD_MS) -> Target:
    """The addresses of a route; the loads of a lab route really take `load_ms`."""
    path = route.reads.partition(" ")[2].partition("?")[0]
    if route.is_lab:
        return Target(f"{path}?load_ms={load_ms}", path, f"{route.name}:source")
    if "{" not in path:
        return Target(path)
    collection = path.rpartition("/")[0].rpartition("/")[2]
    before, _, after = path.partition("{id}")
    if after:
        return Target(f"{before}{ITEM}{after}", "", f"{after.strip('/')}:{ITEM}")
    return Target(f"{before}{ITEM}", "", f"{collection}:{ITEM}")
