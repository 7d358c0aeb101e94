"""The GraphQL pane by its keys, on the real shop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from backend_tui.core.authentication import BearerAuth
from backend_tui.core.clock import ManualClock
from backend_tui.core.place import Place
from backend_tui.core.text import is_clean
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.pane import GraphqlPane
from backend_tui.panes.graphql.widgets.comparison_view import ComparisonView
from backend_tui.panes.graphql.widgets.errors_view import ErrorList
from backend_tui.panes.graphql.widgets.run_list import RunList
from backend_tui.panes.graphql.widgets.schema_explorer import SchemaExplorer, SchemaRows
from backend_tui.panes.graphql.widgets.stream_view import StreamView
from backend_tui.ui.body_lines import BodyLines
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Pane
from backend_tui.ui.theme import CONTRAST_THEMES
from tests.backend_tui.core.raw_server import Talk, saying, serving
from tests.backend_tui.stack_at import StackAt

COUNT = "subscription Count { countdown(from: 5000, everyMilliseconds: 20) }"
REFUSED = "query Mine {\n  products(first: 2) {\n    nodes { name revenue }\n  }\n}"


class Frame(App[None]):
    """The pane alone, and what it told the frame."""

    def __init__(self, stack: StackAt, document: str | None) -> None:
        super().__init__()
        self.pane = GraphqlPane(client=StackGraphqlClient(stack), clock=ManualClock())
        self.document = document
        self.conditions: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        for theme in CONTRAST_THEMES:
            self.register_theme(theme)
        self.theme = "contrast-dark"
        self.pane.appear()
        self.pane.focus_first()
        if self.document is not None:
            self.pane._desk.document.become(self.document)

    def on_pane_state_changed(self, message: Pane.StateChanged) -> None:
        self.conditions.append(message.condition)


@asynccontextmanager
async def running(
    shop: StackAt, document: str | None = None, size: tuple[int, int] = (80, 22)
) -> AsyncIterator[tuple[GraphqlPane, Pilot[None]]]:
    """The pane in a terminal of that size, its schema loaded."""
    app = Frame(shop, document)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.pane.state.schema.status == "ready")
        if document is not None:
            await until(pilot, lambda: app.pane.state.draft.document == document)
        await until(pilot, lambda: app.pane._desk._checked is not None)
        yield app.pane, pilot


async def until(pilot: Pilot[None], is_so: Callable[[], bool]) -> None:
    """Wait for it, at most 20 s."""
    async with asyncio.timeout(20):
        while not is_so():
            await pilot.pause(0.02)
    await pilot.pause()


async def ran(pane: GraphqlPane, pilot: Pilot[None], *keys: str) -> None:
    """Press the keys and wait for a new run to end, with its journey."""
    number = pane.state.next_number
    await pilot.press(*keys)
    await until(pilot, lambda: is_followed(pane, number))


def is_followed(pane: GraphqlPane, number: int) -> bool:
    run = pane.state.run(number)
    if run is None or run.is_running:
        return False
    return run.trace is not None or run.request is None


def shown(pilot: Pilot[None]) -> str:
    """What is on screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strips[y].text for y in range(pilot.app.size.height))


async def test_a_query_runs_and_the_focus_goes_to_its_answer(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        assert pilot.app.focused is pane._desk.document
        await ran(pane, pilot, "ctrl+j")
        run = pane.state.current
        assert run is not None
        assert run.answer is not None
        assert run.answer.verdict == "ok"
        await until(pilot, lambda: '"totalCount"' in shown(pilot))
        assert "✓ ok  200 OK" in shown(pilot)
        assert "queries" in shown(pilot)
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        app = pilot.app
        assert isinstance(app, Frame)
        assert app.conditions[:2] == ["busy", "done"]


async def test_who_writes_on_keeps_the_focus(shop: StackAt) -> None:
    go_on = asyncio.Event()

    async def slow(talk: Talk) -> None:
        await go_on.wait()
        await talk.say(b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"data":null}')

    async with serving(slow) as server, running(shop, "{ a }") as (pane, pilot):
        pane.query_one("#graphql-url", Input).value = server.url("/graphql")
        await pilot.pause()
        await pilot.press("ctrl+j", "ctrl+end", "space")
        go_on.set()
        await until(pilot, lambda: bool(pane.state.runs) and not pane.state.runs[0].is_running)
        await pilot.pause(0.1)
        assert pilot.app.focused is pane._desk.document
        assert pane._desk.document.text == "{ a } "


async def test_each_run_key_runs(shop: StackAt) -> None:
    async with running(shop, "{ tags { name } }") as (pane, pilot):
        await ran(pane, pilot, "alt+enter")
        await ran(pane, pilot, "ctrl+j")
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await ran(pane, pilot, "R")
        assert [each.phase for each in pane.state.runs] == ["done"] * 3


async def test_the_operation_under_the_cursor_runs(shop: StackAt) -> None:
    document = "query One { tags { name } }\n\nquery Two { categories { name } }\n"
    async with running(shop, document) as (pane, pilot):
        await ran(pane, pilot, "ctrl+end", "ctrl+j")
        await pilot.press("i")
        await ran(pane, pilot, "ctrl+home", "ctrl+j")
        names = [each.operation.name for each in pane.state.runs if each.operation]
        assert names == ["Two", "One"]


async def test_typing_completes_and_enter_writes(shop: StackAt) -> None:
    async with running(shop, "") as (pane, pilot):
        popup = pane._desk.popup
        await pilot.press("{")
        assert pane._desk.document.text == "{}"
        await pilot.press("enter", *"tag")
        await until(pilot, lambda: popup.is_open)
        assert popup.highlighted is not None
        labels = [each.label for each in popup.suggestions]
        assert "tags" in labels
        while popup.highlighted.label != "tags":
            await pilot.press("down")
        await pilot.press("tab")
        await pilot.pause()
        assert "tags" in pane._desk.document.text
        assert pilot.app.focused is pane._desk.document


async def test_completion_is_asked_for_closed_and_works_on_broken_documents(
    shop: StackAt,
) -> None:
    async with running(shop, "query { products(first: 2) { nodes { ") as (pane, pilot):
        popup = pane._desk.popup
        await pilot.press("ctrl+end", "ctrl+space")
        await until(pilot, lambda: popup.is_open)
        assert "sku" in [each.label for each in popup.suggestions]
        assert "Sku!" in shown(pilot)
        await pilot.press("escape")
        assert not popup.is_open
        assert pilot.app.focused is pane._desk.document
        await pilot.press("ctrl+@", "t", "i")
        await until(pilot, lambda: popup.is_open and len(popup.suggestions) < 10)
        assert "▲" in shown(pilot)
        await pilot.press("space")
        assert not popup.is_open


async def test_brackets_come_in_pairs_and_lines_are_indented(shop: StackAt) -> None:
    async with running(shop, "") as (pane, pilot):
        await pilot.press("{", "enter", *"tags", "space", "{", "enter", *"name", "space")
        assert pane._desk.document.text == "{\n  tags {\n    name \n  }\n}"
        await pilot.press("ctrl+end", "left", "}")
        assert pane._desk.document.text.count("}") == 2


async def test_findings_are_marked_said_and_led_to(shop: StackAt) -> None:
    document = "{\n  tags { name }\n  nothing\n  categories { nome }\n}"
    async with running(shop, document) as (pane, pilot):
        await until(pilot, lambda: pane.state.diagnosis.errors == 2)
        await pilot.press("ctrl+home", "alt+n")
        assert pane._desk.document.cursor_location == (2, 2)
        await until(pilot, lambda: "✗ 3:3" in shown(pilot))
        await pilot.press("alt+n")
        assert pane._desk.document.cursor_location[0] == 3
        await pilot.press("alt+p")
        assert pane._desk.document.cursor_location == (2, 2)
        assert "Query ✗ 2" in shown(pilot)


async def test_layout_rework_and_undo_keep_every_text(shop: StackAt) -> None:
    document = "query Q{tags{...T}} fragment T on Tag{name}"
    async with running(shop, document) as (pane, pilot):
        editor = pane._desk.document
        await pilot.press("alt+l")
        await until(pilot, lambda: editor.text.startswith("query Q {\n  tags {\n"))
        await pilot.press("alt+m")
        await until(pilot, lambda: "fragment" not in editor.text)
        await pilot.press("alt+k")
        await until(pilot, lambda: "\n" not in editor.text.strip())
        await pilot.press("ctrl+z", "ctrl+z", "ctrl+z")
        assert editor.text == document


async def test_a_broken_document_is_not_laid_out_and_stays(shop: StackAt) -> None:
    async with running(shop, "{ tags {") as (pane, pilot):
        await pilot.press("alt+l")
        await until(pilot, lambda: pane.query_one(ErrorBanner).problem is not None)
        assert pane._desk.document.text == "{ tags {"


async def test_variables_are_written_by_their_types_checked_and_drawn_out(shop: StackAt) -> None:
    document = "query Q($n: Int!) { products(first: $n) { nodes { name } } }"
    async with running(shop, document) as (pane, pilot):
        await pilot.press("alt+v")
        await until(pilot, lambda: bool(pane.state.draft.variables))
        assert json.loads(pane.state.draft.variables) == {"n": 0}
        assert pilot.app.focused is pane._desk.variables
        await pilot.press("alt+s", *'{"n": "x"}')
        await until(pilot, lambda: pane.state.variables_diagnosis.errors == 1)
        await until(pilot, lambda: "Variables ✗ 1" in shown(pilot))
        await pilot.press("alt+s", *'{"n": 2}')
        await ran(pane, pilot, "ctrl+j")
        run = pane.state.current
        assert run is not None
        assert run.answer is not None
        assert run.answer.verdict == "ok"
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await pilot.press("i", "alt+s", "delete", *"{products(first: 3) {totalCount")
        await until(pilot, lambda: pane.state.draft.document.endswith("totalCount}}"))
        await until(pilot, lambda: len(pane.state.operations) == 1)
        await pilot.press("escape", "i", "alt+e")
        await until(pilot, lambda: "$first" in pane.state.draft.document)
        assert json.loads(pane.state.draft.variables)["first"] == 3


async def test_partial_answer_leads_to_the_query_and_to_the_data(shop: StackAt) -> None:
    async with running(shop, REFUSED) as (pane, pilot):
        await ran(pane, pilot, "ctrl+j")
        assert "▲ partial, 2 errors" in shown(pilot)
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await pilot.press("E")
        await until(pilot, lambda: isinstance(pilot.app.focused, ErrorList))
        assert "UNAUTHENTICATED" in shown(pilot)
        await pilot.press("j", "p")
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await pilot.pause(0.1)
        assert "data.products.nodes[1].revenue" in shown(pilot)
        await pilot.press("E", "enter")
        await until(pilot, lambda: pilot.app.focused is pane._desk.document)
        assert pane._desk.document.cursor_location == (2, 17)


async def test_request_error_shows_its_errors_first(shop: StackAt) -> None:
    async with running(shop, "{ nothing }") as (pane, pilot):
        await ran(pane, pilot, "ctrl+j")
        await until(pilot, lambda: "✗ request error, 1 error" in shown(pilot))
        await until(pilot, lambda: isinstance(pilot.app.focused, ErrorList))
        assert pane._desk.document.text == "{ nothing }"


async def test_subscription_is_followed_paused_filtered_opened_and_completed(
    shop: StackAt,
) -> None:
    async with running(shop, COUNT) as (pane, pilot):
        await pilot.press("ctrl+j")
        await until(pilot, lambda: bool(pane.state.current and pane.state.current.log))
        await until(pilot, lambda: pane.state.runs[0].log is not None)
        view = pane.query_one(StreamView)
        await until(pilot, lambda: len(view.table.ring.view()) >= 10)
        await until(pilot, lambda: view.table.has_focus)
        assert "● Live" in shown(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "⏸ paused" in shown(pilot))
        held = len(view.table.ring.view())
        log = pane.state.runs[0].log
        assert log is not None
        await until(pilot, lambda: (pane.state.runs[0].log or log).waiting > 3)
        assert len(view.table.ring.view()) == held
        await pilot.press("up", "enter")
        await until(pilot, lambda: "changed since" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: view.table.has_focus)
        await pilot.press("space")
        await until(pilot, lambda: len(view.table.ring.view()) > held)
        await pilot.press("slash", *"48", "enter")
        await until(pilot, lambda: all("48" in row.text for _, row in view.table.ring.view()))
        await pilot.press("escape")
        await until(pilot, lambda: len(view.table.ring.view()) > 30)
        await pilot.press("escape")
        await until(pilot, lambda: not pane.state.runs[0].is_running)
        assert pane.state.runs[0].phase == "cancelled"
        assert "Stopped by you." in shown(pilot)


async def test_subscription_over_websocket(shop: StackAt) -> None:
    document = "subscription Count { countdown(from: 4, everyMilliseconds: 10) }"
    async with running(shop, document) as (pane, pilot):
        for _ in range(4):
            await pilot.press("ctrl+t")
        assert pane.state.draft.transport == "websocket"
        await pilot.press("ctrl+j")
        await until(pilot, lambda: bool(pane.state.runs) and not pane.state.runs[0].is_running)
        log = pane.state.runs[0].log
        assert log is not None
        assert log.total == 5
        assert pane.state.runs[0].transport == "websocket"


async def test_parts_of_a_deferred_answer_have_their_timeline(shop: StackAt) -> None:
    document = """{ products(first: 2) { nodes { name
      ... @defer(label: "later") { reviews(first: 1) { totalCount } } } } }"""
    async with running(shop, document) as (pane, pilot):
        await ran(pane, pilot, "ctrl+j")
        run = pane.state.current
        assert run is not None
        assert len(run.patches) >= 2
        await until(pilot, lambda: '"reviews"' in shown(pilot) or "nodes" in shown(pilot))
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await pilot.press("V")
        await until(pilot, lambda: "later" in shown(pilot))
        assert "●" in shown(pilot)


async def test_schema_is_read_searched_walked_and_inserted(shop: StackAt) -> None:
    async with running(shop, "{\n  \n}") as (pane, pilot):
        await pilot.press("down", "end", "alt+d")
        explorer = pane.query_one(SchemaExplorer)
        await until(pilot, lambda: isinstance(pilot.app.focused, SchemaRows))
        await pilot.press("enter")
        await until(pilot, lambda: explorer.page.subject == "Query" and len(explorer._rows) > 5)
        while explorer.row is None or explorer.row.field != "tags":
            await pilot.press("j")
        await pilot.press("a")
        await until(pilot, lambda: "tags" in pane.state.draft.document)
        await pilot.press("enter")
        await until(pilot, lambda: "Used by" in "".join(row.name for row in explorer._rows))
        await pilot.press("left")
        await until(pilot, lambda: explorer.page.subject == "Query")
        assert explorer.row is not None
        assert explorer.row.field == "tags"
        await pilot.press("right")
        await until(pilot, lambda: explorer.page.subject == "Tag")
        await pilot.press("slash", *"stock", "enter")
        await until(pilot, lambda: "Product.stock" in shown(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.focused is pane._desk.document)
        assert not explorer.display


async def test_fill_writes_all_fields(shop: StackAt) -> None:
    async with running(shop, "{\n  tags {\n    \n  }\n}") as (pane, pilot):
        await pilot.press("down", "down", "end", "alt+a")
        await until(pilot, lambda: "slug" in pane.state.draft.document)
        assert "name" in pane.state.draft.document


async def test_schema_is_exported_read_and_compared(shop: StackAt, tmp_path: Path) -> None:
    path = tmp_path / "shop.graphql"
    async with running(shop) as (pane, pilot):
        await pilot.press("alt+d", "S")
        pane.query_one("#schema-input", Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, path.exists)
        await until(pilot, lambda: path.read_text().count("type ") > 20)
        path.write_text(path.read_text().replace("inStock: Boolean!", "inStock: String!"))
        await pilot.press("o")
        pane.query_one("#schema-input", Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: bool(pane.state.schema.changes))
        await pilot.press("c")
        await until(pilot, lambda: "inStock" in shown(pilot))
        assert "Breaking" in shown(pilot)
        await pilot.press("r")
        await until(pilot, lambda: pane.state.schema.schema is not None)


async def test_history_takes_nothing_away(shop: StackAt) -> None:
    async with running(shop, "{ tags { name } }") as (pane, pilot):
        await ran(pane, pilot, "ctrl+j")
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await pilot.press("i", "alt+s", *"{ mine", "escape", "escape")
        written = pane.state.draft.document
        assert written != "{ tags { name } }"
        await pilot.press("I")
        await until(pilot, lambda: isinstance(pilot.app.focused, RunList))
        await pilot.press("e")
        await until(pilot, lambda: pane.state.draft.document == "{ tags { name } }")
        await pilot.press("alt+z")
        assert pane.state.draft.document == written
        assert pane._desk.document.text == written
        await pilot.press("alt+z")
        assert pane._desk.document.text == "{ tags { name } }"
        await pilot.press("ctrl+z")
        assert pane._desk.document.text == written


async def test_loaders_off_shows_the_repeated_statements(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await ran(pane, pilot, "ctrl+j")
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await ran(pane, pilot, "L", "ctrl+j")
        assert "▲ loaders off" in shown(pilot)
        assert "▲ N+1" in shown(pilot)
        few, many = (each.trace.counters.sql for each in pane.state.runs if each.trace)
        assert many > few
        await pilot.press("J")
        await until(pilot, lambda: "#1 before" in shown(pilot) or "resolve" in shown(pilot))
        await pilot.press("L")
        assert "loaders off" not in shown(pilot)


async def test_rest_and_graphql_are_measured_side_by_side(shop: StackAt) -> None:
    async with running(shop) as (pane, pilot):
        await pilot.press("escape", "X")
        await until(pilot, lambda: bool(pane.query(ComparisonView)))
        await pilot.press("enter")
        await until(pilot, lambda: pane.state.comparison.found is not None)
        assert "SQL statements" in shown(pilot)
        before = pane.state.draft.document
        await pilot.press("e")
        await until(pilot, lambda: pane.state.draft.document != before)
        await pilot.press("alt+z")
        assert pane.state.draft.document == before


async def test_shops_logins_are_borrowed_by_a_key(shop: StackAt) -> None:
    async with running(shop, REFUSED) as (pane, pilot):
        await pane._desk.focus_editor("auth")
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pane.state.draft.auth, BearerAuth))
        auth = pane.state.draft.auth
        assert isinstance(auth, BearerAuth)
        assert auth.token not in shown(pilot)


async def test_failure_is_a_card_and_the_document_stays(shop: StackAt) -> None:
    async with running(shop, "{ tags { name } }") as (pane, pilot):
        await pilot.press("ctrl+l")
        pane.query_one("#graphql-url", Input).value = "http://127.0.0.1:1/graphql"
        await pilot.pause()
        await ran(pane, pilot, "ctrl+j")
        await until(pilot, lambda: "Nothing listens at 127.0.0.1:1" in shown(pilot))
        assert pane._desk.document.text == "{ tags { name } }"
        pane.query_one("#graphql-url", Input).value = "/graphql"
        await pilot.pause()
        await ran(pane, pilot, "ctrl+j")
        assert pane.query_one(ErrorBanner).problem is None


async def test_html_is_told_as_no_graphql(shop: StackAt) -> None:
    page = b"<html>Bad gateway \x1b[2J [/b]</html>"
    said = b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s"
    async with (
        serving(saying(said % (len(page), page))) as server,
        running(shop, "{ a }") as (pane, pilot),
    ):
        pane.query_one("#graphql-url", Input).value = server.url("/graphql")
        await pilot.pause()
        await ran(pane, pilot, "ctrl+j")
        await until(pilot, lambda: "✗ not GraphQL" in shown(pilot))
        assert is_clean(shown(pilot))


async def test_stop_closes_the_socket_and_keeps_what_came(shop: StackAt) -> None:
    async def never(talk: Talk) -> None:
        await talk.say(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
            b'{"data": {"half'
        )
        await talk.left()

    async with serving(never) as server, running(shop, "{ a }") as (pane, pilot):
        pane.query_one("#graphql-url", Input).value = server.url("/graphql")
        await pilot.pause()
        await pilot.press("ctrl+j")
        await until(pilot, lambda: bool(pane.state.running and pane.state.running.size))
        assert "Cancel" in shown(pilot)
        await pilot.press("escape")
        await asyncio.wait_for(server.gone.wait(), 2)
        assert pane.state.runs[0].phase == "cancelled"
        await until(pilot, lambda: "■ Stopped after" in shown(pilot))


async def test_hostile_answer_draws_no_control(shop: StackAt) -> None:
    evil = "\x1b]52;c;ZQ==\x07 [/b][red] \u202e \x9b2J"
    errors = [{"message": evil, "path": [evil, 0], "extensions": {"code": evil, evil: evil}}]
    body = json.dumps({"data": {evil: evil}, "errors": errors}, ensure_ascii=False).encode()
    head = b"HTTP/1.1 200 OK [/b] \x1b[2J\r\nContent-Type: application/json\r\n"
    said = head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    async with (
        serving(saying(said)) as server,
        running(shop, f"# {evil}\n{{ a }}", (102, 38)) as (pane, pilot),
    ):
        pane.query_one("#graphql-url", Input).value = server.url("/[b]")
        await pilot.pause()
        await ran(pane, pilot, "ctrl+j")
        await pilot.pause(0.2)
        for tab in ("result", "errors", "events", "journey", "history"):
            await pane._answer.open(tab)
            await pilot.pause(0.05)
            assert is_clean(shown(pilot))


async def test_zoom_history_walk_search_and_places(shop: StackAt) -> None:
    async with running(shop, "{ tags { name } }") as (pane, pilot):
        await ran(pane, pilot, "ctrl+j")
        await until(pilot, lambda: isinstance(pilot.app.focused, BodyLines))
        await ran(pane, pilot, "R")
        await pilot.press("left_square_bracket")
        assert pane.state.shown == 1
        await pilot.press("right_square_bracket")
        assert pane.state.shown == 2
        await pilot.press("z")
        assert not pane._desk.is_on_screen or not pane._desk.region.area
        await pilot.press("z")
        await pilot.press("slash", *"name", "enter")
        await until(pilot, lambda: "/name" in shown(pilot))
        await pilot.press("escape", "d")
        assert isinstance(pilot.app.focused, SchemaRows)
        context = pane.state.runs[0].context
        assert context is not None
        await pane.visit(Place("graphql", "trace", context.trace_id))
        assert pane.state.shown == 1


async def test_wide_pane_shows_the_schema_beside(shop: StackAt) -> None:
    async with running(shop, None, (102, 38)) as (pane, pilot):
        assert pane.query_one(SchemaExplorer).region.width > 30
        assert "Subscription" in shown(pilot)
        await pilot.press("alt+d", "alt+d")
        assert pilot.app.focused is pane._desk.document
