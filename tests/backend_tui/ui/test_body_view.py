"""A body on screen: every key does what it says, and nothing foreign reaches the terminal."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input, Static

from backend_tui.core.body.document import BodyDocument
from backend_tui.ui.body_lines import BodyLines
from backend_tui.ui.body_view import BodyView, readable_size

DATA = json.dumps(
    {"items": [{"id": n, "name": f"漢字 😀 {n}", "price": 1.5} for n in range(40)], "next": None},
    ensure_ascii=False,
).encode()


class Reader(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.copies: list[str] = []
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield BodyView()

    def copy_to_clipboard(self, text: str) -> None:
        self.copies.append(text)

    @property
    def view(self) -> BodyView:
        return self.query_one(BodyView)

    @property
    def lines(self) -> BodyLines:
        return self.query_one(BodyLines)

    def screen_text(self) -> list[str]:
        region = self.lines.size.region
        return [strip.text.rstrip() for strip in self.lines.render_lines(region)]

    def status(self) -> str:
        return str(self.query_one("#body-status", Static).content)


@pytest.fixture(autouse=True)
def _no_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)


async def show(pilot: Pilot[None], data: bytes, content_type: str = "") -> BodyDocument:
    app = pilot.app
    assert isinstance(app, Reader)
    document = await BodyDocument.of(data, content_type)
    await document.indexed()
    app.view.show(document)
    app.view.focus()
    await pilot.pause()
    return document


async def searched(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_json_is_shown_pretty_and_folds_by_key() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        document = await show(pilot, DATA, "application/json")
        assert app.screen_text()[:4] == ["▾ {", '▾   "items": [', "▾     {", '        "id": 0,']
        await pilot.press("down", "space")
        assert app.screen_text()[:4] == [
            "▾ {",
            '▸   "items": [ … ], 40 items',
            '    "next": null',
            "  }",
        ]
        await pilot.press("enter", "minus")
        await pilot.pause()
        assert app.lines.line_count() == 4
        await pilot.press("plus")
        assert app.lines.line_count() == document.json_rows.count  # type: ignore[union-attr]
        document.close()


async def test_the_status_line_names_the_path_the_kind_and_the_size() -> None:
    app = Reader()
    async with app.run_test(size=(100, 24)) as pilot:
        document = await show(pilot, DATA, "application/json")
        await pilot.press("down", "down", "down", "down")
        await pilot.pause()
        assert app.status().startswith("$.items[0].name")
        assert app.status().endswith("pretty · JSON · utf-8 · 2.1 kB · 205 lines")
        document.close()


async def test_search_counts_and_walks_and_unfolds() -> None:
    app = Reader()
    async with app.run_test(size=(100, 24)) as pilot:
        document = await show(pilot, DATA, "application/json")
        await pilot.press("minus", "slash", *"name", "enter")
        await searched(pilot)
        assert "/name  1 of 40" in app.status()
        await pilot.press("n", "n")
        assert "3 of 40" in app.status()
        assert app.lines.path() == "$.items[2].name"
        await pilot.press("N", "N", "N")
        assert "40 of 40" in app.status()
        await pilot.press("escape")
        await pilot.pause()
        assert app.lines.search is None
        await pilot.press("slash", *"nowhere", "enter")
        await searched(pilot)
        assert "not found" in app.status()
        document.close()


async def test_p_goes_round_and_stays_at_the_same_place() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        document = await show(pilot, b'{"a": [1,\n 2],\n "b": 3}', "application/json")
        await pilot.press("G", "up", "p")
        await pilot.pause(0.5)
        assert "raw · JSON" in app.status()
        assert app.screen_text()[:3] == ['{"a": [1,', " 2],", ' "b": 3}']
        assert app.lines.cursor == 2
        await pilot.press("p")
        assert app.screen_text()[0].startswith("00000000  7b 22 61")
        await pilot.press("p")
        await pilot.pause()
        assert "pretty · JSON" in app.status()
        document.close()


async def test_copy_gives_the_value_the_line_the_path_and_all_as_sent() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        data = b'{"a":  {"n": 1.10 , "s": "\\u001b"}}'
        document = await show(pilot, data, "application/json")
        await pilot.press("down", "y")
        await pilot.press("c", "p", "c", "a", "Y", "down", "c", "v", "c", "l")
        await pilot.pause()
        assert app.copies == [
            '{"n": 1.10 , "s": "\\u001b"}',
            "$.a",
            data.decode(),
            data.decode(),
            "1.10",
            '"n": 1.10 , ',
        ]
        document.close()


async def test_saving_writes_the_original_bytes_under_a_safe_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        document = await BodyDocument.of(b'{"caf\xe9":1}', "application/json")
        await document.indexed()
        app.view.show(document, disposition='attachment; filename="../../x.json"')
        app.view.focus()
        await pilot.pause()
        await pilot.press("S")
        assert app.query_one(Input).value == "x.json"
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert (tmp_path / "x.json").read_bytes() == b'{"caf\xe9":1}'
        document.close()


async def test_broken_json_says_where_and_the_key_leads_there() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        document = await show(pilot, b'{"a": 1,\n "b": [tru]}', "application/json")
        banner = str(app.query_one("#body-problem", Static).content)
        assert banner.startswith("✗ Not JSON from line 2, column 8: tru is not JSON")
        await pilot.press("e")
        assert app.screen_text()[app.lines.cursor].startswith("✗ ")
        document.close()


async def test_a_body_grows_on_screen_while_it_streams() -> None:
    app = Reader()
    async with app.run_test(size=(100, 24)) as pilot:
        document = BodyDocument.growing("application/json")
        app.view.show(document)
        await pilot.pause()
        assert str(app.query_one("#body-empty", Static).content) == "Waiting for the body …"
        document.append(DATA[:600])
        await pilot.pause(0.4)
        assert '        "id": 0,' in app.screen_text()
        assert "◌ arriving" in app.status()
        shown = app.lines.line_count()
        document.append(DATA[600:])
        document.finish()
        await document.indexed()
        await pilot.pause(0.4)
        assert app.lines.line_count() > shown
        assert "arriving" not in app.status()
        document.close()


async def test_a_large_body_is_on_screen_at_once_and_its_last_line_one_key_away() -> None:
    data = json.dumps([{"id": n, "text": "x" * 80} for n in range(100_000)]).encode()
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        document = await BodyDocument.of(data, "application/json")
        app.view.show(document)
        app.view.focus()
        await pilot.pause()
        assert '      "id": 0,' in app.screen_text()
        await document.indexed()
        await pilot.pause(0.2)
        await pilot.press("G")
        assert "  ]" in app.screen_text()
        assert app.lines.path() == "$"
        document.close()


async def test_a_binary_body_is_shown_as_bytes() -> None:
    app = Reader()
    async with app.run_test(size=(80, 24)) as pilot:
        document = await show(pilot, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png")
        assert app.lines.mode == "hex"
        assert app.screen_text()[0].startswith("00000000  89 50 4e 47")
        assert "PNG image" in app.status()
        document.close()


HOSTILE = st.one_of(
    st.binary(max_size=400),
    st.text(alphabet='\x1b]52;c\x07\x9b\u202e\ud800[/bold]{}":,\n\t\r 漢😀é', max_size=200).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
)


@settings(max_examples=6, deadline=None)
@given(
    st.lists(HOSTILE, min_size=3, max_size=3),
    st.sampled_from(["", "application/json", "text/html"]),
)
def test_no_byte_of_a_body_drives_the_terminal(bodies: list[bytes], content_type: str) -> None:
    async def read() -> None:
        app = Reader()
        async with app.run_test(size=(60, 20)) as pilot:
            for data in bodies:
                document = await show(pilot, data, content_type)
                for _ in range(3):
                    for text in [*app.screen_text(), app.status()]:
                        kinds = {unicodedata.category(character) for character in text}
                        assert not kinds & {"Cc", "Cs"}
                        assert "\u202e" not in text
                    await pilot.press("down", "p")
                await pilot.press("c", "escape", "slash", "a", "escape", "space", "minus")
                document.close()

    asyncio.run(read())


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (10_400_000, "10.4 MB")]
)
def test_sizes_read_well(size: int, words: str) -> None:
    assert readable_size(size) == words
