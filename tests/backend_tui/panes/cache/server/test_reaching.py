"""Which cache is browsed: none to be had, one that is away for now, one that refuses us."""

from __future__ import annotations

import pytest

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.panes.cache.server.reaching import NothingToBrowse, endpoint_of
from backend_tui.stack.endpoints import CacheEndpoint
from backend_tui.stack.redis_greeting import UnreachableError
from tests.backend_tui.stack_at import StackAt


class Without(StackAt):
    """A stack whose cache cannot be had, for this reason."""

    def __init__(self, problem: BackendError) -> None:
        super().__init__("http://127.0.0.1:9")
        self.problem = problem

    async def cache(self) -> CacheEndpoint:
        raise self.problem


async def test_a_shop_without_a_cache_server_has_nothing_to_browse() -> None:
    with pytest.raises(NothingToBrowse, match="in its own process"):
        await endpoint_of(Without(MissingError("The embedded cache is not installed.")))


@pytest.mark.parametrize(
    "problem",
    [
        UnreachableError("The cache at redis://h:1 cannot be reached.", "refused", "Start it."),
        BackendError("The cache wants a valid password.", "NOAUTH", "Put it into the URL."),
    ],
    ids=["away", "refuses"],
)
async def test_a_named_cache_that_is_away_or_refuses_says_so_itself(problem: BackendError) -> None:
    with pytest.raises(BackendError) as raised:
        await endpoint_of(Without(problem))
    assert raised.value is problem
