"""The requests of this run, newest first, to look at again or to send again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from backend_tui.core.secrets import mask_url
from backend_tui.core.text import clean_line, shorten
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.rest.exchanges import Exchange

_SYMBOLS = {"sending": "◌", "receiving": "◌", "cancelled": "■", "failed": "✗"}


class HistoryList(OptionList):
    """One line an exchange: number, time, outcome, what was asked, size, time, statements."""

    DEFAULT_CSS = """
    HistoryList {
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "resend", "Resend", tooltip="Send this request again as it was"),
        Binding("e", "edit", "Edit", tooltip="Take this request into the editor"),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """What to do with an exchange: look at it, send it again, edit it."""

        number: int
        wish: str

    def __init__(self) -> None:
        super().__init__(compact=True)
        self._exchanges: tuple[Exchange, ...] = ()
        self._shown: int | None = None

    def on_mount(self) -> None:
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def show(self, exchanges: tuple[Exchange, ...], shown: int | None) -> None:
        """Show the exchanges, a mark at the one on screen."""
        self._exchanges, self._shown = tuple(reversed(exchanges)), shown
        if self.is_mounted:
            self._fill()

    def action_resend(self) -> None:
        self._wish("resend")

    def action_edit(self) -> None:
        self._wish("edit")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._wish("look")

    def _wish(self, wish: str) -> None:
        if self.highlighted is not None and self._exchanges:
            self.post_message(self.Chosen(self._exchanges[self.highlighted].number, wish))

    def _fill(self) -> None:
        kept = self.highlighted
        self.clear_options()
        if not self._exchanges:
            self.add_option(Option(Text("Nothing sent yet.", style="dim"), disabled=True))
            return
        self.add_options([Option(self._line(each)) for each in self._exchanges])
        if kept is not None:
            self.highlighted = min(kept, len(self._exchanges) - 1)
        else:
            self.highlighted = 0

    def _line(self, exchange: Exchange) -> Text:
        mark = "▸" if exchange.number == self._shown else " "
        outcome = _SYMBOLS.get(exchange.phase) or str(exchange.status or "")
        theme = self.app.current_theme
        tone = theme.success if (exchange.status or 999) < 400 else theme.warning
        if exchange.phase in _SYMBOLS:
            tone = theme.error if exchange.phase == "failed" else theme.warning
        facts = f"{bytes_text(exchange.size):>7} {duration_text(exchange.timings.total_us):>8}"
        if exchange.trace is not None and exchange.trace.route:
            counters = exchange.trace.counters
            facts += f"  {counters.sql:>2} sql" + ("  ● hit" if counters.cache_hits else "  ○    ")
        room = max(self.size.width - len(facts) - 30, 16)
        method, _, url = exchange.target.partition(" ")
        url = clean_line(mask_url(url.partition("://")[2].partition("/")[2] or url))
        url = url if url.startswith("/") else f"/{url}"
        return Text.assemble(
            f"{mark}{exchange.number:>3} {exchange.at:%H:%M:%S} ",
            (f"{outcome:<4}", tone or ""),
            f"{method:<7} {shorten(url, room):<{room}} ",
            (facts, "dim"),
            no_wrap=True,
        )
