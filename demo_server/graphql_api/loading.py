"""Data loaders: what many resolvers need at the same moment is read by one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Observer(Protocol):
    """Who is told of each batch, and runs it."""

    async def batch(self, name: str, keys: int, read: Callable[[], Awaitable[V]]) -> V:
        """What `read` gives."""


class Loaders:
    """The loaders of one operation; without batching every key is read by itself, every time."""

    def __init__(self, observer: Observer, *, is_batching: bool) -> None:
        self._observer = observer
        self._is_batching = is_batching
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    @property
    def is_used(self) -> bool:
        """Whether anything was read."""
        return bool(self._loaders)

    def renew(self) -> None:
        """Forget everything that was read."""
        self._loaders = {}

    def load(
        self,
        read: Callable[..., Awaitable[Mapping[K, V]]],
        key: K,
        *arguments: Hashable,
    ) -> Awaitable[V | None]:
        """What `read` gives for this key; None when it leaves the key out."""
        name = (read, *arguments)
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = self._loader(read, arguments)
        return loader.load(key)

    def _loader(
        self, read: Callable[..., Awaitable[Mapping[Any, Any]]], arguments: tuple[Hashable, ...]
    ) -> DataLoader[Any, Any]:
        async def read_all(keys: Sequence[Any]) -> list[Any]:
            found = await self._observer.batch(
                read.__name__, len(keys), lambda: read(keys, *arguments)
            )
            return [found.get(key) for key in keys]

        on = self._is_batching
        return DataLoader(read_all, batch=on, cache=on, max_batch_size=500)
