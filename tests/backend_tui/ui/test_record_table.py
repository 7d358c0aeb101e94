"""The table of a live feed: nothing read moves, the newest is followed, floods are cheap."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from backend_tui.core.text import is_clean
from backend_tui.ui.record_table import Column, RecordTable
from backend_tui.ui.ring import Ring
from tests.backend_tui.journeys import HOSTILE


@dataclass(frozen=True)
class Entry:
    number: int
    text: str = "entry"


class Screen(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def compose(self) -> ComposeResult:
        columns = (
            Column[Entry](
                "no",
                lambda entry: (str(entry.number), "plain"),
                6,
                is_number=True,
                key=lambda entry: entry.number % 10,
            ),
            Column[Entry]("text", lambda entry: (entry.text, "muted"), 0),
            Column[Entry]("wide", lambda entry: ("wide", "good"), 5, above=100),
        )
        yield RecordTable(columns, capacity=100, empty="Nothing yet.")

    @property
    def table(self) -> RecordTable[Entry]:
        return self.query_one(RecordTable)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        self.told.append(("chosen", event.record.number))

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        self.told.append(event.record.number)

    def lines(self) -> list[str]:
        return [self.table.render_line(y).text for y in range(self.table.size.height)]


def entries(first: int, last: int) -> list[Entry]:
    return [Entry(number) for number in range(first, last)]


async def _filled(app: Screen, pilot: Pilot[None], count: int = 50) -> None:
    app.table.focus()
    app.table.extend(entries(0, count))
    app.table.flush()
    await pilot.pause()


async def test_an_empty_table_says_so() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("down", "enter", "s", "end")
        assert "Nothing yet." in app.lines()[1]
        assert app.table.highlighted is None
        assert app.told == []


async def test_the_newest_is_followed_until_the_person_looks_elsewhere() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        await _filled(app, pilot)
        assert app.table.highlighted == Entry(49)
        app.table.extend(entries(50, 60))
        app.table.flush()
        assert "59" in app.lines()[-1]
        await pilot.press("up")
        before = app.lines()
        app.table.extend(entries(60, 90))
        app.table.flush()
        await pilot.pause()
        assert app.lines() == before
        await pilot.press("end")
        assert app.table.is_following
        assert app.table.highlighted == Entry(89)


async def test_what_is_read_stays_when_the_oldest_leave() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        await _filled(app, pilot, 100)
        await pilot.press("up", "up", "up")
        before = app.lines()
        app.table.extend(entries(100, 150))
        app.table.flush()
        await pilot.pause()
        assert app.table.highlighted == Entry(96)
        assert app.lines() == before


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        (["up"], 48),
        (["k", "k"], 47),
        (["up", "down"], 49),
        (["k", "j"], 49),
        (["home"], 0),
        (["g", "j"], 1),
        (["g", "G"], 49),
        (["pageup"], 41),
        (["g", "pagedown"], 8),
    ],
)
async def test_keys_move_the_cursor(keys: list[str], number: int) -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        await _filled(app, pilot)
        await pilot.press(*keys)
        assert app.table.highlighted == Entry(number)
        await pilot.press("enter")
        assert app.told[-1] == ("chosen", number)


async def test_sorting_goes_round_and_turns() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        await _filled(app, pilot)
        await pilot.press("s")
        assert app.table.highlighted == Entry(9)
        assert "no↓" in app.lines()[0]
        await pilot.press("S")
        assert app.table.highlighted == Entry(0)
        assert "no↑" in app.lines()[0]
        await pilot.press("s")
        assert app.table.sort_column is None


async def test_a_click_moves_and_a_second_one_opens() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        await _filled(app, pilot, 5)
        await pilot.click(RecordTable, offset=(3, 2))
        assert app.table.highlighted == Entry(1)
        await pilot.click(RecordTable, offset=(3, 2))
        assert app.told[-1] == ("chosen", 1)


async def test_a_filter_shows_what_passes_also_of_what_comes() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        await _filled(app, pilot)
        app.table.set_filter(lambda entry: entry.number % 20 == 0)
        app.table.extend(entries(50, 70))
        app.table.flush()
        assert [entry.number for _, entry in app.table.ring.view()] == [0, 20, 40, 60]


async def test_hostile_and_wide_text_keeps_the_line_whole() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.extend([Entry(1, HOSTILE), Entry(2, "長い名前" * 20)])
        app.table.flush()
        await pilot.pause()
        for y in range(3):
            strip = app.table.render_line(y)
            assert strip.cell_length == app.table.scrollable_content_region.width
            assert is_clean(strip.text)
            assert "\n" not in strip.text


async def test_a_flood_is_drawn_in_few_refreshes() -> None:
    app = Screen()
    async with app.run_test(size=(40, 10)) as pilot:
        drawn = 0
        flush = app.table.flush

        def counted(force: bool = False) -> None:
            nonlocal drawn
            drawn += 1
            flush(force)

        app.table.flush = counted  # type: ignore[method-assign]
        for start in range(0, 50_000, 50):
            app.table.extend(entries(start, start + 50))
        assert drawn == 0
        assert len(app.table.ring) == 100
        assert app.table.ring.forgotten == 49_900
        app.table.flush()
        await pilot.pause()
        assert app.table.highlighted == Entry(49_999)


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=8),
    st.integers(1, 10),
    st.booleans(),
    st.booleans(),
)
def test_the_ring_holds_the_newest_that_pass(
    batches: list[list[int]], capacity: int, is_filtered: bool, is_sorted: bool
) -> None:
    ring: Ring[int] = Ring(capacity)
    if is_filtered:
        ring.filter(lambda number: number % 2 == 0)
    if is_sorted:
        ring.sort(lambda number: number)
    everything: list[int] = []
    for batch in batches:
        ring.extend(batch)
        everything += batch
        wanted = [n for n in everything[-capacity:] if not is_filtered or n % 2 == 0]
        shown = [record for _, record in ring.view()]
        assert shown == (sorted(wanted) if is_sorted else wanted)
        for at, (number, record) in enumerate(ring.view()):
            assert ring.place(number) == at
            assert everything[number] == record


def test_a_newer_state_takes_the_place_of_the_earlier() -> None:
    ring: Ring[tuple[str, int]] = Ring(3, identity=lambda record: record[0])
    ring.extend([("a", 1), ("b", 1), ("a", 2), ("c", 1), ("d", 1), ("b", 2), ("a", 3)])
    assert [record for _, record in ring.view()] == [("c", 1), ("d", 1), ("a", 3)]
