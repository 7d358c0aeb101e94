"""A million keys browsed: first page, event loop meanwhile, key press to frame, memory.

A real Valkey is filled by DEBUG POPULATE; the section of keys stands alone in a headless app.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from pathlib import Path
from typing import Final

from textual.events import Key

from backend_tui.workbench.collecting import QuietCollector
from tests.backend_tui.panes.cache.server.stack_with import Desk, StackWith, keys_desk
from tests.bench.row import Row
from tests.real_caches import running

KEYS: Final = 1_000_000
PRESSES: Final = 120


async def _tick(late: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.002)
        late.append(1000 * (time.perf_counter() - began - 0.002))


async def _answered(app: Desk, key: str) -> float:
    """Milliseconds from a key to the end of the frame in which the cursor is elsewhere."""
    keys, drawn = app.section.list, asyncio.Event()  # type: ignore[attr-defined]
    before = keys.cursor
    began = time.perf_counter()
    app.post_message(Key(key, None))
    while keys.cursor == before:  # noqa: ASYNC110 - the list tells of no event of its own
        await asyncio.sleep(0.001)
    app.screen.call_after_refresh(drawn.set)
    await drawn.wait()
    return (time.perf_counter() - began) * 1_000


async def _until_done(app: Desk) -> None:
    while app.section.state.phase == "scanning":  # type: ignore[attr-defined]  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def measure(url: str) -> None:
    """Print the rows."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        app = keys_desk(StackWith(url), Path(folder))
        app.animation_level = "none"
        late: list[float] = []
        pressed: list[float] = []
        began = time.perf_counter()
        async with app.run_test(size=(120, 40)) as pilot:
            keys = app.section.list  # type: ignore[attr-defined]
            while not keys.key_tree.height:
                await pilot.pause()
            cold = time.perf_counter() - began
            keys.focus()
            await pilot.press("t")
            collector = QuietCollector()
            collector.start()
            await _until_done(app)
            await pilot.pause(0.5)
            idle: list[float] = []
            ticker = asyncio.create_task(_tick(idle))
            await asyncio.sleep(1)
            ticker.cancel()
            began = time.perf_counter()
            app.section.action_again()  # type: ignore[attr-defined]
            while len(keys.key_tree) in (0, KEYS) or not keys.key_tree.height:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            first = time.perf_counter() - began
            ticker = asyncio.create_task(_tick(late))
            await _until_done(app)
            whole = time.perf_counter() - began
            ticker.cancel()
            app.section.action_again()  # type: ignore[attr-defined]
            while len(keys.key_tree) in (0, KEYS) or not keys.key_tree.height:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            turn = 0
            while app.section.state.phase == "scanning":  # type: ignore[attr-defined]
                pressed.append(await _answered(app, ("pagedown", "down", "up")[turn % 3]))
                turn += 1
                await asyncio.sleep(0.02)
            await pilot.press("home", "t")
            await pilot.press("enter")
            while keys.key_tree.height < KEYS:
                await pilot.pause(0.01)
            for turn in range(PRESSES):
                key = ("pagedown", "down", "up", "pageup")[turn % 4]
                pressed.append(await _answered(app, key))
            pressed.append(await _answered(app, "end"))
            used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            kept = len(keys.key_tree)
    for each in (idle, late, pressed):
        each.sort()
    alone = f"{idle[len(idle) * 99 // 100]:.1f} ms with nothing to do"
    Row("keys on screen from nothing, library and screen included", cold, 2, "s").show()
    Row("first page of a million keys on screen", first, 0.5, "s").show()
    Row("a million keys scanned", whole, 20, "s", note=f"{kept} kept").show()
    Row(
        "event loop meanwhile: 99th percentile", late[len(late) * 99 // 100], 16, "ms", note=alone
    ).show()
    Row("event loop meanwhile: longest", late[-1], 100, "ms").show()
    Row("key press among a million: 95th", pressed[len(pressed) * 95 // 100], 50, "ms").show()
    Row("memory for a million keys", used / 1024, 250, "MB").show()


def main() -> None:
    options = ("--enable-debug-command", "yes")
    with running("valkey", *options) as server:
        import redis

        with redis.Redis(port=server.port, socket_timeout=60) as client:
            client.execute_command("DEBUG", "POPULATE", KEYS, "product", 32)
        asyncio.run(measure(server.url))


if __name__ == "__main__":
    main()
