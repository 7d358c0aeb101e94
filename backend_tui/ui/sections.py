"""Tabs over one content at a time, each made when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from backend_tui.ui.tab_strip import TabStrip

Maker = Callable[[], Widget]


class Sections(Vertical):
    """`makers` maps a tab's id to its title and to the widget it shows."""

    DEFAULT_CSS = """
    Sections { height: 1fr; width: 1fr; }
    Sections > .-content { height: 1fr; display: none; }
    Sections > .-content.-front { display: block; }
    """

    @dataclass
    class Shown(Message):
        """A tab's content is on screen now; `is_new` the first time."""

        sections: Sections
        tab: str
        is_new: bool

        @property
        def control(self) -> Sections:
            return self.sections

    def __init__(self, makers: dict[str, tuple[str, Maker]], *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self._makers = {name: make for name, (_, make) in makers.items()}
        self._made: dict[str, Widget] = {}
        titles = tuple((name, title) for name, (title, _) in makers.items())
        self.strip = TabStrip(titles, id=f"{id}-tabs")

    def compose(self) -> ComposeResult:
        yield self.strip
        first = self._make(self.strip.active)
        first.add_class("-front")
        yield first

    @property
    def active(self) -> str:
        return self.strip.active

    @property
    def content(self) -> Widget:
        """The widget on screen."""
        return self._made[self.active]

    def made(self, name: str) -> Widget | None:
        """The content of a tab when it was shown before."""
        return self._made.get(name)

    async def show(self, name: str, *, focus: bool = False) -> None:
        """Bring a tab's content on screen, perhaps with the focus in it."""
        is_new = name not in self._made
        self.strip.active = name
        content = self._made.get(name) or self._make(name)
        if is_new:
            await self.mount(content)
        for key, each in self._made.items():
            each.set_class(key == name, "-front")
        self.post_message(self.Shown(self, name, is_new))
        if focus:
            self.focus_content()

    def focus_content(self) -> None:
        """Put the focus into the content, or on the tabs when nothing there takes it."""
        for widget in (self.content, *self.content.query(Widget)):
            if widget.focusable and all(each.display for each in widget.ancestors_with_self):
                widget.focus()
                return
        self.strip.focus()

    async def on_tab_strip_chosen(self, message: TabStrip.Chosen) -> None:
        message.stop()
        await self.show(message.tab)

    def _make(self, name: str) -> Widget:
        content = self._makers[name]()
        content.add_class("-content")
        self._made[name] = content
        return content
