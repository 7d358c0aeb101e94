"""Logs of a real engine in the pane: 100 000 lines shown, and 20 000 lines a second followed.

The section of logs stands alone in a headless app and reads what busybox writes in a container.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from textual.app import App, ComposeResult

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.details.logs import LogsSection
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.workbench.collecting import QuietCollector
from tests.bench.row import Row
from tests.real_engine import RealEngine, running_engine

LINES: Final = 100_000
RATE: Final = 20_000
PORTIONS: Final = 10
SECONDS: Final = 8
TEXT: Final = "GET /products/ 200 served by the shop in a few milliseconds, from the cache"


class Desk(App[None]):
    """The section alone."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.animation_level = "none"
        self.client = DockerClient(SdkEngine(url))
        self.section = LogsSection(self.client, tail=LINES)

    def compose(self) -> ComposeResult:
        yield self.section

    def on_mount(self) -> None:
        QuietCollector().start()
        self.section.appear()
        self.section.lines.focus()


async def _tick(late: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.002)
        late.append(1_000 * (time.perf_counter() - began - 0.002))


async def shown(url: str, identity: str) -> None:
    """From choosing the container to its 100 000th line in the list."""
    app = Desk(url)
    async with app.run_test(size=(120, 40)) as pilot:
        (container,) = await app.client.find((identity,))
        store = app.section.store
        began, cpu = time.perf_counter(), time.process_time()
        app.section.show(container)
        while store.stop < LINES:
            await pilot.pause(0.01)
        app.section.lines.flush(force=True)
        wall, used = time.perf_counter() - began, time.process_time() - cpu
        app.section.disappear()
    await app.client.aclose()
    note = f"{used:.2f} s of CPU; {store.dropped:,} beyond the ring counted as dropped"
    Row("docker logs: 100 000 lines shown", wall, 3, "s", note=note).show()


async def followed(url: str, identity: str) -> None:
    """A container that writes 20 000 lines a second, while the loop is watched."""
    app = Desk(url)
    late: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        (container,) = await app.client.find((identity,))
        store = app.section.store
        app.section.show(container)
        while store.stop < RATE:
            await pilot.pause(0.05)
        ticker = asyncio.create_task(_tick(late))
        first, began, cpu = store.stop, time.perf_counter(), time.process_time()
        await asyncio.sleep(SECONDS)
        wall = time.perf_counter() - began
        rate, share = (store.stop - first) / wall, (time.process_time() - cpu) / wall * 100
        newest = store.line(store.stop - 1).at / 1e9
        behind = time.time() - newest
        ticker.cancel()
        app.section.disappear()
    await app.client.aclose()
    late.sort()
    note = f"{share:.0f} % of a core; {store.dropped:,} dropped from the ring, counted"
    Row("docker logs: lines followed", rate, RATE * 0.95, "1/s", at_least=True, note=note).show()
    note = f"longest {late[-1]:.0f} ms"
    held = late[len(late) * 99 // 100]
    Row("docker logs: event loop meanwhile, 99th percentile", held, 16, "ms", note=note).show()
    Row("docker logs: newest line on screen is older by", behind, 1, "s").show()


def measure(engine: RealEngine) -> None:
    """Print the rows."""
    many = engine.script(f"yes '{TEXT}' | head -n {LINES}; sleep 600")
    while len(engine.api.logs(many, tail=1)) == 0:
        time.sleep(0.1)
    time.sleep(3)
    asyncio.run(shown(engine.url, many))
    engine.sweep()
    portion = RATE // PORTIONS
    source = f"yes '{TEXT}' | head -n {portion} > /lines; sleep 1"
    chatty = engine.script(f"{source}; while :; do cat /lines & sleep {1 / PORTIONS}; done")
    asyncio.run(followed(engine.url, chatty))


def main() -> None:
    with running_engine() as engine:
        measure(engine)


if __name__ == "__main__":
    main()
