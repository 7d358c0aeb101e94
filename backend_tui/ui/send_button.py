"""The button that sends, and while a request is under way stops it and counts."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class SendButton(Widget):
    """`progress` is empty while nothing runs, else a few words such as “1.2 s  34 kB”."""

    DEFAULT_CSS = """
    SendButton {
        width: auto;
        min-width: 8;
        height: 1;
        padding: 0 2;
        background: $primary;
        color: $background;
        text-style: bold;
        &.-running { background: $warning 25%; color: $text-warning; }
    }
    """

    class Pressed(Message):
        """Do it, or cancel what runs."""

    progress: reactive[str] = reactive("", layout=True)

    def __init__(self, word: str = "Send", *, id: str | None = None) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self._word = word

    def render(self) -> Content:
        return Content(f"✗ Cancel  {self.progress}" if self.progress else self._word)

    def watch_progress(self, progress: str) -> None:
        self.set_class(bool(progress), "-running")

    def on_click(self) -> None:
        self.post_message(self.Pressed())
