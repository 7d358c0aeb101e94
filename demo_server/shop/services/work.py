"""One unit of work: a function in a transaction, in a thread, awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import IntegrityError, transaction

from demo_server.caching.write_back.switch import switch
from demo_server.shop.services.refusals import Conflict

P = ParamSpec("P")
R = TypeVar("R")


def settled(work: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """A unit of work that begins when no deferred write waits: what it reads is the newest."""

    @wraps(work)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        await switch.settle()
        return await work(*args, **kwargs)

    return run


def unit_of_work(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """The function as a coroutine; what it writes is committed together or not at all.

    The rules are checked in words first. Where two transactions race, the constraints of the
    database decide, and the one that comes second gets a Conflict.
    """

    def work(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except IntegrityError:
            raise Conflict("Someone else changed the same thing at this moment.") from None

    @wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return await sync_to_async(work)(*args, **kwargs)

    return run
