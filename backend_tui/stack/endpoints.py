"""What a pane may ask of the stack, whoever runs it: where the services answer and how they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from backend_tui.core.errors import BackendError

ServiceName = Literal["demo", "cache", "database", "docker"]
Condition = Literal["starting", "ready", "restarting", "failed", "absent", "stopped"]


@dataclass(frozen=True, slots=True)
class DemoEndpoint:
    """The demo server: base URL without a trailing slash, and the workbench's own token."""

    url: str
    token: str = field(repr=False, default="")
    pid: int | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What a request of the workbench's own endpoints (`/_trace` …) must carry."""
        return (("X-Workbench-Token", self.token),) if self.token else ()


@dataclass(frozen=True, slots=True)
class CacheEndpoint:
    """A Redis or Valkey by URL; `is_embedded` when it is ours."""

    url: str = field(repr=False)
    is_embedded: bool
    version: str = ""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How one service is right now; `detail` is a few clean words (address, version, reason)."""

    name: ServiceName
    condition: Condition
    detail: str = ""
    error: BackendError | None = None


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """A service came, went, or failed."""

    state: ServiceState


class Stack(Protocol):
    """The running services, owned by this process or attached to."""

    def services(self) -> tuple[ServiceState, ...]:
        """Every service in a fixed order: demo, cache, database, docker."""
        ...

    def events(self) -> AsyncGenerator[ServiceChanged]:
        """Each change from now on, for ever; several readers may listen."""
        ...

    async def demo(self) -> DemoEndpoint:
        """Where the demo server answers; waits while it starts, `BackendError` when it cannot."""
        ...

    async def cache(self) -> CacheEndpoint:
        """Where the cache answers; waits while it starts, `BackendError` when it cannot."""
        ...

    def log(self, name: ServiceName) -> tuple[str, ...]:
        """The last lines a service wrote, clean, oldest first."""
        ...

    async def restart(self, name: ServiceName) -> None:
        """Stop and start one of our own services; `BackendError` for one that is not ours."""
        ...
