"""Slow, broken and hostile answers, for trying out clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from demo_server.graphql_api.connections import size
from demo_server.graphql_api.context import Info, Resolver

HOSTILE: Final = (
    "\x1b]0;title\x07\x1b[31mred\x1b[0m \x9b2J [bold]markup[/bold] [/] \u202etfel ot thgir\u202c"
    " \x00 nul"
)


async def wait(root: object, info: Info, *, milliseconds: int) -> int:
    """Wait, then say how long."""
    del root, info
    size("milliseconds", milliseconds, 5000)
    await asyncio.sleep(milliseconds / 1000)
    return milliseconds


async def crash(root: object, info: Info) -> Any:
    """A defect: nobody outside reads this message."""
    del root, info
    raise RuntimeError("the lab was asked to crash; secret=hunter2")


async def numbers(
    root: object, info: Info, *, count: int, every_milliseconds: int
) -> AsyncGenerator[int, None]:
    """Numbers from 1, one after the other."""
    del root, info
    size("count", count, 1000)
    size("everyMilliseconds", every_milliseconds, 1000)

    async def generate() -> AsyncGenerator[int, None]:
        for number in range(1, count + 1):
            if every_milliseconds:
                await asyncio.sleep(every_milliseconds / 1000)
            yield number

    return generate()


RESOLVERS: Final[dict[str, Resolver]] = {
    "Query.lab": lambda _, __: {},
    "Lab.wait": wait,
    "Lab.crash": crash,
    "Lab.crashHard": crash,
    "Lab.hostile": lambda _, __: HOSTILE,
    "Lab.numbers": numbers,
}
