"""The answer: one line that says how it went, then body, headers, journey, history, difference."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from backend_tui.core.exchange import Stopwatch
from backend_tui.core.secrets import mask_url
from backend_tui.core.text import clean_line
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.rest.model import RestState
from backend_tui.ui.sections import Sections

if TYPE_CHECKING:
    from backend_tui.core.body.document import BodyDocument
    from backend_tui.panes.rest.exchanges import Exchange
    from backend_tui.panes.rest.widgets.diff_view import DiffView
    from backend_tui.panes.rest.widgets.problem_card import ProblemCard
    from backend_tui.ui.body_view import BodyView
    from backend_tui.ui.journey_view import Journey
    from backend_tui.ui.span_detail import Plan

_DOCUMENTS: Final = 3
_TONES: Final = {
    "plain": "",
    "good": "$text-success",
    "warning": "bold $text-warning",
    "muted": "$text-muted",
}
WELCOME: Final = """\
[b]ctrl+j[/] sends the request above; Enter in the URL does too.

[b]r[/]       routes of the shop     [b]ctrl+l[/]  the URL
[b]ctrl+t[/]  the next method        [b]esc[/]     cancel
[b]B H J I D[/]  body, headers, journey, history, difference
[b]z[/]       more room              [b]?[/]       help

Send twice: the second journey shows the cache hit and no SQL.\
"""


class OutcomeLine(Static):
    """How the exchange on screen went, in one line."""

    DEFAULT_CSS = """
    OutcomeLine { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="rest-outcome")

    def show(self, exchange: Exchange | None, elapsed_us: int) -> None:
        """Show the exchange; `elapsed_us` is told while it runs."""
        self.update(Content("  ").join(outcome(exchange, elapsed_us)), layout=False)


def outcome(exchange: Exchange | None, elapsed_us: int) -> list[Content]:
    """Symbol and status first, then size and time, then what the server counted."""
    if exchange is None:
        return [Content.styled("○ Nothing sent yet", "$text-muted")]
    head = exchange.head
    status = f"{head.status} {head.reason}".strip() if head else ""
    tone = "bold $text-success" if (exchange.status or 0) < 400 else "bold $text-warning"
    size = bytes_text(exchange.size)
    if exchange.size and exchange.wire_bytes and exchange.wire_bytes != exchange.size:
        size = f"{size} ({bytes_text(exchange.wire_bytes)} sent)"
    total = duration_text(exchange.timings.total_us)
    match exchange.phase:
        case "sending":
            words = f"◌ Waiting for the answer  {seconds_text(elapsed_us)}"
            return [Content.styled(words, "$text-warning")]
        case "receiving":
            return [
                Content.styled(f"◌ {status}", "bold $text-warning"),
                Content(f"{size}  {seconds_text(elapsed_us)}"),
            ]
        case "cancelled":
            words = f"■ Cancelled after {size}" if head else "■ Cancelled before an answer"
            return [Content.styled(words, "bold $text-warning"), Content(status), Content(total)]
        case "failed":
            words = f"✗ {status}, broken off after {size}" if head else "✗ No answer"
            return [Content.styled(words, "bold $text-error"), Content(total)]
    symbol = "✓" if (exchange.status or 0) < 400 else "▲"
    parts = [Content.styled(f"{symbol} {status}", tone), Content(size), Content(total)]
    if exchange.cache is not None:
        kept = exchange.cache.is_stored or exchange.cache.forgotten
        parts.append(Content.styled(exchange.cache.words, _TONES["good" if kept else "warning"]))
    if exchange.trace is not None and exchange.trace.route:
        from backend_tui.core.counting import counter_texts

        counted = counter_texts(exchange.trace.counters)
        parts += [Content.styled(words, _TONES[kind]) for words, kind in counted if kind != "muted"]
    return parts


def seconds_text(us: int) -> str:
    """A time that still runs: tenths of a second are enough."""
    return f"{us / 1_000_000:.1f} s"


class AnswerBody(Vertical):
    """The body as it came; before the first answer, how to begin.

    What shows an answer is imported and made when the first one is awaited.
    """

    DEFAULT_CSS = """
    AnswerBody > #rest-welcome { padding: 1 2; color: $text-muted; height: 1fr; }
    AnswerBody > BodyView { display: none; height: 1fr; }
    AnswerBody.-has-body > BodyView { display: block; }
    AnswerBody.-has-body > #rest-welcome { display: none; }
    """

    card: ProblemCard | None = None
    view: BodyView | None = None

    def compose(self) -> ComposeResult:
        yield Static(Content.from_markup(WELCOME), markup=False, id="rest-welcome")

    async def furnish(self) -> None:
        """Make what shows an answer; once it stands, `card` and `view` are there."""
        from backend_tui.panes.rest.widgets.problem_card import ProblemCard
        from backend_tui.ui.body_view import BodyView

        card, view = ProblemCard(id="rest-problem"), BodyView(id="rest-answer")
        await self.mount(card, view)
        self.card, self.view = card, view


class ResponseSection(Vertical):
    """Draws the exchange on screen, and only the tab that is seen."""

    DEFAULT_CSS = """
    ResponseSection { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("B", "tab('body')", "Body", show=False),
        Binding("H", "tab('headers')", "Headers", show=False),
        Binding("J", "tab('journey')", "Journey", show=False),
        Binding("I", "tab('history')", "History", show=False),
    ]

    def __init__(self, plan: Plan | None = None) -> None:
        super().__init__(id="rest-response")
        self.state = RestState()
        self._is_furnishing = False
        self.stopwatch = Stopwatch()
        self._documents: OrderedDict[int, BodyDocument] = OrderedDict()
        self._drawn: dict[str, object] = {}
        self.sections = Sections(
            {
                "body": ("Body", AnswerBody),
                "headers": ("Headers", _headers_view),
                "journey": ("Journey", lambda: _journey_view(plan)),
                "history": ("History", _history_list),
                "diff": ("Diff", _diff_view),
                "stored": ("Stored", _stored_list),
            },
            id="rest-answer-sections",
        )
        self._titles = self.sections.strip.titles
        self.sections.strip.titles = self._titles[:-1]

    def compose(self) -> ComposeResult:
        yield OutcomeLine()
        yield self.sections

    async def on_unmount(self) -> None:
        for document in self._documents.values():
            document.close(keeps_original=True)

    def show(self, state: RestState) -> None:
        """Show the state's current exchange."""
        earlier, self.state = self.state, state
        before, exchange = earlier.current, state.current
        self.tick()
        is_news = earlier.stored != state.stored or earlier.is_caching != state.is_caching
        if exchange is not before or exchange is None or is_news:
            self._count()
        self._draw(self.sections.active)
        if exchange is not None and exchange.number in self._documents:
            self._documents[exchange.number].grew()

    def tick(self) -> None:
        """Tell the time that has passed while the exchange runs."""
        exchange = self.state.current
        running = exchange is not None and exchange.is_running
        elapsed = self.stopwatch.read().total_us if running else 0
        self.query_one(OutcomeLine).show(exchange, elapsed)

    async def open(self, tab: str, *, focus: bool = True) -> None:
        """Bring a tab to the front."""
        await self.sections.show(tab, focus=focus)

    async def search(self) -> None:
        """Ask what to search for in the body, if there is one."""
        await self.open("body")
        content = self.sections.content
        if isinstance(content, AnswerBody) and content.view is not None:
            content.view.action_ask("search")

    async def make_way(self, is_again: bool) -> None:
        """Leave the tabs that speak of earlier answers; the same request can still be compared."""
        about_earlier = ("history",) if is_again else ("history", "diff")
        if self.sections.active in about_earlier:
            await self.open("body", focus=False)

    async def action_tab(self, tab: str) -> None:
        await self.open(tab)

    def on_sections_shown(self, event: Sections.Shown) -> None:
        event.stop()
        self._drawn.pop(event.tab, None)
        self._draw(event.tab)

    def _draw(self, tab: str) -> None:
        content = self.sections.made(tab)
        if content is None or not content.is_mounted:
            return
        exchange = self.state.current
        before = self.state.before(exchange) if exchange else None
        if isinstance(content, AnswerBody):
            self._draw_body(content, exchange)
            return
        seen: dict[str, object] = {
            "headers": (exchange, exchange and exchange.head),
            "journey": (exchange and exchange.trace, before and before.trace),
            "history": (
                tuple((each.number, each.phase, each.trace) for each in self.state.exchanges),
                self.state.shown,
            ),
            "diff": (exchange and (exchange.number, exchange.phase), before),
            "stored": self.state.stored,
        }
        if self._is_news(tab, seen[tab]):
            self._fill(content, exchange, before)

    def _fill(self, content: Widget, exchange: Exchange | None, before: Exchange | None) -> None:
        """Show the exchange in a tab that was made."""
        from backend_tui.panes.rest.widgets.diff_view import DiffView
        from backend_tui.panes.rest.widgets.headers_view import HeadersView
        from backend_tui.panes.rest.widgets.history_list import HistoryList
        from backend_tui.panes.rest.widgets.stored_list import StoredList
        from backend_tui.ui.journey_view import JourneyView

        match content:
            case StoredList():
                content.show(self.state.stored)
            case HeadersView():
                content.show(exchange)
            case JourneyView():
                content.show(_journey(exchange), _journey(before))
            case HistoryList():
                content.show(self.state.exchanges, self.state.shown)
            case DiffView():
                self.run_worker(self._compare(content, exchange), exclusive=True, group="diff")

    def _is_news(self, tab: str, seen: object) -> bool:
        if tab in self._drawn and self._drawn[tab] == seen:
            return False
        self._drawn[tab] = seen
        return True

    def _draw_body(self, content: AnswerBody, exchange: Exchange | None) -> None:
        content.set_class(exchange is not None, "-has-body")
        if content.card is None or content.view is None:
            if exchange is not None and not self._is_furnishing:
                self._is_furnishing = True
                self.run_worker(self._furnish(content), group="furnish")
            return
        key = exchange and (exchange.number, exchange.head, exchange.phase)
        if not self._is_news("body", key):
            return
        from backend_tui.panes.rest.document import problem_of

        done = exchange is not None and not exchange.is_running
        problem = problem_of(exchange) if exchange is not None and done else None
        content.card.show(problem, exchange.status if exchange else None)
        if exchange is None:
            return
        if exchange.body is None:
            waits = "Waiting for the answer …" if exchange.is_running else "No answer arrived."
            content.view.clear(waits)
            return
        document = self._document(exchange)
        if content.view.document is not document:
            disposition = exchange.header("content-disposition")
            url = exchange.target.partition(" ")[2]
            content.view.show(document, disposition=disposition, url=url)
        else:
            content.view.look_again()

    async def _furnish(self, content: AnswerBody) -> None:
        await content.furnish()
        self._draw("body")

    def _document(self, exchange: Exchange) -> BodyDocument:
        """The body's document; those of other exchanges are let go when there are too many."""
        from backend_tui.core.body.document import BodyDocument

        found = self._documents.get(exchange.number)
        if found is None:
            assert exchange.body is not None
            found = BodyDocument(exchange.body, exchange.header("content-type"))
            self.run_worker(found.start(), group="document")
            self._documents[exchange.number] = found
        self._documents.move_to_end(exchange.number)
        while len(self._documents) > _DOCUMENTS:
            _, old = self._documents.popitem(last=False)
            old.close(keeps_original=True)
        return found

    async def _compare(self, view: DiffView, exchange: Exchange | None) -> None:
        before = self.state.before(exchange) if exchange else None
        if exchange is None or before is None or exchange.head is None:
            view.show("", (), "Send the same request twice to compare the answers.")
            return
        if exchange.is_running:
            view.show("", (), "Comparing once the answer is complete …")
            return
        from backend_tui.panes.rest.difference import compared

        lines = await asyncio.to_thread(compared, before, exchange)
        view.show(f"#{before.number} → #{exchange.number}  {_target(exchange)}", lines)

    def _count(self) -> None:
        exchange, kept = self.state.current, len(self.state.exchanges)
        headers = len(exchange.head.headers) if exchange and exchange.head else 0
        journey = ""
        if exchange is not None and exchange.trace is not None:
            journey = str(len(exchange.trace.spans))
        self.sections.strip.words = (
            ("headers", str(headers) if headers else ""),
            ("journey", journey),
            ("history", str(kept) if kept else ""),
            ("stored", str(len(self.state.stored)) if self.state.stored else ""),
        )
        has_store = self.state.is_caching or self.sections.active == "stored"
        titles = self._titles if has_store else self._titles[:-1]
        if titles != self.sections.strip.titles:
            self.sections.strip.titles = titles
            self.sections.strip.refresh()


def _headers_view() -> Widget:
    from backend_tui.panes.rest.widgets.headers_view import HeadersView

    return HeadersView()


def _journey_view(plan: Plan | None) -> Widget:
    from backend_tui.ui.journey_view import JourneyView

    return JourneyView(plan)


def _history_list() -> Widget:
    from backend_tui.panes.rest.widgets.history_list import HistoryList

    return HistoryList()


def _diff_view() -> Widget:
    from backend_tui.panes.rest.widgets.diff_view import DiffView

    return DiffView()


def _stored_list() -> Widget:
    from backend_tui.panes.rest.widgets.stored_list import StoredList

    return StoredList()


def _journey(exchange: Exchange | None) -> Journey | None:
    if exchange is None:
        return None
    from backend_tui.ui.journey_view import Journey

    return Journey(
        exchange.number,
        exchange.trace,
        exchange.trace_problem,
        is_traced=exchange.context is not None,
        total_us=exchange.timings.total_us,
        is_from_cache=exchange.is_from_cache,
    )


def _target(exchange: Exchange) -> str:
    return clean_line(mask_url(exchange.target))
