"""Bodies of any size are read off the event loop, first rows first."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_tui.core.body.document import BodyDocument
from backend_tui.core.body.json_path import json_path
from backend_tui.core.body.json_rows import JsonScanner

STALL = 0.1  # seconds; what fails the suite, on machines that do other work too


def products(count: int) -> bytes:
    rows = [
        {"id": n, "name": f"Prödukt {n}", "price": n * 1.1, "tags": ["a", "b"], "of": {"x": None}}
        for n in range(count)
    ]
    return json.dumps(rows, ensure_ascii=False).encode()


class Ticker:
    """How late the event loop was at worst while it was left to other work."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0.02)
        self.worst = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _tick(self) -> None:
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, time.perf_counter() - begin - 0.002)


@pytest.mark.alone
@pytest.mark.parametrize("count", [100_000, 600_000], ids=["10 MB", "60 MB"])
async def test_a_large_body_is_shown_at_once_and_never_stalls_the_loop(count: int) -> None:
    data = products(count)
    async with Ticker() as ticker:
        began = time.perf_counter()
        document = await BodyDocument.of(data, "application/json")
        first = time.perf_counter() - began
        rows = document.json_rows
        assert rows is not None
        assert rows.count >= 1000
        if count == 100_000:
            await document.indexed()
            assert document.json_rows is not None
            assert document.json_rows.count == 12 * count + 2
            at = document.json_rows.count - 3
            buffer = document.text_buffer()
            assert json_path(document.json_rows, buffer, at) == f"$[{count - 1}].of"
        else:
            await asyncio.sleep(1)
    document.close()
    assert first < 0.3
    assert ticker.worst < STALL


async def test_one_line_of_many_megabytes_hurts_nobody() -> None:
    data = json.dumps(["x" * 12_000_000]).encode()
    async with Ticker() as ticker:
        document = await BodyDocument.of(data, "application/json")
        await document.indexed()
        document.want_raw()
        lines = asyncio.Event()
        document.listen(lambda: lines.set() if document.text_rows.position == len(data) else None)
        await asyncio.wait_for(lines.wait(), 20)
    rows = document.json_rows
    assert rows is not None
    assert rows.problem is None
    assert rows.closers[1] == rows.count - 2
    assert ticker.worst < STALL
    document.close()


async def test_a_body_that_streams_grows_row_by_row_and_ends_as_the_whole() -> None:
    data = products(40_000)
    document = BodyDocument.growing("application/json")
    counts = []
    for start in range(0, len(data), 50_000):
        document.append(data[start : start + 50_000])
        await asyncio.sleep(0.002)
        counts.append(document.json_rows.count if document.json_rows else 0)
    document.finish()
    await document.indexed()
    assert document.json_rows is not None
    assert document.json_rows.problem is None
    assert document.json_rows.count == 12 * 40_000 + 2
    assert counts == sorted(counts)
    assert 0 < counts[len(counts) // 2] < document.json_rows.count
    assert document.original.read(0, len(data)) == data
    document.close()


async def test_a_partial_body_says_where_it_ends() -> None:
    document = BodyDocument.growing("application/json")
    document.append(b'{"items": [1, 2, {"na')
    document.finish()
    await document.indexed()
    rows = document.json_rows
    assert rows is not None
    assert rows.problem is not None
    assert rows.problem.words == "The text ends before the closing quote."
    assert rows.problem.column == 22
    document.close()


async def test_bytes_that_are_no_utf8_are_read_as_latin1_and_kept_as_sent() -> None:
    data = b'{"name": "caf\xe9"}'
    document = await BodyDocument.of(data, "application/json")
    await document.indexed()
    assert document.charset.label == "latin-1 (guess)"
    assert bytes(document.text_buffer()).decode() == '{"name": "café"}'
    assert document.original.read(0, 100) == data
    document.close()


async def test_utf16_json_is_read_through_its_bom() -> None:
    document = await BodyDocument.of('{"é": 1}'.encode("utf-16"), "application/json")
    await document.indexed()
    assert document.json_rows is not None
    assert document.json_rows.problem is None
    assert document.json_rows.count == 3
    document.close()


async def test_a_file_is_read_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "body"
    path.write_bytes(products(50))
    document = await BodyDocument.of(path, "application/json")
    await document.indexed()
    assert document.json_rows is not None
    assert document.json_rows.count == 12 * 50 + 2
    document.close()


async def test_the_child_and_the_thread_find_the_same_rows() -> None:
    data = products(25_000)
    document = await BodyDocument.of(data, "application/json")
    await document.indexed()
    scanner = JsonScanner()
    assert scanner.advance(data, len(data), is_final=True, most=1 << 20)
    rows = document.json_rows
    assert rows is not None
    for name in ("starts", "depths", "parents", "ordinals", "closers"):
        assert getattr(rows, name) == getattr(scanner.rows, name)
    document.close()


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=3000),
    st.sampled_from(
        ["", "application/json", "text/html", "text/plain; charset=utf-16", "image/png"]
    ),
    st.integers(1, 900),
)
def test_any_bytes_become_a_document(data: bytes, content_type: str, step: int) -> None:
    async def read() -> None:
        document = BodyDocument.growing(content_type)
        for start in range(0, len(data), step):
            document.append(data[start : start + step])
            await asyncio.sleep(0)
        document.finish()
        await document.indexed()
        assert document.is_indexed
        assert document.original.read(0, len(data)) == data
        document.close()

    asyncio.run(read())
