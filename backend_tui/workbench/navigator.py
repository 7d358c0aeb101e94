"""The list of panes with the state of each: a slim column, or one line on small terminals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from backend_tui.core.text import clean_line
from backend_tui.feature import Feature
from backend_tui.ui.pane import SYMBOLS, Condition
from backend_tui.workbench import frame
from backend_tui.workbench.pieces import content

_ABOVE: Final = 2  # the title and a blank line


class Navigator(Widget):
    """Shows every pane; a click chooses one. `-bar` makes it a single line of tabs."""

    DEFAULT_CSS = """
    Navigator {
        width: 18;
        height: 1fr;
        background: $panel;
        color: $foreground;
        &.-bar { width: 1fr; height: 1; dock: top; }
    }
    """

    entries: reactive[tuple[frame.Entry, ...]] = reactive((), repaint=False)
    chosen: reactive[str] = reactive("", repaint=False)

    @dataclass
    class Chosen(Message):
        """A pane was clicked."""

        name: str

    def __init__(self, features: tuple[Feature, ...]) -> None:
        super().__init__(id="navigator")
        self.set_reactive(
            Navigator.entries,
            tuple(frame.Entry(each.name, each.digit or "", each.title) for each in features),
        )
        if features:
            self.set_reactive(Navigator.chosen, features[0].name)

    def show_state(self, name: str, condition: Condition, words: str = "") -> None:
        """The symbol of a pane's condition, and at most two words where there is room."""
        self.entries = tuple(
            replace(each, symbol=SYMBOLS[condition], words=clean_line(words))
            if each.name == name
            else each
            for each in self.entries
        )

    def watch_entries(
        self, before: tuple[frame.Entry, ...], after: tuple[frame.Entry, ...]
    ) -> None:
        """Only the rows that have changed are drawn anew."""
        self._redraw({new.name for old, new in zip(before, after, strict=False) if old != new})

    def watch_chosen(self, before: str, after: str) -> None:
        """The row that was chosen before, and the one that is now."""
        self._redraw({before, after})

    def render(self) -> Content:
        if self.has_class("-bar"):
            return content(frame.tab_line(self.entries, self.chosen, self.size.width))
        title = content([(f" {frame.TITLE}", "title")])
        rows = [
            content(frame.navigator_line(each, each.name == self.chosen)) for each in self.entries
        ]
        return Content("\n").join([title, Content(""), *rows])

    def on_click(self, click: events.Click) -> None:
        if (name := self.name_at(click.x, click.y)) is not None:
            self.post_message(self.Chosen(name))

    def name_at(self, x: int, y: int) -> str | None:
        """The pane drawn at a cell of the widget, if any."""
        if self.has_class("-bar"):
            return frame.tab_at(self.entries, self.chosen, self.size.width, x)
        return self.entries[y - _ABOVE].name if _ABOVE <= y < len(self.entries) + _ABOVE else None

    def places(self) -> list[tuple[str, int, int]]:
        """Each pane's name with the cell of the screen where it is drawn."""
        x, y = self.region.offset
        if not self.has_class("-bar"):
            return [(each.name, x + 1, y + _ABOVE + i) for i, each in enumerate(self.entries)]
        found: dict[str, int] = {}
        for column in range(self.size.width):
            name = self.name_at(column, 0)
            if name is not None:
                found.setdefault(name, column)
        return [(name, x + column, y) for name, column in found.items()]

    def _redraw(self, names: set[str]) -> None:
        if self.has_class("-bar"):
            self.refresh()
            return
        for y, entry in enumerate(self.entries, _ABOVE):
            if entry.name in names:
                self.refresh(Region(0, y, self.size.width, 1))
