"""What the workbench's own HTTP cache holds: how old, how long fresh, for whom, how often used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from backend_tui.core.http_cache.listing import StoredAnswer
from backend_tui.core.http_cache.outcome import span
from backend_tui.core.secrets import mask_headers, mask_url
from backend_tui.core.text import clean_line, shorten
from backend_tui.core.units import bytes_text

_EMPTY = "Nothing stored yet: send a GET whose answer may be kept."
_HEAD = ("STATE", "AGE", "HITS", "SIZE", "URL")


class StoredList(OptionList):
    """One line an answer; Delete forgets it, `X` forgets all."""

    DEFAULT_CSS = """
    StoredList {
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,backspace", "forget", "Forget", tooltip="Drop the answers to this URL"),
        Binding("X", "clear", "Forget all", tooltip="Empty the HTTP cache"),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    @dataclass
    class Forgotten(Message):
        """Drop what is stored for the URL; empty: everything."""

        url: str

    def __init__(self) -> None:
        super().__init__(compact=True)
        self._stored: tuple[StoredAnswer, ...] = ()

    def on_mount(self) -> None:
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def show(self, stored: tuple[StoredAnswer, ...]) -> None:
        """Show what is stored; the mark stays where it was."""
        self._stored = stored
        if self.is_mounted:
            self._fill()

    def action_forget(self) -> None:
        if self._stored and self.highlighted:
            self.post_message(self.Forgotten(self._stored[self.highlighted - 1].url))

    def action_clear(self) -> None:
        self.post_message(self.Forgotten(""))

    def _fill(self) -> None:
        kept = self.highlighted
        self.clear_options()
        if not self._stored:
            self.add_option(Option(Text(_EMPTY, style="dim"), disabled=True))
            return
        state, age, hits, size, url = _HEAD
        head = f" {state:<17}{age:>6} {hits:>5} {size:>7}  {url}"
        self.add_option(Option(Text(head, style="dim", no_wrap=True), disabled=True))
        self.add_options([Option(self._line(each)) for each in self._stored])
        self.highlighted = min(max(kept or 1, 1), len(self._stored))

    def _line(self, each: StoredAnswer) -> Text:
        theme = self.app.current_theme
        is_fresh = each.fresh_s > 0
        state = f"● fresh {span(each.fresh_s)}" if is_fresh else f"○ stale {span(-each.fresh_s)}"
        if each.asks_always:
            state = "○ asks each time"
        url = clean_line(mask_url(each.url)).partition("://")[2]
        host, slash, path = url.partition("/")
        varied = mask_headers(tuple((name, value or "none") for name, value in each.varied))
        facts = [f"{name}: {value}" for name, value in varied]
        facts += ["own login"] if each.login else []
        words = f"  {clean_line(', '.join(facts))}" if facts else ""
        room = max(self.size.width - 42, 16)
        tone = theme.success if is_fresh and not each.asks_always else theme.warning
        return Text.assemble(
            (f" {state:<17}", tone or ""),
            f"{span(each.age_s):>6} {each.hits:>5} {bytes_text(each.size):>7}  ",
            shorten(f"{slash}{path or ''}" if slash else host, room),
            (words, "dim"),
            no_wrap=True,
        )
