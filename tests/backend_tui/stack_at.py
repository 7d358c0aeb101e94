"""A stack that does nothing but point at a shop which is already there."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from backend_tui.core.errors import MissingError
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)

TOKEN = "workbench-token-of-the-rest-tests-0123456789"


class StackAt:
    """A `Stack` whose shop is already there."""

    def __init__(self, url: str, token: str = TOKEN) -> None:
        self.endpoint = DemoEndpoint(url, token)

    def services(self) -> tuple[ServiceState, ...]:
        return (ServiceState("demo", "ready", self.endpoint.url),)

    async def events(self) -> AsyncGenerator[ServiceChanged]:
        for state in self.services():
            yield ServiceChanged(state)

    async def demo(self) -> DemoEndpoint:
        return self.endpoint

    async def cache(self) -> CacheEndpoint:
        raise MissingError("There is no cache here.")

    def log(self, name: ServiceName) -> tuple[str, ...]:
        return ()

    async def restart(self, name: ServiceName) -> None:
        raise MissingError("Nothing here can be restarted.")
