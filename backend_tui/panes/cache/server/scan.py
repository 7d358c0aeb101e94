"""Every key by SCAN, page by page, without looking at one: SCAN counts as no lookup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from backend_tui.panes.cache.server.server import Server

PAGE: Final = 500
FIRST_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Keys that came next. `seen` counts what the server walked over, of `expected` in all."""

    keys: tuple[bytes, ...]
    seen: int
    expected: int
    is_last: bool = False


async def pages(server: Server, pattern: bytes = b"") -> AsyncGenerator[Page]:
    """All keys, or those that match the glob; a key may come twice, as SCAN says of itself.

    The first page is small, so that it is there at once. Raises `BackendError`.
    """
    nodes = await server.nodes()
    sizes = await asyncio.gather(*(node.ask("DBSIZE") for node in nodes), return_exceptions=True)
    expected = sum(size for size in sizes if isinstance(size, int))
    for failed in sizes:
        if isinstance(failed, BaseException) and getattr(failed, "code", "") != "NOPERM":
            raise failed
    seen, count = 0, FIRST_PAGE
    match = ("MATCH", pattern) if pattern and pattern != b"*" else ()
    for at, node in enumerate(nodes):
        cursor = b"0"
        while True:
            cursor, keys = await node.ask("SCAN", cursor, *match, "COUNT", count)
            seen += count if match else len(keys)
            is_last = cursor == b"0" and at == len(nodes) - 1
            walked = min(seen, expected) if match and expected else seen
            yield Page(tuple(keys), expected if is_last and match else walked, expected, is_last)
            count = PAGE
            if cursor == b"0":
                break
