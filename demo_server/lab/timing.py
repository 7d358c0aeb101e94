"""Answers that take their time, or come only sometimes: /lab/slow and /lab/flaky."""

import asyncio
from random import SystemRandom
from typing import Annotated

from msgspec import Meta

from demo_server.rest_api.layer.operation import Call, Reply, operation
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.schema import Out, Query

_chance = SystemRandom()


class Delay(Query):
    """How long to wait."""

    ms: Annotated[int, Meta(ge=0, le=60_000, description="Milliseconds before the answer")] = 1000


class Waited(Out):
    """What was waited for."""

    waited_ms: int


@operation("Answer after a while", query=Delay, out=Waited)
async def lab_slow(call: Call[Delay, None]) -> Reply:
    """Waits without holding a thread, so that other requests go on. Good for trying to cancel."""
    await asyncio.sleep(call.query.ms / 1000)
    return Reply(Waited(waited_ms=call.query.ms))


class Odds(Query):
    """How often to fail."""

    rate: Annotated[
        float, Meta(ge=0, le=1, description="Share of the requests that fail, from 0 to 1")
    ] = 0.5


class Lucky(Out):
    """A request that was let through."""

    ok: bool
    rate: float


@operation("Fail now and then", query=Odds, out=Lucky, problems=("unavailable",))
async def lab_flaky(call: Call[Odds, None]) -> Reply:
    """Answers 503 with Retry-After for a share of the requests. Good for trying retries."""
    if _chance.random() < call.query.rate:
        detail = f"Failed on purpose: {call.query.rate:.0%} of these requests do."
        raise Problem("unavailable", detail, headers={"Retry-After": "1"})
    return Reply(Lucky(ok=True, rate=call.query.rate))
