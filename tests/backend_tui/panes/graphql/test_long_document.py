"""A document of megabytes in the editor: keys answer, and the words say what is not checked."""

from __future__ import annotations

import asyncio

import pytest

from backend_tui.panes.graphql.request import Draft
from backend_tui.panes.graphql.writing import LONGEST_READ, NOT_READ, read_document
from backend_tui.workbench.stall import StallMonitor
from tests.backend_tui.panes.graphql.test_pane import running, until
from tests.backend_tui.stack_at import StackAt

LINE = "query Q { products(first: 2) { nodes { name revenue tags { name } } } }\n"
LONG = LINE * (5_000_000 // len(LINE))


async def test_a_document_beyond_the_bound_is_left_to_the_run() -> None:
    read, meant = await read_document(Draft(document=LONG), 0, None, None)
    assert (read.operations, read.diagnosis, meant) == ((), NOT_READ, None)
    short = LINE * (LONGEST_READ // len(LINE) // 10)
    read, meant = await read_document(Draft(document=short), 0, None, None)
    assert len(read.operations) == LONGEST_READ // len(LINE) // 10
    assert meant == read.operations[0]


@pytest.mark.alone
async def test_keys_in_five_megabytes_stall_nothing(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        editor = pane._desk.document
        editor.become(LONG)
        await until(pilot, lambda: pane._desk._checked == (LONG, pane.state.draft.variables))
        assert "checked on run" in str(editor.border_subtitle)
        editor.move_cursor((0, 7))
        with StallMonitor(limit=0.1) as monitor:
            for key in "abcdef":
                await pilot.press(key)
            wanted = LONG.replace("Q", "Qabcdef", 1)
            await until(pilot, lambda: editor.text[:20] == wanted[:20])
            await until(pilot, lambda: (pane._desk._checked or ("",))[0][:20] == wanted[:20])
            await asyncio.sleep(0)
        assert monitor.stalls == []
