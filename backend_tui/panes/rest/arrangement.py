"""How the REST pane is laid out: routes beside, the request above, the answer beneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from backend_tui.panes.rest.widgets.request_section import RequestSection
from backend_tui.panes.rest.widgets.response_section import ResponseSection
from backend_tui.panes.rest.widgets.routes_tree import RoutesTree
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Pane

if TYPE_CHECKING:
    from backend_tui.ui.span_detail import Plan

WIDE = 96


class RestArrangement(Pane):
    """The parts in their places, where the focus goes, and what a narrow terminal leaves out."""

    DEFAULT_CSS = """
    RestArrangement {
        & #rest-columns { height: 1fr; }
        & #rest-work { width: 1fr; height: 1fr; }
        & #rest-gap { height: 1; color: $text-muted; }
        & #rest-editor { height: 8; }
        & RoutesTree { display: none; border-right: solid $panel; }
        &.-routes RoutesTree { display: block; }

        &.-narrow #rest-editor { height: 1; overflow: hidden; }
        &.-narrow #rest-editor.-editing { height: 8; }
        &.-narrow RoutesTree { width: 36; }

        &.-zoomed RequestSection { display: none; }
        &.-zoomed RoutesTree { display: none; }
    }
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(name="rest")
        self._plan = plan

    def compose(self) -> ComposeResult:
        with Horizontal(id="rest-columns"):
            yield RoutesTree(id="rest-routes")
            with Vertical(id="rest-work"):
                yield RequestSection()
                yield ErrorBanner()
                yield ResponseSection(self._plan)

    @property
    def _request(self) -> RequestSection:
        return self.query_one(RequestSection)

    @property
    def _response(self) -> ResponseSection:
        return self.query_one(ResponseSection)

    def focus_first(self) -> None:
        """Work begins at the URL: with the very next key, where that is possible."""
        url = self._request.url
        if url.focusable:
            self.screen.set_focus(url)
        else:
            url.focus()

    def on_resize(self, event: events.Resize) -> None:
        narrow = event.size.width < WIDE
        if narrow != self.has_class("-narrow"):
            self.set_class(narrow, "-narrow")
            self._note_focus()
        if not self.has_class("-sized"):
            self.add_class("-sized")
            self.set_class(not narrow, "-routes")

    def on_descendant_focus(self) -> None:
        self._note_focus()

    def on_descendant_blur(self) -> None:
        self._note_focus()

    def _note_focus(self) -> None:
        focused = self.screen.focused
        editor = self._request.sections
        above = focused.ancestors_with_self if focused is not None else ()
        editor.set_class(self.has_class("-narrow") and editor in above, "-editing")
        if self.has_class("-narrow") and focused and self.query_one(RoutesTree) not in above:
            self.remove_class("-routes")

    def action_url(self) -> None:
        """To the URL, at the end of what is written."""
        self.remove_class("-zoomed")
        self._request.focus_url()

    def action_edit(self) -> None:
        """Into the editor of the tab in front."""
        self.remove_class("-zoomed")
        self._request.sections.focus_content()

    async def action_open(self, tab: str) -> None:
        """Bring a tab of the answer to the front."""
        await self._response.open(tab)

    async def action_search(self) -> None:
        """Search the body."""
        await self._response.search()

    def action_zoom(self) -> None:
        """The answer alone, or everything again."""
        self.toggle_class("-zoomed")
        if self.has_class("-zoomed"):
            self._response.sections.focus_content()

    def _leave_routes(self) -> None:
        if self.has_class("-narrow"):
            self.remove_class("-routes")
        self._response.sections.focus_content()
