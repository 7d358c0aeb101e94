"""The same screen of data by REST and by GraphQL: what each way cost, in two columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.graphql.side_by_side import Comparison, Screen, Side
from backend_tui.ui.tab_strip import TabStrip

_COLUMN: Final = 12
_MEASURES: Final[tuple[tuple[str, Callable[[Side], int], Callable[[int], str]], ...]] = (
    ("trips", lambda side: side.trips, str),
    ("bytes", lambda side: side.bytes, bytes_text),
    ("SQL statements", lambda side: side.statements, str),
    ("repeated statements", lambda side: side.duplicates, str),
    ("rows read", lambda side: side.rows, str),
    ("cache hits", lambda side: side.cache_hits, str),
    ("fields sent", lambda side: side.fields_sent, str),
    ("fields not shown", lambda side: len(side.over_fetched), str),
    ("fields missing", lambda side: len(side.under_fetched), str),
    ("time", lambda side: side.duration_us, duration_text),
)
_MORE_IS_BETTER: Final = frozenset({"cache hits"})


class ComparisonView(VerticalScroll, can_focus=False):
    """Left and right choose the screen, enter measures it; posts `Wanted`."""

    DEFAULT_CSS = """
    ComparisonView {
        padding: 0 1;
        scrollbar-size-vertical: 1;
        & > Static { height: auto; }
        & > TabStrip { background: $background; }
    }
    """
    HELP: ClassVar[str] = (
        "Enter fetches one screen of data twice, as a REST client would and as a GraphQL client "
        "would, and puts what was counted side by side. Counts are exact; time is of this machine."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "measure", "Measure", tooltip="Fetch it both ways and count"),
        Binding("e", "edit", "Edit", tooltip="Take the screen's query into the editor"),
    ]

    @dataclass
    class Wanted(Message):
        """Measure this screen, or take its query into the editor."""

        screen: Screen
        is_edit: bool = False

    def __init__(self, screens: tuple[Screen, ...]) -> None:
        super().__init__()
        self._screens = {each.name: each for each in screens}
        self._comparison: Comparison | None = None
        self._problem: BackendError | None = None
        self._is_busy = False

    def compose(self) -> ComposeResult:
        titles = tuple((name, name.capitalize()) for name in self._screens)
        yield TabStrip(titles, id="comparison-screens")
        yield Static(markup=False, id="comparison-table")

    def on_mount(self) -> None:
        self._draw()

    @property
    def screen_chosen(self) -> Screen:
        """The screen of data in front."""
        return self._screens[self.query_one(TabStrip).active]

    def show(
        self, comparison: Comparison | None, problem: BackendError | None, is_busy: bool
    ) -> None:
        """Show what was measured last."""
        self._comparison, self._problem, self._is_busy = comparison, problem, is_busy
        if self.is_mounted:
            self._draw()

    def on_tab_strip_chosen(self, event: TabStrip.Chosen) -> None:
        event.stop()
        self._draw()

    def action_measure(self) -> None:
        self.post_message(self.Wanted(self.screen_chosen))

    def action_edit(self) -> None:
        self.post_message(self.Wanted(self.screen_chosen, is_edit=True))

    def _draw(self) -> None:
        screen = self.screen_chosen
        found = self._comparison
        if self._is_busy:
            said = Content.styled("◌ Fetching the screen both ways …", "$text-warning")
        elif self._problem is not None:
            words = (self._problem.what, self._problem.why, self._problem.hint)
            said = Content.styled(clean(" ".join(filter(None, words))), "$text-error")
        elif found is not None and found.screen.name == screen.name:
            said = table(found)
        else:
            trips = "\n".join(f"  GET {clean_line(path)}" for path in screen.paths)
            said = Content.assemble(
                "enter fetches this screen both ways and counts.\n\n",
                ("By REST:\n", "bold"),
                f"{trips}\n\n",
                ("By GraphQL:\n", "bold"),
                clean(screen.document),
            )
        title = Content.styled(clean_line(screen.title), "bold")
        self.query_one("#comparison-table", Static).update(Content("\n").join([title, said]))


def table(found: Comparison) -> Content:
    """A line a measure; the better side is bold and marked."""
    head = f"{'':<22}{'REST':>{_COLUMN}}{'GraphQL':>{_COLUMN + 2}}"
    lines = [Content.styled(head, "$text-muted")]
    for name, read, shown in _MEASURES:
        rest, graphql = read(found.rest), read(found.graphql)
        if rest == graphql == 0:
            continue
        best = (max if name in _MORE_IS_BETTER else min)(rest, graphql)
        parts: list[Content] = [Content(f"{name:<22}")]
        for value in (rest, graphql):
            is_best = value == best and rest != graphql
            tone = "bold $text-success" if is_best else ""
            mark = " ●" if is_best else "  "
            parts.append(Content.styled(f"{shown(value):>{_COLUMN}}{mark}", tone))
        if rest and graphql and rest != graphql:
            factor = max(rest, graphql) / min(rest, graphql)
            parts.append(Content.styled(f"{factor:>6.1f} times", "$text-muted"))
        lines.append(Content("").join(parts))
    for side in (found.rest, found.graphql):
        for words, names in (
            ("sends and nobody shows", side.over_fetched),
            ("lacks", side.under_fetched),
        ):
            if names:
                listed = shorten(clean_line(", ".join(names)), 600)
                lines.append(Content(""))
                lines.append(Content.styled(f"{clean_line(side.name)} {words}:", "bold"))
                lines.append(Content.styled(listed, "$text-muted"))
    return Content("\n").join(lines)
