"""The method: arrows step through the usual ones, a letter chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from backend_tui.core.text import clean_line, shorten
from backend_tui.panes.rest.request import METHODS

COLOURS: Final = {
    "GET": "$text-success",
    "HEAD": "$text-success",
    "OPTIONS": "$text-muted",
    "POST": "$text-primary",
    "PUT": "$text-warning",
    "PATCH": "$text-warning",
    "DELETE": "$text-error",
}
_LETTERS: Final = {"g": "GET", "p": "POST", "u": "PUT", "a": "PATCH", "d": "DELETE"} | {
    "h": "HEAD",
    "o": "OPTIONS",
}


class MethodField(Widget, can_focus=True):
    """Shows one method; posts `Changed` when the person picks another."""

    DEFAULT_CSS = """
    MethodField {
        width: 10;
        height: 1;
        padding: 0 1;
        text-style: bold;
        background: $panel;
        &:focus { background: $primary 35%; }
    }
    """
    HELP: ClassVar[str] = (
        "Up and down step through the methods; g p u a d h o choose GET, POST, PUT, PATCH, DELETE, "
        "HEAD and OPTIONS."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,right,space", "step(1)", "Next method"),
        Binding("up,left", "step(-1)", "Previous method", show=False),
    ]

    @dataclass
    class Changed(Message):
        """Another method was chosen."""

        method: str

    method: reactive[str] = reactive("GET")

    def render(self) -> Content:
        shown = shorten(clean_line(self.method), 7)
        return Content.assemble((shown, COLOURS.get(self.method, "")), (" ▾", "$text-muted"))

    def action_step(self, step: int) -> None:
        place = METHODS.index(self.method) + step if self.method in METHODS else 0
        self._choose(METHODS[place % len(METHODS)])

    def on_key(self, event: events.Key) -> None:
        if event.key in _LETTERS:
            event.stop()
            self._choose(_LETTERS[event.key])

    def on_click(self) -> None:
        self.action_step(1)

    def _choose(self, method: str) -> None:
        self.method = method
        self.post_message(self.Changed(method))
