"""A process of its own that observes a server: how it ends is the test's affair.

Arguments: URL, rung, and what happens after the first counters: `wait`, `raise` or `exit`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

from backend_tui.panes.cache.observation.batch import Rung
from backend_tui.panes.cache.observation.observation import Observation


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def main(url: str, rung: Rung, then: str) -> None:
    is_told = False
    async for batch in Observation(url, every=0.1).events(rung, 60, "typed"):
        if batch.ended:
            _say(f"ended: {batch.ended}")
        if batch.counters is None or is_told:
            continue
        is_told = True
        _say("watching")
        if then == "raise":
            raise RuntimeError("A bug of ours.")
        if then == "exit":
            sys.exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], cast(Rung, sys.argv[2]), sys.argv[3]))
