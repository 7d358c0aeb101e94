"""The REST pane: routes beside, the request above, the answer and its journey beneath."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.exchange import Stopwatch
from backend_tui.core.units import bytes_text
from backend_tui.panes.rest.arrangement import RestArrangement
from backend_tui.panes.rest.exchanges import (
    ResponseFinished,
    SendCancelled,
    SendFailed,
    SendStarted,
)
from backend_tui.panes.rest.model import (
    CacheSwitched,
    DraftChanged,
    Event,
    ExchangeChosen,
    RestState,
    RoutesLoaded,
    RoutesMissing,
    StoreChanged,
)
from backend_tui.panes.rest.request import Auth, Draft, is_relative, prepare
from backend_tui.panes.rest.widgets.request_section import RequestSection
from backend_tui.panes.rest.widgets.response_section import seconds_text
from backend_tui.panes.rest.widgets.routes_tree import RoutesTree, routes_words
from backend_tui.panes.rest.words import HELP
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.send_button import SendButton

if TYPE_CHECKING:
    from backend_tui.core.clock import Clock
    from backend_tui.core.place import Place
    from backend_tui.panes.rest.client import RestClient
    from backend_tui.panes.rest.widgets.history_list import HistoryList
    from backend_tui.panes.rest.widgets.stored_list import StoredList
    from backend_tui.ui.auth_editor import AuthEditor

_ELSEWHERE = "List the routes of the OpenAPI document in the URL; for a path, the shop's again"
_CACHE = "Send through a private HTTP cache (RFC 9111), or straight to the server again"
_SOMEWHERE = "http://shop.invalid"


class RestPane(RestArrangement):
    """Write, send, read, cancel, compare and follow requests."""

    HELP = HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,ctrl+enter", "send", "Send", tooltip="Send the request"),
        Binding("escape", "cancel", "Cancel", tooltip="Stop the request; what arrived is kept"),
        Binding("ctrl+l", "url", "URL", tooltip="To the URL"),
        Binding("r", "routes", "Routes", tooltip="Show or hide the routes"),
        Binding("i", "edit", "Edit", tooltip="To the parameters, headers, auth and body"),
        Binding("slash", "search", "Search", show=False),
        Binding("z", "zoom", "Zoom", tooltip="All the room for the answer, and back"),
        Binding("left_square_bracket", "history(-1)", "Earlier", show=False),
        Binding("right_square_bracket", "history(1)", "Later", show=False),
        Binding("D", "open('diff')", "Diff", tooltip="Compare with the answer before"),
        Binding("B", "open('body')", "Body", show=False),
        Binding("H", "open('headers')", "Headers", show=False),
        Binding("J", "open('journey')", "Journey", tooltip="What happened inside the server"),
        Binding("I", "open('history')", "History", show=False),
        Binding("R", "resend", "Resend", show=False, tooltip="Send what is on screen again"),
        Binding("K", "cache", "HTTP cache", show=False, tooltip=_CACHE),
        Binding("L", "stored", "Stored answers", show=False, tooltip="What the HTTP cache holds"),
        Binding("C", "curl", "Copy as curl", show=False),
        Binding("O", "read_routes", "Routes from URL", show=False, tooltip=_ELSEWHERE),
    ]

    state: var[RestState] = var(RestState(), init=False)

    def __init__(self, *, client: RestClient, clock: Clock) -> None:
        super().__init__(client.plan)
        self._client = client
        self._clock = clock
        self._sending: Worker[None] | None = None
        self._ticking: Timer | None = None
        self._stopwatch = Stopwatch()
        self._logins: list[tuple[str, Auth]] = []
        self._borrowed = -1
        self._asked_from: Widget | None = None
        self._routes_elsewhere = False
        self._ageing: Timer | None = None

    def on_mount(self) -> None:
        self._ticking = self.set_interval(0.1, self._tick, pause=True)
        self._ageing = self.set_interval(1, self._age, pause=True)
        self._request.show(self.state.draft)
        self._response.show(self.state)

    async def on_unmount(self) -> None:
        await self._client.aclose()

    def appear(self) -> None:
        """Routes are asked for when the pane is first shown."""
        super().appear()
        if not self.state.routes:
            self.call_after_refresh(self._list_routes)

    def _list_routes(self) -> None:
        self.run_worker(self._load_routes(), group="routes", exclusive=True)

    async def visit(self, place: Place) -> None:
        """A route (“GET /api/products”), or the exchange of a trace id with its journey."""
        if place.kind == "route":
            found = next((r for r in self.state.routes if r.key == place.subject), None)
            method, _, path = place.subject.partition(" ")
            self.apply(DraftChanged(found.draft() if found else Draft(method, path)))
            self.focus_first()
        elif place.kind == "trace":
            for exchange in self.state.exchanges:
                if exchange.context is not None and exchange.context.trace_id == place.subject:
                    self.apply(ExchangeChosen(exchange.number))
                    await self._response.open("journey")

    def apply(self, event: Event) -> None:
        """The one way the state changes: by an event, told upward."""
        self.state = self.state.after(event)
        self.post_message(self.Happened(self, event))
        match event:
            case SendStarted():
                self.post_message(self.StateChanged(self, "busy", "waits"))
            case ResponseFinished():
                current = self.state.exchange(event.number)
                words = str(current.status) if current else ""
                self.post_message(self.StateChanged(self, "done", words))
            case SendCancelled():
                self.post_message(self.StateChanged(self, "idle", "stopped"))
            case SendFailed():
                self.post_message(self.StateChanged(self, "problem", "no answer"))

    def watch_state(self, old: RestState, new: RestState) -> None:
        if not self.is_mounted:
            return
        if old.draft is not new.draft and new.draft != self._request.draft:
            self._request.show(new.draft)
        if old.routes is not new.routes or old.routes_problem is not new.routes_problem:
            self.query_one(RoutesTree).show(new.routes, routes_words(new))
        if old.is_caching != new.is_caching or old.stored is not new.stored:
            self._request.tell_caching(new.is_caching)
            self._response.show(new)
        if old.current is not new.current or old.exchanges is not new.exchanges:
            self._response.show(new)
            problem = new.current.problem if new.current else None
            if problem is not None:
                self.query_one(ErrorBanner).show(problem)
            else:
                self.clear_problem()
        running = new.running
        if self._ticking is not None and (running is None) != (old.running is None):
            (self._ticking.pause if running is None else self._ticking.resume)()
            self._tick()

    # Sending and stopping

    def action_send(self) -> None:
        """Send the draft; what still runs is stopped first."""
        self._send(self.state.draft)

    def action_resend(self) -> None:
        """Send the exchange on screen again, exactly as it was written."""
        if self.state.current is not None:
            self._send(self.state.current.draft)

    def action_cancel(self) -> None:
        """Stop what runs; else leave what is open."""
        running = self.state.running
        if running is not None:
            self.apply(SendCancelled(running.number, self._stopwatch.read()))
            if running.body is not None:
                running.body.finish()
                self._response.show(self.state)
            if self._sending is not None:
                self._sending.cancel()
            self.run_worker(self._follow(running.number), group="journey")
        elif self.has_class("-zoomed"):
            self.remove_class("-zoomed")
        else:
            self._response.sections.focus_content()

    def _send(self, draft: Draft) -> None:
        try:
            prepare(draft, self.state.base or _SOMEWHERE)
        except UsageError as problem:
            self.show_problem(problem)
            self._request.focus_url()
            return
        if self.state.running is not None:
            self.action_cancel()
        self._stopwatch = self._response.stopwatch = Stopwatch()
        number = self.state.next_number
        self._asked_from = self.screen.focused
        self.apply(SendStarted(number, draft, self._clock.now()))
        self._sending = self.run_worker(self._exchange(number, draft, self._stopwatch))

    async def _exchange(self, number: int, draft: Draft, stopwatch: Stopwatch) -> None:
        is_again = any(each.draft.url == draft.url for each in self.state.exchanges[:-1])
        await self._response.make_way(is_again)
        try:
            sending = self._client.send(number, draft, stopwatch, caching=self.state.is_caching)
            async with aclosing(sending) as events:
                async for event in events:
                    self.apply(event)
        except BackendError as problem:
            self.apply(SendFailed(number, problem, stopwatch.read()))
        ended = self.state.exchange(number)
        if ended is not None and ended.body is not None:
            ended.body.finish()
        self._response.show(self.state)
        self._age(is_ended=True)
        self.call_after_refresh(self._lead_to_answer, number, draft)
        await self._follow(number)

    def _lead_to_answer(self, number: int, draft: Draft) -> None:
        """Put the focus on the answer, unless the person has gone elsewhere or on writing."""
        focused, exchange = self.screen.focused, self.state.exchange(number)
        is_waiting = focused in (None, self._asked_from) or self._response in focused.ancestors
        if is_waiting and self.state.draft == draft and exchange and exchange.status is not None:
            self._response.sections.focus_content()

    async def _follow(self, number: int) -> None:
        """Ask for the journey of an exchange that has ended."""
        ended = self.state.exchange(number)
        if ended is not None and not ended.is_running and ended.request is not None:
            self.apply(await self._client.journey(ended))

    def _tick(self) -> None:
        running = self.state.running
        words = ""
        if running is not None:
            elapsed = seconds_text(self._stopwatch.read().total_us)
            words = f"{elapsed}  {bytes_text(running.size)}" if running.size else elapsed
            self._response.tick()
        self.query_one(SendButton).progress = words

    def on_send_button_pressed(self, event: SendButton.Pressed) -> None:
        event.stop()
        if self.state.running is not None:
            self.action_cancel()
        else:
            self.action_send()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "rest-url":
            event.stop()
            self.action_send()

    # The request

    def on_request_section_changed(self, event: RequestSection.Changed) -> None:
        event.stop()
        self.apply(DraftChanged(event.draft))

    def on_auth_editor_borrowed(self, event: AuthEditor.Borrowed) -> None:
        event.stop()
        self.run_worker(self._borrow(), group="credentials", exclusive=True)

    async def _borrow(self) -> None:
        """The next of the shop's own logins: customer, staff, admin, customer …"""
        if not self._logins:
            known = await self.attempt(self._client.credentials())
            self._logins = list((known or {}).items())
        if self._logins:
            self._borrowed = (self._borrowed + 1) % len(self._logins)
            role, auth = self._logins[self._borrowed]
            self.apply(DraftChanged(replace(self.state.draft, auth=auth)))
            self.notify(f"Asking as {role}.", markup=False, timeout=2)

    # Routes

    async def _load_routes(self, document_url: str = "") -> None:
        try:
            base, routes = await self._client.routes(document_url)
        except BackendError as problem:
            self.apply(RoutesMissing(problem))
            if document_url:
                self.show_problem(problem)
        else:
            self._routes_elsewhere = bool(document_url)
            self.apply(RoutesLoaded(base, routes))

    def action_read_routes(self) -> None:
        """The routes of the OpenAPI document that the URL names, or the shop's own again."""
        url = self.state.draft.url.strip()
        work = self._load_routes("" if is_relative(url) else url)
        self.run_worker(work, group="routes", exclusive=True)

    def action_routes(self) -> None:
        """Show the routes and go there, or hide them."""
        tree = self.query_one(RoutesTree)
        is_there = self.screen.focused is not None and tree in self.screen.focused.ancestors
        if self.has_class("-routes") and is_there:
            self._leave_routes()
            return
        self.remove_class("-zoomed")
        self.add_class("-routes")
        tree.focus_tree()
        if self.state.routes_problem is not None:
            self._list_routes()

    def on_routes_tree_chosen(self, event: RoutesTree.Chosen) -> None:
        event.stop()
        draft = event.route.draft(self.state.draft.auth)
        if self._routes_elsewhere:
            draft = replace(draft, url=self.state.base + draft.url)
        self.apply(DraftChanged(draft))
        self._leave_routes()
        self._request.focus_url()

    def on_routes_tree_left(self, event: RoutesTree.Left) -> None:
        event.stop()
        if self.state.running is not None:
            self.action_cancel()
        else:
            self._leave_routes()

    # The answer

    def action_cache(self) -> None:
        """Through the HTTP cache from now on, or straight to the server."""
        self.apply(CacheSwitched(not self.state.is_caching))
        self._age(is_ended=True)
        if self._ageing is not None:
            (self._ageing.resume if self.state.is_caching else self._ageing.pause)()
        words = "Requests go through the HTTP cache." if self.state.is_caching else "No HTTP cache."
        self.notify(words, markup=False, timeout=2)

    async def action_stored(self) -> None:
        """What the HTTP cache holds; it is switched on by looking at it."""
        if not self.state.is_caching:
            self.action_cache()
        await self._response.open("stored")

    def on_stored_list_forgotten(self, event: StoredList.Forgotten) -> None:
        event.stop()
        count = self._client.forget(event.url)
        self._age(is_ended=True)
        answers = "answer" if count == 1 else "answers"
        self.notify(f"Forgot {count} stored {answers}.", markup=False, timeout=2)

    def _age(self, *, is_ended: bool = False) -> None:
        """Look again at what is stored, while that is what is seen."""
        is_seen = self.is_shown and self._response.sections.active == "stored"
        if (is_ended or is_seen) and (self.state.is_caching or self.state.stored):
            self.apply(StoreChanged(self._client.stored()))

    def action_history(self, step: int) -> None:
        """The exchange before or after the one on screen."""
        neighbour = self.state.neighbour(step)
        if neighbour is not None:
            self.apply(ExchangeChosen(neighbour.number))

    async def on_history_list_chosen(self, event: HistoryList.Chosen) -> None:
        event.stop()
        exchange = self.state.exchange(event.number)
        if exchange is None:
            return
        match event.wish:
            case "look":
                self.apply(ExchangeChosen(event.number))
                await self._response.open("body")
            case "resend":
                self._send(exchange.draft)
            case "edit":
                self.apply(DraftChanged(exchange.draft))
                self._request.focus_url()

    async def action_curl(self) -> None:
        """The draft as a curl command on the clipboard."""
        from backend_tui.panes.rest.curl import curl_command

        draft = self.state.draft
        try:
            base = await self._client.base() if is_relative(draft.url) else ""
            command = curl_command(prepare(draft, base))
        except BackendError as problem:
            self.show_problem(problem)
            return
        self.app.copy_to_clipboard(command)
        self.notify("Copied as a curl command.", markup=False, timeout=2)
