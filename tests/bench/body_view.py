"""A body of 10 MB of JSON: on screen, key to frame, and the event loop meanwhile."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Final

from textual.app import App, ComposeResult

from backend_tui.core.body.document import BodyDocument
from backend_tui.ui.body_view import BodyView
from tests.bench.row import Row

ROUNDS: Final = 5


class _Reader(App[None]):
    def compose(self) -> ComposeResult:
        yield BodyView()


def _body(megabytes: int) -> bytes:
    item = {"id": 0, "name": "Enamel mug", "price": 18.9, "tags": ["kitchen", "blue"], "stock": 4}
    count = megabytes * 1_000_000 // (len(json.dumps(item)) + 4)
    return json.dumps([{**item, "id": number} for number in range(count)]).encode()


async def _tick(late: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.002)
        late.append(1000 * (time.perf_counter() - began - 0.002))


async def _measure() -> None:
    data, app = _body(10), _Reader()
    app.animation_level = "none"
    shown: list[float] = []
    keys: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        view = app.query_one(BodyView)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            document = await BodyDocument.of(data, "application/json")
            view.show(document)
            view.focus()
            while not any('"id"' in s.text for s in view.lines.render_lines(view.size.region)):
                await pilot.pause()
            shown.append(time.perf_counter() - began)
            await document.indexed()
            view.show(None)
            document.close()
        late: list[float] = []
        ticker = asyncio.create_task(_tick(late))
        document = await BodyDocument.of(data, "application/json")
        view.show(document)
        await document.indexed()
        ticker.cancel()
        await pilot.pause(0.3)
        view.focus()
        for turn in range(60):
            began = time.process_time()
            await pilot.press("pagedown" if turn % 2 else "down")
            keys.append(1000 * (time.process_time() - began))
        view.show(None)
        document.close()
    Row("10 MB of JSON on screen", statistics.median(shown), 0.3, "s").show()
    late.sort()
    Row(
        "event loop while 10 MB load: 99th percentile", late[len(late) * 99 // 100], 16, "ms"
    ).show()
    Row("processor time of a key in 10 MB: median", statistics.median(keys), 20, "ms").show()


def main() -> None:
    asyncio.run(_measure())


if __name__ == "__main__":
    main()
