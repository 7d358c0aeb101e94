"""A database thread outside of a request: taken when needed, given back at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connection

V = TypeVar("V")


async def with_database(
    run: Callable[[], Awaitable[V]], was_used: Callable[[], bool] = lambda: True
) -> V:
    """What `run` gives; its connection goes back to the pool when `was_used` says there is one."""
    async with ThreadSensitiveContext():
        try:
            return await run()
        finally:
            if was_used():
                await sync_to_async(_give_back)()


def _give_back() -> None:
    connection.close()  # looked up here: each thread has its own
