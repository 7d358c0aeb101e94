"""Two answers to the same request, line by line: what went (-), what came (+)."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from backend_tui.panes.rest.difference import DiffLine

_STYLES: Final = {
    " ": "$text-muted",
    "-": "$text-error on $error 12%",
    "+": "$text-success on $success 12%",
    "@": "bold $text-secondary",
}
_MOST: Final = 3_000


class DiffView(VerticalScroll, can_focus=True):
    """Shows ready lines; the comparing is done elsewhere."""

    DEFAULT_CSS = """
    DiffView { padding: 0 1; background: $background; scrollbar-size-vertical: 1; }
    DiffView > Static { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", tooltip="The difference as text"),
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[DiffLine, ...] = ()
        self._title = ""
        self._words = "Send the same request twice to compare the answers."

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def on_mount(self) -> None:
        self._draw()

    def show(self, title: str, lines: tuple[DiffLine, ...], words: str = "") -> None:
        """Show the lines under a title, or the words when there are none."""
        self._title, self.lines, self._words = title, lines, words
        if self.is_mounted:
            self.scroll_to(y=0, animate=False, immediate=True)
            self._draw()

    def action_copy(self) -> None:
        if self.lines:
            self.app.copy_to_clipboard("\n".join(f"{li.mark} {li.text}" for li in self.lines))
            self.notify("Copied the difference.", markup=False, timeout=2)

    def _draw(self) -> None:
        if not self.lines:
            shown = Content.styled(self._words, "$text-muted")
        else:
            parts = [Content.styled(self._title, "bold")]
            for line in self.lines[:_MOST]:
                mark = "" if line.mark == "@" else f"{line.mark} "
                parts.append(Content.styled(mark + line.text, _STYLES[line.mark]))
            if len(self.lines) > _MOST:
                rest = f"… {len(self.lines) - _MOST} lines more"
                parts.append(Content.styled(rest, "$text-muted"))
            shown = Content("\n").join(parts)
        self.query_one(Static).update(shown)
