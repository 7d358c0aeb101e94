"""How the parts of the GraphQL pane stand: wide, narrow, while writing, zoomed, with the schema."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from backend_tui.panes.graphql.run import Run
from backend_tui.panes.graphql.side_by_side import SCREENS
from backend_tui.panes.graphql.widgets.answer_section import AnswerSection
from backend_tui.panes.graphql.widgets.endpoint_line import EndpointLine
from backend_tui.panes.graphql.widgets.schema_explorer import SchemaExplorer
from backend_tui.panes.graphql.widgets.writing_desk import WritingDesk
from backend_tui.ui.body_view import BodyView
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Pane
from backend_tui.ui.span_detail import Plan

WIDE: Final = 96


class Arrangement(Pane):
    """The editors above, the schema beside or beneath them, the answer below."""

    DEFAULT_CSS = """
    Arrangement {
        & #graphql-top { height: 45%; }
        & SchemaExplorer { display: none; width: 44%; border-left: solid $panel; }
        &.-schema SchemaExplorer { display: block; }

        &.-narrow #graphql-top { height: 7; }
        &.-narrow.-editing #graphql-top { height: 60%; }
        &.-narrow.-schema #graphql-top { height: 1fr; layout: vertical; }
        &.-narrow.-schema AnswerSection { display: none; }
        &.-narrow.-schema WritingDesk { height: 6; }
        &.-narrow SchemaExplorer { width: 1fr; border-left: none; }

        &.-zoomed #graphql-top { display: none; }
        &.-zoomed EndpointLine { display: none; }
    }
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(name="graphql")
        self._plan = plan

    def compose(self) -> ComposeResult:
        yield EndpointLine()
        with Horizontal(id="graphql-top"):
            yield WritingDesk()
            yield SchemaExplorer()
        yield ErrorBanner()
        yield AnswerSection(SCREENS, self._plan)

    @property
    def _endpoint(self) -> EndpointLine:
        return self.query_one(EndpointLine)

    @property
    def _desk(self) -> WritingDesk:
        return self.query_one(WritingDesk)

    @property
    def _explorer(self) -> SchemaExplorer:
        return self.query_one(SchemaExplorer)

    @property
    def _answer(self) -> AnswerSection:
        return self.query_one(AnswerSection)

    def focus_first(self) -> None:
        """Work begins in the document."""
        self._desk.document.focus()

    def on_resize(self, event: events.Resize) -> None:
        narrow = event.size.width < WIDE
        if narrow != self.has_class("-narrow"):
            self.set_class(narrow, "-narrow")
            self._note_focus()
        if not self.has_class("-sized"):
            self.add_class("-sized")
            self.set_class(not narrow, "-schema")

    def on_descendant_focus(self) -> None:
        self._note_focus()

    def on_descendant_blur(self) -> None:
        self._note_focus()

    def _note_focus(self) -> None:
        focused = self.screen.focused
        above = focused.ancestors_with_self if focused is not None else ()
        is_editing = self._desk in above or self._endpoint in above
        self.set_class(self.has_class("-narrow") and is_editing, "-editing")
        if focused is not self._desk.document:
            self._desk.popup.close()
        if self.has_class("-narrow") and focused and self._explorer not in above:
            self.remove_class("-schema")

    def action_url(self) -> None:
        """To the URL."""
        self.remove_class("-zoomed")
        self.query_one("#graphql-url").focus()

    async def action_edit(self) -> None:
        """To the document, as it was left."""
        self.remove_class("-zoomed")
        await self._desk.focus_editor()

    def action_transport(self) -> None:
        """The next transport."""
        self._endpoint.action_transport()

    def action_schema(self) -> None:
        """Show the schema and go there, or hide it."""
        focused = self.screen.focused
        if self.has_class("-schema") and focused and self._explorer in focused.ancestors:
            self._leave_schema()
            return
        self.remove_class("-zoomed")
        self.add_class("-schema")
        self._explorer.focus_rows()

    def _leave_schema(self) -> None:
        if self.has_class("-narrow"):
            self.remove_class("-schema")
        self._desk.document.focus()

    async def action_search(self) -> None:
        """Search the result."""
        await self._answer.open("result")
        self._answer.query_one(BodyView).action_ask("search")

    def action_zoom(self) -> None:
        """The answer alone, or everything again."""
        self.toggle_class("-zoomed")
        if self.has_class("-zoomed"):
            self._answer.sections.focus_content()

    async def action_open(self, tab: str) -> None:
        """Bring a tab of the answer to the front."""
        await self._answer.open(tab)

    def _tell_problem(self, run: Run | None) -> None:
        if run is not None and run.problem is not None:
            self.query_one(ErrorBanner).show(run.problem)
        else:
            self.clear_problem()
