"""The caching strategies, one module each, all behind `strategy.Strategy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from demo_server.caching.strategies.cache_aside import CacheAside
from demo_server.caching.strategies.none import NoCache
from demo_server.caching.strategies.read_through import ReadThrough
from demo_server.caching.strategies.refresh_ahead import RefreshAhead
from demo_server.caching.strategies.write_back import WriteBack
from demo_server.caching.strategies.write_through import WriteThrough

if TYPE_CHECKING:
    from demo_server.caching.strategies.strategy import Strategy

_ALL: Final[tuple[Strategy, ...]] = (
    NoCache(),
    CacheAside(),
    ReadThrough(),
    WriteThrough(),
    WriteBack(),
    RefreshAhead(),
)
STRATEGIES: Final[dict[str, Strategy]] = {each.name: each for each in _ALL}
NAMES: Final[tuple[str, ...]] = tuple(STRATEGIES)
