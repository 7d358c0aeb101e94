"""`traces follow`, `show` and `export` as programs use them."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest

from backend_tui.core.output import Output
from backend_tui.core.trace import parse_trace, trace_document
from backend_tui.panes.traces.client import StackTraceClient
from backend_tui.panes.traces.commands import _followed, _print
from backend_tui.panes.traces.drawing import journey_line, waterfall_text
from backend_tui.panes.traces.filter import parse_filter
from backend_tui.panes.traces.journey import Journey
from tests.backend_tui.journeys import failing, full, repeating
from tests.backend_tui.panes.traces.conftest import Shop


async def test_follow_prints_a_document_a_line_for_what_passes(shop: Shop) -> None:
    output = Output(io.StringIO(), io.StringIO())
    client = StackTraceClient(shop)
    items = _followed(client, is_from_start=True, otlp_port=0)
    chosen = parse_filter("path:/api/products")
    for path in ("/api/categories", "/api/products", "/api/products/7"):
        await shop.get(path)
    async with asyncio.timeout(20):
        await _print(output, items, chosen, count=2, as_json=True)
    assert isinstance(output.data, io.StringIO)
    assert isinstance(output.words, io.StringIO)
    documents = [json.loads(line) for line in output.data.getvalue().splitlines()]
    assert [each["path"] for each in documents] == ["/api/products", "/api/products/7"]
    assert documents[0]["source"] == "shop"
    assert documents[0]["counters"]["sql"] >= 1
    assert trace_document(parse_trace(documents[0])) == {
        key: value for key, value in documents[0].items() if key != "source"
    }
    assert "Following the journeys" in output.words.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_journey_is_drawn_as_text(width: int) -> None:
    text = waterfall_text(repeating(3), width)
    lines = text.splitlines()
    assert all(len(line) <= width for line in lines)
    assert "▲ N+1: 2 repeated" in lines[0]
    assert len(lines) == 2 + len(repeating(3).spans)


def test_a_line_says_the_counters_before_the_id() -> None:
    line = journey_line(Journey(full()))
    assert line.startswith("10:00:00.123 ✓ 200 GET    /api/products?page=2  1.83 ms  2 queries")
    assert line.endswith(full().trace_id)
    assert "✗ 500 PATCH" in journey_line(Journey(failing()))


def test_the_group_is_found_by_the_feature() -> None:
    from backend_tui.panes.traces.feature import FEATURE

    assert sorted(FEATURE.commands().commands) == ["export", "follow", "show"]
    assert (FEATURE.key, FEATURE.digit) == (None, None)
    assert not Path("exports").exists()
