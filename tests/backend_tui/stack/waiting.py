"""Wait for what a stack becomes, and read what its server says."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from backend_tui.core.exchange import HttpRequest
from backend_tui.core.http import HttpClient
from backend_tui.stack.endpoints import Condition, ServiceName, ServiceState, Stack


async def until(
    stack: Stack, name: ServiceName, *conditions: Condition, within: float = 30
) -> ServiceState:
    """The service's state as soon as it is one of these."""
    async with asyncio.timeout(within), aclosing(stack.events()) as events:
        while True:
            state = next(each for each in stack.services() if each.name == name)
            if state.condition in conditions:
                return state
            await anext(events)


async def read(url: str, headers: tuple[tuple[str, str], ...] = ()) -> Any:
    """The JSON document at a URL."""
    async with HttpClient() as client:
        return await client.get_json(url, headers)


async def post(url: str, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Any:
    """The JSON answer to a POST."""
    sent = (("Content-Type", "application/json"), *headers)
    async with HttpClient() as client:
        return await client.request_json(HttpRequest("POST", url, sent, body))


async def true_within(seconds: float, claim: Callable[[], bool]) -> bool:
    """True as soon as the claim is; asks the system, which tells nobody, every 20 ms."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not claim():  # noqa: ASYNC110 - of a foreign process there is no event
                await asyncio.sleep(0.02)
    return claim()


def is_running(pid: int) -> bool:
    """True while the process exists and is no zombie."""
    from backend_tui.stack.process_start import started

    return started(pid) is not None


def kill(pid: int, number: int) -> None:
    """Send a signal to a process that this test started."""
    os.kill(pid, number)
