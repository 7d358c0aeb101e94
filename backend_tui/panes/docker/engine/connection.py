"""The engine: calls by the SDK's own names, streams by path; nothing else speaks to Docker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.engine.failures import explained, read_only
from backend_tui.panes.docker.engine.reader import Decode, read
from backend_tui.panes.docker.engine.threads import Threads
from backend_tui.stack.docker_endpoint import EngineAddress, resolve

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")

PING: Final = 5.0
LOOK: Final = 10.0
ACT: Final = 120.0
"""Seconds of patience: whether it is there, a question, a deed."""

READS: Final = frozenset(
    {
        "containers",
        "df",
        "diff",
        "history",
        "images",
        "info",
        "inspect_container",
        "inspect_image",
        "inspect_network",
        "inspect_volume",
        "networks",
        "ping",
        "top",
        "version",
        "volumes",
    }
)
"""The SDK's calls that change nothing; every other is an act."""


class Engine(Protocol):
    """What the docker pane asks of an engine, real or recorded; both raise `BackendError`."""

    @property
    def address(self) -> EngineAddress:
        """Where it is, and who said so. Raises when what was named does not exist."""
        ...

    @property
    def is_read_only(self) -> bool:
        """True when every act is refused."""
        ...

    async def call(
        self,
        method: str,
        *arguments: object,
        patience: float | None = None,
        asked: str = "",
        **parameters: object,
    ) -> object:
        """The JSON value that a method of the SDK's `APIClient` returns.

        `patience` in seconds; `asked` names it in a refusal, as in “stop web”.
        """
        ...

    def stream(
        self,
        path: str,
        decode: Decode[T],
        parameters: Mapping[str, str] | None = None,
        *,
        post: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        asked: str = "",
    ) -> AsyncGenerator[list[T]]:
        """What `decode` makes of a streaming answer, in a thread of its own.

        An empty list comes first, when the engine has begun to answer. `path` is as in
        `/containers/{id}/logs`. With `post` the request is an act with that body.
        """
        ...

    def use(self, address: EngineAddress) -> None:
        """Another engine from now on."""
        ...

    async def aclose(self) -> None:
        """Let go of every connection and thread; it may be used again."""
        ...


class SdkEngine:
    """A real engine through the docker SDK's low-level client."""

    def __init__(self, docker_host: str | None = None, *, is_read_only: bool = False) -> None:
        self._docker_host = docker_host
        self._is_read_only = is_read_only
        self._looking = Threads(4)
        self._acting = Threads(8)  # of their own: a stop may take long, a look never waits for it
        self._lock = threading.Lock()
        self._clients: dict[float, APIClient] = {}
        self._version: str | None = None
        self._address: EngineAddress | None = None

    @property
    def address(self) -> EngineAddress:
        if self._address is None:
            self._address = resolve(self._docker_host)
        return self._address

    @property
    def is_read_only(self) -> bool:
        return self._is_read_only

    def use(self, address: EngineAddress) -> None:
        self._address = address
        self.forget()

    def forget(self) -> None:
        """Ask for the engine's version again: it may come back as another."""
        with self._lock:
            clients, self._clients = self._clients, {}
            self._version = None
        for client in clients.values():
            client.close()

    async def call(
        self,
        method: str,
        *arguments: object,
        patience: float | None = None,
        asked: str = "",
        **parameters: object,
    ) -> object:
        is_act = method not in READS
        if is_act and self._is_read_only:
            raise read_only(asked or method)
        wait = patience or (ACT if is_act else LOOK)

        def ask() -> object:
            answer: object = getattr(self._client(wait), method)(*arguments, **parameters)
            return answer

        try:
            return await (self._acting if is_act else self._looking).run(ask)
        except Exception as problem:
            raise await self._explained(problem, asked) from problem

    async def stream(
        self,
        path: str,
        decode: Decode[T],
        parameters: Mapping[str, str] | None = None,
        *,
        post: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        asked: str = "",
    ) -> AsyncGenerator[list[T]]:
        if post is not None and self._is_read_only:
            raise read_only(asked or path)
        opening = partial(self._open, path, dict(parameters or {}), post, dict(headers or {}))
        try:
            async with aclosing(read(opening, decode)) as batches:
                async for batch in batches:
                    yield batch
        except Exception as problem:
            raise await self._explained(problem, asked) from problem

    async def aclose(self) -> None:
        self.forget()
        await asyncio.gather(self._looking.aclose(), self._acting.aclose())

    def client(self, patience: float = LOOK) -> APIClient:
        """The SDK's client itself, for what a thread of one's own does with it (exec)."""
        return self._client(patience)

    async def _explained(self, problem: BaseException, asked: str) -> BackendError:
        """In a thread, for who owns a socket may be a question to the network."""
        if isinstance(problem, BackendError):
            return problem
        address = self.address
        return await self._looking.run(lambda: explained(problem, address, asked))

    def _open(
        self, path: str, parameters: dict[str, str], post: bytes | None, headers: dict[str, str]
    ) -> Any:
        """A response whose body has not been read; the SDK's own methods hide how to stop one."""
        from docker.errors import create_api_error_from_http_exception
        from requests.exceptions import HTTPError

        client = self._client(LOOK if post is None else ACT)
        url = f"{client.base_url}/v{client.api_version}{path}"
        response = client.request(
            "GET" if post is None else "POST",
            url,
            params=parameters,
            data=post,
            headers=headers,
            stream=True,
            timeout=client.timeout,
        )
        try:
            response.raise_for_status()
        except HTTPError as problem:
            create_api_error_from_http_exception(problem)
        return response

    def _client(self, patience: float) -> APIClient:
        """One client for each patience, for the SDK's methods take no time-out of their own."""
        with self._lock:
            found = self._clients.get(patience)
            version = self._version
        if found is not None:
            return found
        from docker import APIClient

        address = self.address
        made = APIClient(
            address.url,
            tls=_tls(address),
            version=version or "auto",
            timeout=patience,
            max_pool_size=64,
        )
        with self._lock:
            self._version = made.api_version
            return self._clients.setdefault(patience, made)


def _tls(address: EngineAddress) -> Any:
    files = address.tls
    if files is None or address.url.startswith(("unix://", "ssh://", "npipe://")):
        return address.url.startswith("https://")
    from docker.tls import TLSConfig

    pair = (str(files.certificate), str(files.key)) if files.certificate and files.key else None
    ca = str(files.ca) if files.ca else None

    class NamedFiles(TLSConfig):  # type: ignore[misc] # the SDK has no types
        """The files that were named, which REQUESTS_CA_BUNDLE would otherwise outdo."""

        def configure_client(self, client: Any) -> None:
            super().configure_client(client)
            client.trust_env = False

    return NamedFiles(client_cert=pair, ca_cert=ca, verify=files.verifies)
