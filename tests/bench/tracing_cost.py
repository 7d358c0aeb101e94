"""What following a request costs: its time with tracing on, against off, in alternating pairs."""

from __future__ import annotations

import asyncio
import statistics
from contextlib import ExitStack
from time import perf_counter
from typing import Final

from tests.bench.load import Connection
from tests.bench.row import Row
from tests.bench.servers import body_of, shop, valkey

WARMING: Final = 100
SECONDS: Final = 15
REQUESTS: Final = 5
PATHS: Final = {"a cached product": "/api/products/7", "a page with SQL": "/api/products/7/reviews"}


async def compare(traced: str, plain: str) -> tuple[float, float, float]:
    """The ratio of the median request times, and both in ms; each round asks both in turn."""
    on, off = await Connection.to(traced), await Connection.to(plain)
    times: tuple[list[float], list[float]] = ([], [])
    for connection in (on, off) * WARMING:
        await connection.get()
    limit = perf_counter() + SECONDS
    is_first = True
    while perf_counter() < limit:
        is_first = not is_first
        for connection, which in ((on, 0), (off, 1)) if is_first else ((off, 1), (on, 0)):
            for _ in range(REQUESTS):
                began = perf_counter()
                await connection.get()
                times[which].append(perf_counter() - began)
    on.close()
    off.close()
    medians = [statistics.median(each) * 1000 for each in times]
    return medians[0] / medians[1], medians[0], medians[1]


def main() -> None:
    """One row for each kind of request."""
    with ExitStack() as stack:
        traced_redis, plain_redis = stack.enter_context(valkey()), stack.enter_context(valkey())
        traced = stack.enter_context(shop(traced_redis))
        plain = stack.enter_context(shop(plain_redis, "--no-trace"))
        for says, path in PATHS.items():
            assert body_of(traced + path) == body_of(plain + path)
            ratio, on, off = asyncio.run(compare(traced + path, plain + path))
            note = f"{on:.2f} ms vs {off:.2f} ms"
            Row(f"cost of tracing {says}, on against off", ratio, 1.15, note=note).show()


if __name__ == "__main__":
    main()
