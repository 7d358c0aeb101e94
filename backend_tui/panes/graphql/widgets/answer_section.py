"""What came back: the outcome in a line, then result, errors, events, journey, history, compare."""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from backend_tui.core.body.document import BodyDocument
from backend_tui.core.body.json_path import row_at_path
from backend_tui.core.body.json_rows import JsonRows
from backend_tui.core.body.source import BodySource
from backend_tui.core.exchange import Stopwatch
from backend_tui.panes.graphql.model import GraphqlState
from backend_tui.panes.graphql.run import Run
from backend_tui.panes.graphql.side_by_side import Screen
from backend_tui.panes.graphql.widgets.comparison_view import ComparisonView
from backend_tui.panes.graphql.widgets.errors_view import ErrorsView
from backend_tui.panes.graphql.widgets.outcome_line import OutcomeLine
from backend_tui.panes.graphql.widgets.run_list import RunList
from backend_tui.panes.graphql.widgets.stream_view import StreamView
from backend_tui.ui.body_view import BodyView
from backend_tui.ui.journey_view import Journey, JourneyView
from backend_tui.ui.sections import Maker, Sections
from backend_tui.ui.span_detail import Plan

_DOCUMENTS: Final = 3
_WELCOME_MARKUP: Final = """\
[b]ctrl+j[/] runs the operation under the cursor.

[b]ctrl+space[/] what fits here      [b]alt+l[/]  lay out
[b]alt+d[/]      schema and docs     [b]alt+n[/]  next problem
[b]alt+v[/]      write the variables [b]esc[/]    stop, or to the answer
[b]B E V J I X[/] result, errors, events, journey, history, compare

L switches the data loaders off: see N+1 in the journey.\
"""
WELCOME: Final = Content.from_markup(_WELCOME_MARKUP)


class AnswerBody(Vertical):
    """The result as it came; before the first run, how to begin."""

    DEFAULT_CSS = """
    AnswerBody > #graphql-welcome { padding: 0 2; color: $text-muted; height: 1fr; }
    AnswerBody > BodyView { display: none; height: 1fr; }
    """

    def compose(self) -> ComposeResult:
        yield Static(WELCOME, id="graphql-welcome")
        yield BodyView(id="graphql-result")


class AnswerSection(Vertical):
    """Draws the run on screen, and only the tab that is seen."""

    DEFAULT_CSS = """
    AnswerSection { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("B", "tab('result')", "Result", show=False),
        Binding("E", "tab('errors')", "Errors", show=False),
        Binding("V", "tab('events')", "Events", show=False),
        Binding("J", "tab('journey')", "Journey", show=False),
        Binding("I", "tab('history')", "History", show=False),
        Binding("X", "tab('compare')", "Compare", show=False),
    ]

    def __init__(self, screens: tuple[Screen, ...], plan: Plan | None = None) -> None:
        super().__init__(id="graphql-answer")
        self.state = GraphqlState()
        self.stopwatch = Stopwatch()
        self._documents: OrderedDict[tuple[int, int], BodyDocument] = OrderedDict()
        self._drawn: dict[str, object] = {}
        makers: dict[str, tuple[str, Maker]] = {
            "result": ("Result", AnswerBody),
            "errors": ("Errors", ErrorsView),
            "events": ("Events", StreamView),
            "journey": ("Journey", lambda: JourneyView(plan)),
            "history": ("History", RunList),
            "compare": ("Compare", lambda: ComparisonView(screens)),
        }
        self.sections = Sections(makers, id="graphql-answers")

    def compose(self) -> ComposeResult:
        yield OutcomeLine()
        yield self.sections

    async def on_unmount(self) -> None:
        for document in self._documents.values():
            document.close(keeps_original=True)

    def show(self, state: GraphqlState) -> None:
        """Show the state's current run."""
        before, self.state = self.state, state
        self.tick()
        if state.runs is not before.runs or state.current is not before.current:
            self._count()
        self._draw(self.sections.active)
        run = state.current
        if run is not None and run.shown_body is not None:
            document = self._documents.get((run.number, id(run.shown_body)))
            if document is not None:
                document.grew()

    def tick(self) -> None:
        """Tell the time that has passed while the run goes on."""
        run = self.state.current
        elapsed = self.stopwatch.read().total_us if run is not None and run.is_running else 0
        self.query_one(OutcomeLine).show(run, elapsed)

    async def open(self, tab: str, *, focus: bool = True) -> None:
        """Bring a tab to the front."""
        await self.sections.show(tab, focus=focus)

    async def action_tab(self, tab: str) -> None:
        await self.open(tab)

    def on_sections_shown(self, event: Sections.Shown) -> None:
        event.stop()
        self._drawn.pop(event.tab, None)
        self._draw(event.tab)

    def go_to_data(self, path: tuple[str | int, ...]) -> None:
        """Put the cursor on the value at a path of the result's data, as far as it goes."""
        lines = self.query_one(BodyView).lines
        if isinstance(lines.rows, JsonRows) and lines.document is not None:
            buffer = lines.document.text_buffer()
            lines.go_to_row(row_at_path(lines.rows, buffer, ("data", *path)))

    def _draw(self, tab: str) -> None:
        content = self.sections.made(tab)
        if content is None or not content.is_mounted:
            return
        state, run = self.state, self.state.current
        match content:
            case AnswerBody():
                self._draw_body(content, run)
            case ErrorsView():
                if self._is_news(tab, run and (run.number, run.phase, run.answer)):
                    content.show(run.answer if run else None, _errors_words(run))
            case StreamView():
                if self._is_news(tab, run and (run.number, run.log, len(run.patches))):
                    content.show(run)
            case JourneyView():
                before = _before(state, run)
                if self._is_news(tab, (run and run.trace, before and before.trace)):
                    content.show(_journey(run), _journey(before))
            case RunList():
                seen = tuple((each.number, each.phase, each.trace) for each in state.runs)
                if self._is_news(tab, (seen, state.shown)):
                    content.show(state.runs, state.shown)
            case ComparisonView():
                told = state.comparison
                if self._is_news(tab, told):
                    content.show(told.found, told.problem, told.is_busy)

    def _is_news(self, tab: str, seen: object) -> bool:
        if tab in self._drawn and self._drawn[tab] == seen:
            return False
        self._drawn[tab] = seen
        return True

    def _draw_body(self, content: AnswerBody, run: Run | None) -> None:
        source = run.shown_body if run is not None else None
        if not self._is_news("result", run and (run.number, source and id(source), run.phase)):
            return
        view = content.query_one(BodyView)
        view.display = run is not None
        content.query_one("#graphql-welcome").display = run is None
        if run is None:
            return
        if source is None:
            view.clear(_body_words(run))
            return
        document = self._document(run, source)
        if view.document is not document:
            view.show(document, url=run.draft.endpoint)
        else:
            view.look_again()

    def _document(self, run: Run, source: BodySource) -> BodyDocument:
        """The body's document; those of other runs are let go when there are too many."""
        key = (run.number, id(source))
        found = self._documents.get(key)
        if found is None:
            kind = "application/json" if run.merged is source else run.header("content-type")
            found = BodyDocument(source, kind)
            self.run_worker(found.start(), group="document")
            self._documents[key] = found
        self._documents.move_to_end(key)
        while len(self._documents) > _DOCUMENTS:
            _, old = self._documents.popitem(last=False)
            old.close(keeps_original=True)
        return found

    def _count(self) -> None:
        run, kept = self.state.current, len(self.state.runs)
        errors = run.answer.problem_count if run is not None and run.answer else 0
        events = ""
        if run is not None:
            events = f"{run.log.total:,}" if run.log is not None else str(len(run.patches) or "")
        spans = str(len(run.trace.spans)) if run is not None and run.trace else ""
        self.sections.strip.words = (
            ("errors", str(errors) if errors else ""),
            ("events", events),
            ("journey", spans),
            ("history", str(kept) if kept else ""),
        )


def _before(state: GraphqlState, run: Run | None) -> Run | None:
    """The last answered run before this one of the same operation."""
    if run is None:
        return None
    return next(
        (
            each
            for each in reversed(state.runs)
            if each.number < run.number
            and each.answer is not None
            and each.draft.document == run.draft.document
            and (each.operation and each.operation.name) == (run.operation and run.operation.name)
        ),
        None,
    )


def _journey(run: Run | None) -> Journey | None:
    if run is None:
        return None
    return Journey(
        run.number,
        run.trace,
        run.trace_problem,
        is_traced=run.context is not None,
        total_us=run.timings.total_us,
    )


def _errors_words(run: Run | None) -> str:
    if run is None:
        return "Nothing run yet."
    if run.answer is None:
        return "No answer yet." if run.is_running else "No answer, so no errors of the server."
    if run.answer.verdict == "not GraphQL":
        return f"✗ Not GraphQL. {run.answer.words}"
    return "✓ The answer has no errors."


def _body_words(run: Run) -> str:
    if run.is_subscription:
        return "A subscription has no result: its events stand under Events (V)."
    return "Waiting for the answer …" if run.is_running else "No answer arrived."
