"""The routes of a server, folded by resource, with a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static, Tree

from backend_tui.core.text import clean_line
from backend_tui.panes.rest.model import RestState
from backend_tui.panes.rest.request import is_loopback

if TYPE_CHECKING:
    from backend_tui.panes.rest.routes import Route

_TONES = {
    "GET": "success",
    "HEAD": "success",
    "POST": "primary",
    "PUT": "warning",
    "PATCH": "warning",
    "DELETE": "error",
}
_MOST = 400


class RoutesTree(Vertical):
    """Posts `Chosen` for the route the person picks; `/` filters, escape takes the filter away."""

    DEFAULT_CSS = """
    RoutesTree {
        width: 30;
        height: 1fr;
        background: $surface;
        & > #routes-title { height: 1; padding: 0 1; color: $text-muted; background: $panel; }
        & > Input { height: 1; border: none; padding: 0 1; display: none; background: $panel; }
        & > Input.-shown { display: block; }
        & > Tree {
            height: 1fr;
            background: $surface;
            padding: 0;
            scrollbar-size-vertical: 1;
            scrollbar-size-horizontal: 0;
        }
    }
    """
    HELP: ClassVar[str] = "Enter on a route writes it into the request; on a resource it folds."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", tooltip="Show only routes with these words"),
        Binding("escape", "leave", "Back", show=False),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """The person wants this route."""

        route: Route

    class Left(Message):
        """The person is done with the routes."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.routes: tuple[Route, ...] = ()
        self._filter: Input | None = None
        self._listing: Tree[Route] | None = None

    def compose(self) -> ComposeResult:
        yield Static("Routes", markup=False, id="routes-title")

    @property
    def listing(self) -> Tree[Route]:
        """The routes to move in; made when there is something to show or somebody comes."""
        if self._listing is None:
            self._listing = Tree("routes")
            self._listing.show_root = False
            self._listing.guide_depth = 2
            self.mount(self._listing)
        return self._listing

    def show(self, routes: tuple[Route, ...], words: str) -> None:
        """Show the routes; `words` stand above them."""
        self.query_one("#routes-title", Static).update(words)
        if routes is not self.routes:
            self.routes = routes
            self._fill()

    def focus_tree(self) -> None:
        """Put the focus on the routes, the cursor on the first of them at first."""
        self.listing.cursor_line = max(self.listing.cursor_line, 0)
        self.listing.focus()

    def action_filter(self) -> None:
        if self._filter is None:
            self._filter = Input(placeholder="filter: words", compact=True, select_on_focus=False)
            self.mount(self._filter, after="#routes-title")
        self._filter.add_class("-shown")
        self._filter.focus()

    def action_leave(self) -> None:
        field = self._filter
        if field is not None and field.has_class("-shown"):
            field.value = ""
            field.remove_class("-shown")
            self._fill()
            self.focus_tree()
        else:
            self.post_message(self.Left())

    def action_down(self) -> None:
        self.listing.action_cursor_down()

    def action_up(self) -> None:
        self.listing.action_cursor_up()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._fill()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_tree()
        tree = self.listing
        if event.value and tree.cursor_node is not None and tree.cursor_node.data is None:
            tree.cursor_line += 1

    def on_tree_node_selected(self, event: Tree.NodeSelected[Route]) -> None:
        event.stop()
        if event.node.data is not None:
            self.post_message(self.Chosen(event.node.data))

    def _fill(self) -> None:
        from backend_tui.panes.rest.routes import grouped, matching

        tree = self.listing
        words = self._filter.value if self._filter is not None else ""
        found = matching(self.routes, words)[:_MOST]
        tree.clear()
        groups = grouped(found)
        for name, members in groups.items():
            stem = common_stem(members)
            label = Text.assemble((clean_line(name), "bold"), (f"  {stem}", "dim"), no_wrap=True)
            is_open = bool(words) or len(groups) == 1
            node = tree.root.add(label, expand=is_open)
            for route in members:
                tone = getattr(self.app.current_theme, _TONES.get(route.method, ""), None)
                node.add_leaf(route_label(route, stem, tone or ""), route)
        tree.root.expand()
        if words:
            tree.cursor_line = 0


def common_stem(routes: tuple[Route, ...]) -> str:
    """The first path segment when all the routes share it and go on after it, else nothing."""
    first = {route.path.split("/", 2)[1] for route in routes}
    goes_on = all(route.path.count("/") > 1 for route in routes)
    return f"/{first.pop()}" if len(first) == 1 and goes_on else ""


def route_label(route: Route, stem: str, tone: str) -> Text:
    """Method in its colour, then the path beneath the stem; a key marks what wants a login."""
    rest = route.path[len(stem) :]
    style = "strike dim" if route.is_deprecated else ""
    lock = ("  key", "dim") if route.needs_auth else ("", "")
    return Text.assemble((f"{route.method:<8}", tone), (rest, style), lock, no_wrap=True)


def routes_words(state: RestState) -> str:
    """What stands above the routes: how many, of whom, or why there are none."""
    if state.routes_problem is not None:
        return f"✗ {state.routes_problem.what}"
    host = state.base.partition("://")[2]
    if host and not is_loopback(state.base):
        return f"Routes {len(state.routes)} of {host}"
    return f"Routes {len(state.routes)}   / filter"
