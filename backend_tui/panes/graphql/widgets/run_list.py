"""The runs of this session, newest first, to look at again, to run again, or to take back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from backend_tui.core.text import clean_line, shorten
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.graphql.run import Run

Wish = Literal["look", "rerun", "edit"]
_RUNNING: Final = {"sending": "◌", "receiving": "◌", "streaming": "●", "cancelled": "■"}


class RunList(OptionList):
    """One line a run: number, time, verdict, operation, size, time, statements."""

    DEFAULT_CSS = """
    RunList {
        border: none;
        padding: 0;
        background: $background;
        scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "wish('rerun')", "Run again", tooltip="Run it again as it was"),
        Binding("e", "wish('edit')", "Edit", tooltip="Take it into the editor; alt+z takes back"),
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """What to do with a run: look at it, run it again, edit it."""

        number: int
        wish: Wish

    def __init__(self) -> None:
        super().__init__(compact=True)
        self._runs: tuple[Run, ...] = ()
        self._shown: int | None = None

    def on_mount(self) -> None:
        self._fill()

    def on_resize(self) -> None:
        self._fill()

    def show(self, runs: tuple[Run, ...], shown: int | None) -> None:
        """Show the runs, a mark at the one on screen."""
        self._runs, self._shown = tuple(reversed(runs)), shown
        if self.is_mounted:
            self._fill()

    def action_wish(self, wish: Wish) -> None:
        if self.highlighted is not None and self._runs:
            self.post_message(self.Chosen(self._runs[self.highlighted].number, wish))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_wish("look")

    def _fill(self) -> None:
        kept = self.highlighted
        self.clear_options()
        if not self._runs:
            self.add_option(Option(Text("Nothing run yet.", style="dim"), disabled=True))
            return
        self.add_options([Option(self._line(each)) for each in self._runs])
        self.highlighted = min(kept or 0, len(self._runs) - 1)

    def _line(self, run: Run) -> Text:
        mark = "▸" if run.number == self._shown else " "
        theme = self.app.current_theme
        symbol, tone = _RUNNING.get(run.phase, ""), theme.warning
        if run.phase == "failed":
            symbol, tone = "✗", theme.error
        elif not symbol and run.answer is not None:
            symbol = run.answer.title[:1]
            tone = {"ok": theme.success, "partial": theme.warning}.get(
                run.answer.verdict, theme.error
            )
        elif not symbol:
            symbol, tone = "■", theme.success
        size = f"{run.log.total:,} events" if run.log is not None else bytes_text(run.size)
        facts = f"{size:>12} {duration_text(run.timings.total_us):>8}"
        if run.trace is not None and run.trace.route:
            facts += f"  {run.trace.counters.sql:>3} sql"
        name = run.operation.title if run.operation else run.draft.document.strip()
        room = max(self.size.width - len(facts) - 22, 12)
        name = shorten(clean_line(name), room)
        return Text.assemble(
            f"{mark}{run.number:>3} {run.at:%H:%M:%S} ",
            (f"{symbol} ", tone or ""),
            f"{name:<{room}} ",
            (facts, "dim"),
            no_wrap=True,
        )
