"""A subscription of 1 000 events a second: what showing it costs, and how soon keys are answered.

A server in a process of its own floods by server-sent events; the pane stands alone in a headless
app, its frames rendered as for a terminal.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any, Final

from textual.app import App, ComposeResult

from backend_tui.core.clock import SystemClock
from backend_tui.core.errors import MissingError
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.model import DraftChanged
from backend_tui.panes.graphql.pane import GraphqlPane
from backend_tui.panes.graphql.request import Draft
from backend_tui.stack.endpoints import DemoEndpoint
from backend_tui.ui.record_table import RecordTable
from tests.backend_tui.stack_at import StackAt
from tests.bench.row import Row

RATE: Final = 1_000
SECONDS: Final = 8
_FLOOD: Final = """
import asyncio, json, sys
RATE = int(sys.argv[1])
async def serve(reader, writer):
    try:
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n"
                     b"Connection: close\\r\\n\\r\\n")
        loop, sent, began = asyncio.get_running_loop(), 0, None
        began = loop.time()
        while not writer.is_closing():
            due = int((loop.time() - began) * RATE)
            for sent in range(sent, due):
                price = {"product": {"name": f"Chair {sent % 97}"}, "before": "249.00",
                         "after": f"{sent % 500}.50"}
                event = json.dumps({"data": {"priceChanged": price}})
                writer.write(f"event: next\\ndata: {event}\\n\\n".encode())
            sent = max(sent, due)
            await writer.drain()
            await asyncio.sleep(0.005)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


class NoShop(StackAt):
    """A stack whose shop never starts."""

    async def demo(self) -> DemoEndpoint:
        raise MissingError("There is no shop here.")


class Desk(App[None]):
    """The pane alone."""

    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        client = StackGraphqlClient(NoShop("http://127.0.0.1:9"), is_tracing=False)
        self.pane = GraphqlPane(client=client, clock=SystemClock())

    def compose(self) -> ComposeResult:
        yield self.pane


async def _answered(app: Desk, key: str) -> float:
    """Milliseconds from a key to the end of the frame in which the cursor is elsewhere.

    The table is held still, so that only the key moves the cursor.
    """
    table: RecordTable[Any] = app.pane._answer.query_one("#stream-events", RecordTable)
    before, drawn = table.highlighted, asyncio.Event()
    began = time.perf_counter()
    app.post_message(_key(key))
    while table.highlighted is before:  # noqa: ASYNC110 - the table tells of no event of its own
        await asyncio.sleep(0.001)
    app.screen.call_after_refresh(drawn.set)
    await drawn.wait()
    return (time.perf_counter() - began) * 1_000


def _key(name: str) -> Any:
    from textual.events import Key

    return Key(name, None)


async def measure(port: int) -> None:
    """Print the rows."""
    app = Desk()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        draft = Draft(
            endpoint=f"http://127.0.0.1:{port}/graphql",
            document="subscription Prices { priceChanged { product { name } before after } }",
            transport="sse",
        )
        app.pane.apply(DraftChanged(replace(draft)))
        await pilot.pause(0.5)
        await pilot.press("ctrl+j")
        run = app.pane.state.current
        while run is None or run.log is None or run.log.total < RATE:
            await pilot.pause(0.05)
            run = app.pane.state.current
        first, cpu, began = run.log.total, time.process_time(), time.perf_counter()
        await asyncio.sleep(SECONDS)
        share = (time.process_time() - cpu) / (time.perf_counter() - began) * 100
        log = app.pane.state.runs[-1].log
        assert log is not None
        rate = (log.total - first) / (time.perf_counter() - began)
        keys = []
        for _ in range(10):
            await pilot.press("end", "pageup")
            for key in ("up", "up", "down", "up", "down"):
                keys.append(await _answered(app, key))
                await asyncio.sleep(0.03)
        await pilot.press("escape")
    note = f"{rate:,.0f} events/s arrived"
    Row("subscription shown, 1 000 events/s: share of a core", share, 30, "%", note=note).show()
    Row("subscription shown: events that arrived", rate, RATE * 0.95, "1/s", at_least=True).show()
    keys.sort()
    median = f"median {statistics.median(keys):.0f} ms"
    worst = keys[int(len(keys) * 0.95)]
    Row("subscription shown: 95 of 100 keys answered in", worst, 50, "ms", note=median).show()


def main() -> None:
    """Start the flood, measure, stop it."""
    flood = subprocess.Popen(
        [sys.executable, "-c", _FLOOD, str(RATE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert flood.stdin is not None
    assert flood.stdout is not None
    try:
        asyncio.run(measure(json.loads(flood.stdout.readline())))
    finally:
        flood.stdin.close()
        flood.wait(10)


if __name__ == "__main__":
    main()
