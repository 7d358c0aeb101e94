"""50 000 cache operations a second: what counting and showing them costs, and that none is lost.

A real uvicorn in a process of its own speaks the wire of the shop's feed; the pane stands alone in
a headless app, its frames rendered as for a terminal. Beside it: what `redis-cli monitor` needs
only to pass on as many lines.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from textual.app import App, ComposeResult
from textual.events import Key

from backend_tui.core.config import Config
from backend_tui.feature import Surroundings
from backend_tui.panes.cache.client import StackCacheClient
from backend_tui.panes.cache.pane import CachePane
from backend_tui.workbench.collecting import QuietCollector
from tests.backend_tui.stack_at import StackAt
from tests.bench.row import Row

RATE: Final = 50_000
SECONDS: Final = 10
EVERY: Final = 0.05
KEYS: Final = 5_000


class Flood:
    """The wire of the feed at `RATE`, a batch every 50 ms; the reader's own pace is waited for."""

    def __init__(self) -> None:
        self.sequence = 0
        dice = random.Random(4)
        keys = [f"product:{int(dice.paretovariate(0.7)) % KEYS}" for _ in range(20_000)]
        self._ends = [self._end(dice, key) for key in keys]

    @staticmethod
    def _end(dice: random.Random, key: str) -> str:
        """The part of a row after its time, as JSON."""
        trace, route = f"{dice.getrandbits(128):032x}", "product"
        kind = dice.random()
        rest: list[Any]
        if kind < 0.85:
            rest = ["get", key, "hit", "cache-aside", 31.5, 812, None, None, None, trace, route]
        elif kind < 0.92:
            rest = ["get", key, "miss", "cache-aside", 40.2, None, None, None, None, trace, route]
        elif kind < 0.96:
            rest = ["load", key, "loaded", "cache-aside", 1840.7, 812, None, 1840.7, None, trace]
            rest.append(route)
        else:
            rest = ["set", key, "stored", "cache-aside", 52.1, 812, 60, None, None, trace, route]
        return json.dumps(rest, separators=(",", ":"))[1:]

    def batch(self, number: int) -> bytes:
        """The next so many operations as one event."""
        first, ends = self.sequence + 1, self._ends
        now, size = f"{time.time() * 1_000:.3f}", len(ends)
        rows = ",".join(
            f"[{each},{now},{ends[each % size]}" for each in range(first, first + number)
        )
        self.sequence += number
        head = f'{{"source":"bench","first":{first},"last":{self.sequence},"rows":['
        return f"id: bench:{self.sequence}\nevent: operations\ndata: {head}{rows}]}}\n\n".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kind = b"application/json" if scope["path"] == "/_cache" else b"text/event-stream"
        head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]}
        await send(head)
        if scope["path"] == "/_cache":
            state = {"source": "bench", "sequence": self.sequence, "store": {"kind": "redis"}}
            body = json.dumps(state).encode()
            await send({"type": "http.response.body", "body": body, "more_body": False})
            return
        loop = asyncio.get_running_loop()
        leaving = asyncio.create_task(self._left(receive))
        began, sent = loop.time(), 0
        while not leaving.done():
            due = int((loop.time() - began) * RATE) - sent
            for part in range(0, due, 5_000):
                body = self.batch(min(5_000, due - part))
                await send({"type": "http.response.body", "body": body, "more_body": True})
            sent += due
            await asyncio.wait({leaving}, timeout=EVERY)

    @staticmethod
    async def _left(receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


class Desk(App[None]):
    """The pane alone."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.animation_level = "none"
        stack = StackAt(f"http://127.0.0.1:{port}")
        surroundings = Surroundings(Config(data_dir=Path("unused")), stack)
        self.pane = CachePane(client=StackCacheClient(stack), surroundings=surroundings)

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        QuietCollector().start()
        self.pane.appear()
        self.pane.focus_first()


class Stalls:
    """How long the event loop was held up, sampled every 2 ms."""

    def __init__(self) -> None:
        self.ms: list[float] = []

    async def watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.002)
            self.ms.append((loop.time() - before - 0.002) * 1_000)


async def _answered(app: Desk, key: str) -> float:
    """Milliseconds from a key to the end of the frame in which the cursor is elsewhere."""
    table = app.pane.live.feed
    before, drawn = table.highlighted, asyncio.Event()
    began = time.perf_counter()
    app.post_message(Key(key, None))
    while table.highlighted is before:  # noqa: ASYNC110 - the table tells of no event of its own
        await asyncio.sleep(0.001)
    app.screen.call_after_refresh(drawn.set)
    await drawn.wait()
    return (time.perf_counter() - began) * 1_000


async def measure(port: int, beside: str) -> None:
    """Print the rows."""
    app = Desk(port)
    async with app.run_test(size=(120, 40)) as pilot:
        books = app.pane.live.state.statistics
        while books.total.operations < 2 * RATE:
            await pilot.pause(0.05)
        first, cpu, began = books.last, time.process_time(), time.perf_counter()
        await asyncio.sleep(SECONDS)
        wall = time.perf_counter() - began
        share = (time.process_time() - cpu) / wall * 100
        rate, lost = (books.last - first) / wall, books.unseen
        is_whole = books.total.operations == books.last and not lost
        stalls = Stalls()
        watching = asyncio.create_task(stalls.watch())
        keys = []
        for _ in range(12):
            await pilot.press("end", "pageup")
            for key in ("up", "up", "down", "up", "down"):
                keys.append(await _answered(app, key))
                await asyncio.sleep(0.03)
        watching.cancel()
    note = f"{rate:,.0f} a second arrived; {beside}"
    Row("cache feed, 50 000 operations/s: share of a core", share, 40, "%", note=note).show()
    Row("cache feed: operations taken in", rate, RATE * 0.97, "1/s", at_least=True).show()
    Row("cache feed: lost, or counted otherwise", 0 if is_whole else max(lost, 1), 0, "").show()
    keys.sort()
    median = f"median {statistics.median(keys):.0f} ms"
    Row(
        "cache feed: 95 of 100 keys answered in", keys[int(len(keys) * 0.95)], 50, "ms", note=median
    ).show()
    stalls.ms.sort()
    note = f"longest {stalls.ms[-1]:.0f} ms, a frame is drawn in one piece"
    held = stalls.ms[int(len(stalls.ms) * 0.95)]
    Row("cache feed: 95 of 100 waits of the event loop under", held, 16, "ms", note=note).show()


def monitor_share() -> str:
    """What `redis-cli monitor` needs to pass on `RATE` lines a second, in words."""
    programs = [shutil.which(name) for name in ("redis-server", "redis-cli", "redis-benchmark")]
    if None in programs:
        return "redis-cli is not installed"
    server, client, benchmark = (str(each) for each in programs)
    number = 500_000
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    redis = subprocess.Popen([server, "--port", port, "--save", "", "--bind", "127.0.0.1"], **quiet)
    try:
        while subprocess.run([client, "-p", port, "ping"], check=False, **quiet).returncode:
            time.sleep(0.05)
        monitor = subprocess.Popen([client, "-p", port, "monitor"], **quiet)
        load = [benchmark, "-p", port, "-t", "get", "-P", "16", "-n", str(number), "-q"]
        subprocess.run(load, check=True, **quiet)
        cpu = _cpu_seconds(monitor.pid)
        monitor.terminate()
        monitor.wait(5)
    finally:
        redis.terminate()
        redis.wait(5)
    return f"redis-cli monitor, counting nothing: {cpu / number * RATE * 100:.0f} %"


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def serve() -> None:
    """The flood as a server, until its stdin ends."""
    import uvicorn

    async def run() -> None:
        config = uvicorn.Config(Flood(), port=0, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn tells of no event
            await asyncio.sleep(0.01)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.should_exit = server.force_exit = True
        await serving

    asyncio.run(run())


def main() -> None:
    """Start the flood, measure, stop it."""
    if sys.argv[1:] == ["serve"]:
        serve()
        return
    beside = monitor_share()
    flood = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.cache_feed", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert flood.stdin is not None
    assert flood.stdout is not None
    try:
        gc.disable()
        asyncio.run(measure(json.loads(flood.stdout.readline()), beside))
    finally:
        flood.stdin.close()
        flood.wait(10)


if __name__ == "__main__":
    main()
