"""One line of tabs with a word beside each; arrows and clicks choose, nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class TabStrip(Widget, can_focus=True):
    """`titles` are (id, title) in order; `words` say a little beside a title, such as a count."""

    DEFAULT_CSS = """
    TabStrip {
        height: 1;
        width: 1fr;
        color: $text-muted;
        background: $panel;
        &:focus { color: $foreground; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Previous tab", show=False),
        Binding("right", "step(1)", "Next tab", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The person chose a tab."""

        strip: TabStrip
        tab: str

        @property
        def control(self) -> TabStrip:
            return self.strip

    active: reactive[str] = reactive("")
    words: reactive[tuple[tuple[str, str], ...]] = reactive(())

    def __init__(self, titles: tuple[tuple[str, str], ...], *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.titles = titles
        self.set_reactive(TabStrip.active, titles[0][0])

    def render(self) -> Content:
        parts: list[Content] = []
        said = dict(self.words)
        for name, title in self.titles:
            label = f"{title} {said[name]}" if said.get(name) else title
            if name == self.active:
                mark = "▸" if self.has_focus else " "
                parts.append(Content.styled(f"{mark}{label} ", "bold $text-primary on $background"))
            else:
                parts.append(Content(f" {label} "))
        return Content(" ").join(parts)

    def action_step(self, step: int) -> None:
        names = [name for name, _ in self.titles]
        self._choose(names[(names.index(self.active) + step) % len(names)])

    def on_click(self, event: events.Click) -> None:
        said, left = dict(self.words), 0
        for name, title in self.titles:
            right = left + len(f"{title} {said[name]}" if said.get(name) else title) + 3
            if left <= event.x < right:
                self._choose(name)
                return
            left = right

    def _choose(self, name: str) -> None:
        self.active = name
        self.post_message(self.Chosen(self, name))
