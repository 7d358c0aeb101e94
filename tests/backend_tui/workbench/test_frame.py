"""The frame's own text: every line has its width, nothing that stands may move."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from backend_tui.workbench.frame import (
    NAVIGATOR_WIDTH,
    STANDING_HINTS,
    Entry,
    Service,
    hints_line,
    navigator_line,
    services_line,
    tab_at,
    tab_line,
)

TITLES = ["Guide", "REST", "GraphQL", "Django", "Database", "Cache", "Async", "Docker", "Pipeline"]
ENTRIES = (
    *(Entry(title.lower(), str(i), title) for i, title in enumerate(TITLES, start=1)),
    Entry("traces", "", "Traces"),
)
HINTS = (("^j", "send"), ("/", "search"), ("y", "copy"))
SERVICES = (
    Service("demo", "ready", "127.0.0.1:8765"),
    Service("cache", "restarting", "valkey 9.1"),
    Service("database", "failed", "disk full"),
    Service("docker", "absent"),
)


def text(pieces: Sequence[tuple[str, str]]) -> str:
    return "".join(part for part, _ in pieces)


@pytest.mark.parametrize("words", ["", "12 sent", "so many words that they find no room"])
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_navigator_line_is_exactly_as_wide_as_the_navigator(entry: Entry, words: str) -> None:
    said = Entry(entry.name, entry.digit, entry.title, "●", words)
    for is_chosen in (True, False):
        assert len(text(navigator_line(said, is_chosen))) == NAVIGATOR_WIDTH
    assert entry.title in text(navigator_line(said, True))


@pytest.mark.parametrize("width", [60, 80, 99])
@pytest.mark.parametrize("chosen", [each.name for each in ENTRIES])
def test_the_bar_always_shows_the_chosen_pane(width: int, chosen: str) -> None:
    line = text(tab_line(ENTRIES, chosen, width))
    assert len(line) == width
    assert next(each.title for each in ENTRIES if each.name == chosen) in line


def test_a_tab_is_found_where_it_is_drawn() -> None:
    line = text(tab_line(ENTRIES, "rest", 80))
    assert tab_at(ENTRIES, "rest", 80, line.index("GraphQL") + 2) == "graphql"
    assert tab_at(ENTRIES, "rest", 80, 0) is None


@pytest.mark.parametrize("width", [30, 40, 60, 120])
def test_services_fit_and_each_says_its_condition_by_a_symbol(width: int) -> None:
    line = text(services_line(SERVICES, width))
    assert len(line) <= width
    assert [symbol for symbol in line if symbol in "●◌✗○"] == ["●", "◌", "✗", "○"]


@pytest.mark.parametrize("width", [34, 42, 80])
def test_standing_hints_stay_where_they_are_whatever_has_focus(width: int) -> None:
    calm = text(hints_line((), STANDING_HINTS, width))
    busy = text(hints_line(HINTS, STANDING_HINTS, width))
    assert len(calm) == len(busy) == width
    tail = calm.strip()
    assert busy.rstrip().endswith(tail)
    assert tail == "  ".join(f"{key} {word}" for key, word in STANDING_HINTS)


def test_the_nearest_hints_are_kept_when_there_is_little_room() -> None:
    long = (("^j", "send"), ("y", "copy everything there is"))
    line = text(hints_line(long, STANDING_HINTS, 46))
    assert "send" in line
    assert "copy" not in line
