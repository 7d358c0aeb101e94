"""Answers kept in the cache as the bytes they were sent as: a hit needs no SQL and no encoding."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any, Final

from demo_server.caching.aside import generation, remember
from demo_server.rest_api.layer.conditional import strong, weak
from demo_server.rest_api.layer.operation import Call, Reply, encoder

TTL_S: Final = 60
_LONGEST_READABLE: Final = 120


async def item(key: str, load: Callable[[], Awaitable[Any]]) -> Reply:
    """One thing: what `load` gives, encoded and kept under `key`."""

    async def encoded() -> bytes:
        return encoder.encode(await load())

    body = await remember(key, TTL_S, encoded)
    return Reply(encoded=body, etag=strong(body))


async def listing(group: str, call: Call[Any, Any], load: Callable[[], Awaitable[Any]]) -> Reply:
    """A list: kept for its address, until anything of its group changes."""

    async def encoded() -> bytes:
        return encoder.encode(await load())

    place = f"{call.request.path}?{call.request.META.get('QUERY_STRING', '')}"
    if len(place) > _LONGEST_READABLE or not place.isprintable() or " " in place:
        place = blake2b(place.encode(), digest_size=16).hexdigest()
    body = await remember(f"{group}:list:{await generation(group)}:{place}", TTL_S, encoded)
    return Reply(encoded=body, etag=weak(body))
