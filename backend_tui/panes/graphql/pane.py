"""The GraphQL pane: the document above, the schema beside it, the answer and its journey below."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker

from backend_tui.core.authentication import Auth
from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.exchange import Stopwatch
from backend_tui.core.place import Place
from backend_tui.core.units import bytes_text
from backend_tui.panes.graphql.arrangement import Arrangement
from backend_tui.panes.graphql.client import GraphqlClient
from backend_tui.panes.graphql.model import (
    ComparisonArrived,
    ComparisonAsked,
    ComparisonFailed,
    DraftChanged,
    Event,
    GraphqlState,
    OperationChosen,
    RunChosen,
)
from backend_tui.panes.graphql.request import Draft, Operation
from backend_tui.panes.graphql.run import (
    LogFiltered,
    LogPaused,
    ResponseJudged,
    RunCancelled,
    RunFailed,
    RunStarted,
    Subscribed,
    SubscriptionEnded,
)
from backend_tui.panes.graphql.schema_loading import SchemaLoading, export_sdl
from backend_tui.panes.graphql.side_by_side import Screen
from backend_tui.panes.graphql.widgets.comparison_view import ComparisonView
from backend_tui.panes.graphql.widgets.endpoint_line import EndpointLine, has_loaders, with_loaders
from backend_tui.panes.graphql.widgets.errors_view import ErrorsView
from backend_tui.panes.graphql.widgets.run_list import RunList
from backend_tui.panes.graphql.widgets.schema_explorer import SchemaExplorer
from backend_tui.panes.graphql.widgets.stream_view import StreamView
from backend_tui.panes.graphql.widgets.writing_desk import WritingDesk
from backend_tui.panes.graphql.words import FIRST_DOCUMENT, HELP
from backend_tui.ui.auth_editor import AuthEditor
from backend_tui.ui.send_button import SendButton

_KEPT_DRAFTS: Final = 50


class GraphqlPane(Arrangement):
    """Write with the schema at hand, run, subscribe, read, compare and follow operations."""

    HELP = HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+j,alt+enter,ctrl+enter", "run", "Run", tooltip="Run the operation"),
        Binding("escape", "cancel", "Stop", tooltip="Stop the run; what arrived is kept"),
        Binding("alt+d,d", "schema", "Schema", tooltip="Types, fields and their words"),
        Binding("i", "edit", "Edit", tooltip="To the query"),
        Binding("ctrl+l", "url", "URL", show=False, tooltip="To the URL"),
        Binding("ctrl+t", "transport", "Transport", show=False, tooltip="How it is sent"),
        Binding("L", "loaders", "Loaders", tooltip="Data loaders of the shop on or off"),
        Binding("P", "persisted", "Persisted", show=False, tooltip="Send a hash for the document"),
        Binding("z", "zoom", "Zoom", show=False, tooltip="All the room for the answer, and back"),
        Binding("left_square_bracket", "history(-1)", "Earlier", show=False),
        Binding("right_square_bracket", "history(1)", "Later", show=False),
        Binding("R", "rerun", "Run again", show=False, tooltip="Run what is on screen again"),
        Binding("slash", "search", "Search", show=False),
        Binding("alt+z", "bring_back", "Draft back", show=False, tooltip="The draft before"),
        Binding("B", "open('result')", "Result", show=False),
        Binding("E", "open('errors')", "Errors", show=False),
        Binding("V", "open('events')", "Events", show=False),
        Binding("J", "open('journey')", "Journey", show=False),
        Binding("I", "open('history')", "History", show=False),
        Binding("X", "open('compare')", "Compare", show=False, tooltip="With REST, side by side"),
    ]

    state: var[GraphqlState] = var(GraphqlState(draft=Draft(document=FIRST_DOCUMENT)), init=False)

    def __init__(self, *, client: GraphqlClient, clock: Clock) -> None:
        super().__init__(client.plan)
        self._client = client
        self._clock = clock
        self._work: Worker[None] | None = None
        self._ticking: Timer | None = None
        self._stopwatch = Stopwatch()
        self._schema = SchemaLoading(client, self.apply)
        self._logins: list[tuple[str, Auth]] = []
        self._borrowed = -1
        self._asked_from: Widget | None = None
        self._drafts: list[Draft] = []

    def on_mount(self) -> None:
        self._ticking = self.set_interval(0.1, self._tick, pause=True)
        self._endpoint.show(self.state.draft)
        self._desk.show(self.state.draft)
        self._answer.show(self.state)

    async def on_unmount(self) -> None:
        await self._client.aclose()

    def appear(self) -> None:
        """The schema is asked for when the pane is first shown."""
        super().appear()
        if self.state.schema.status == "none":
            self._schema.ask(self, self.state.draft, is_fresh=False)

    async def visit(self, place: Place) -> None:
        """The run of a trace id, with its journey."""
        if place.kind == "trace":
            for run in self.state.runs:
                if run.context is not None and run.context.trace_id == place.subject:
                    self.apply(RunChosen(run.number))
                    await self._answer.open("journey")

    def apply(self, event: Event) -> None:
        """The one way the state changes: by an event, told upward."""
        self.state = self.state.after(event)
        self.post_message(self.Happened(self, event))
        match event:
            case RunStarted():
                self.post_message(self.StateChanged(self, "busy"))
            case Subscribed():
                self.post_message(self.StateChanged(self, "live", "live"))
            case ResponseJudged(_, answer, _):
                is_bad = answer.verdict in ("request error", "not GraphQL")
                words = str((self.state.current and self.state.current.status) or "")
                self.post_message(self.StateChanged(self, "problem" if is_bad else "done", words))
            case SubscriptionEnded():
                self.post_message(self.StateChanged(self, "done", "ended"))
            case RunCancelled():
                self.post_message(self.StateChanged(self, "idle", "stopped"))
            case RunFailed():
                self.post_message(self.StateChanged(self, "problem", "no answer"))

    def watch_state(self, old: GraphqlState, new: GraphqlState) -> None:
        if not self.is_mounted:
            return
        if old.draft is not new.draft:
            if new.draft != self._endpoint.draft:
                self._endpoint.show(new.draft)
            if new.draft != self._desk.draft:
                self._desk.show(new.draft)
        if old.schema is not new.schema:
            self._explorer.show(new.schema)
            self._desk.show_schema(new.schema.schema)
        if (old.operations, old.diagnosis) != (new.operations, new.diagnosis):
            self._desk.show_findings(new.operations, new.diagnosis)
        if old.variables_diagnosis != new.variables_diagnosis:
            self._desk.show_variables_findings(new.variables_diagnosis)
        changed = old.current is not new.current or old.runs is not new.runs
        if changed or old.comparison is not new.comparison:
            self._answer.show(new)
        if (old.current and old.current.problem) is not (new.current and new.current.problem):
            self._tell_problem(new.current)
        running = new.running
        if self._ticking is not None and (running is None) != (old.running is None):
            (self._ticking.pause if running is None else self._ticking.resume)()
            self._tick()

    # Running and stopping

    def action_run(self) -> None:
        """Run the operation under the cursor; what still runs is stopped first."""
        self._desk.popup.close()
        draft = self.state.draft
        if not draft.document.strip():
            hint = "Write a query: ctrl+space shows what fits."
            self.show_problem(UsageError("The document is empty.", "", hint))
            return
        self.run_worker(self._start(draft), group="start", exclusive=True)

    async def _start(self, draft: Draft) -> None:
        """Find the operation under the cursor, then run it."""
        self._run(draft, await self._desk.meant_now())

    def action_rerun(self) -> None:
        """Run the one on screen again, exactly as it was written."""
        if self.state.current is not None:
            self._run(self.state.current.draft, self.state.current.operation)

    def action_cancel(self) -> None:
        """Stop what runs; else leave what is open."""
        running = self.state.running
        if running is not None:
            self.apply(RunCancelled(running.number, self._stopwatch.read()))
            if running.body is not None:
                running.body.finish()
            if self._work is not None:
                self._work.cancel()
            self._answer.show(self.state)
            self.run_worker(self._follow(running.number), group="journey")
        elif self.has_class("-zoomed"):
            self.remove_class("-zoomed")
        else:
            self._answer.sections.focus_content()

    def _run(self, draft: Draft, operation: Operation | None) -> None:
        if self.state.running is not None:
            self.action_cancel()
        self.clear_problem()
        self._stopwatch = self._answer.stopwatch = Stopwatch()
        number = self.state.next_number
        self._asked_from = self.screen.focused
        self.apply(RunStarted(number, draft, operation, self._clock.now()))
        self._work = self.run_worker(self._exchange(number, draft, operation, self._stopwatch))

    async def _exchange(
        self, number: int, draft: Draft, operation: Operation | None, stopwatch: Stopwatch
    ) -> None:
        is_stream = operation is not None and operation.kind == "subscription"
        if is_stream or self._answer.sections.active not in ("result", "journey"):
            await self._answer.open("events" if is_stream else "result", focus=False)
        try:
            async with aclosing(self._client.run(number, draft, operation, stopwatch)) as happening:
                async for event in happening:
                    self.apply(event)
                    if isinstance(event, Subscribed):
                        self.call_after_refresh(self._lead_to_answer, number, draft)
        except BackendError as problem:
            self.apply(RunFailed(number, problem, stopwatch.read()))
        ended = self.state.run(number)
        if ended is not None and ended.body is not None:
            ended.body.finish()
        self._answer.show(self.state)
        if ended is not None and ended.answer is not None:
            if ended.answer.verdict == "request error" and self.state.shown == number:
                await self._answer.open("errors", focus=False)
            self.call_after_refresh(self._lead_to_answer, number, draft)
        self._schema.follow(self, draft)
        await self._follow(number)

    def _lead_to_answer(self, number: int, draft: Draft) -> None:
        """Put the focus on the answer, unless the person has gone elsewhere or on writing."""
        focused = self.screen.focused
        is_waiting = focused in (None, self._asked_from) or self._answer in focused.ancestors
        if is_waiting and self.state.draft == draft and self.state.shown == number:
            self._answer.sections.focus_content()

    async def _follow(self, number: int) -> None:
        """Ask for the journey of a run that has ended."""
        ended = self.state.run(number)
        if ended is not None and not ended.is_running and ended.request is not None:
            self.apply(await self._client.journey(ended))

    def _tick(self) -> None:
        running = self.state.running
        words = ""
        if running is not None:
            words = f"{self._stopwatch.read().total_us / 1_000_000:.1f} s"
            if running.log is not None:
                words = "live"
            elif running.size:
                words = f"{words}  {bytes_text(running.size)}"
            if running.log is None or not running.log.total:
                self._answer.tick()
        self.query_one(SendButton).progress = words

    def on_send_button_pressed(self, event: SendButton.Pressed) -> None:
        event.stop()
        if self.state.running is not None:
            self.action_cancel()
        else:
            self.action_run()

    # What is sent

    def on_endpoint_line_changed(self, event: EndpointLine.Changed) -> None:
        event.stop()
        draft, line = self.state.draft, event.draft
        self._change(replace(draft, endpoint=line.endpoint, transport=line.transport))

    def on_editor_section_changed(self, event: WritingDesk.Changed) -> None:
        event.stop()
        where = self.state.draft
        self._change(replace(event.draft, endpoint=where.endpoint, transport=where.transport))

    def _change(self, draft: Draft) -> None:
        if draft != self.state.draft:
            self.apply(DraftChanged(draft))

    def _take(self, draft: Draft) -> None:
        """Another draft takes the place of the one being written, which is kept."""
        if draft == self.state.draft:
            return
        self._drafts = [*self._drafts, self.state.draft][-_KEPT_DRAFTS:]
        self.apply(DraftChanged(draft))
        self.notify("alt+z brings back the draft before.", markup=False, timeout=3)

    def action_bring_back(self) -> None:
        """The draft that was replaced last, in exchange for this one."""
        if self._drafts:
            draft, self._drafts[-1] = self._drafts[-1], self.state.draft
            self.apply(DraftChanged(draft))

    def on_writing_desk_read(self, event: WritingDesk.Read) -> None:
        event.stop()
        self.apply(event.event)
        if event.operation != self.state.chosen:
            self.apply(OperationChosen(event.operation))

    def on_writing_desk_meant(self, event: WritingDesk.Meant) -> None:
        event.stop()
        self.apply(OperationChosen(event.operation))

    def on_writing_desk_failed(self, event: WritingDesk.Failed) -> None:
        event.stop()
        self.show_problem(event.problem)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "graphql-url":
            event.stop()
            self._schema.ask(self, self.state.draft)
            self._desk.document.focus()

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
            self._change(replace(self.state.draft, auth=auth))
            self.notify(f"Asking as {role}.", markup=False, timeout=2)

    def action_loaders(self) -> None:
        """Data loaders of the shop on or off for what is sent."""
        draft = self.state.draft
        self._change(with_loaders(draft, not has_loaders(draft)))

    def action_persisted(self) -> None:
        """Send a hash for the document, the document itself only when it is unknown."""
        draft = self.state.draft
        self._change(replace(draft, is_persisted=not draft.is_persisted))

    # The schema

    def on_schema_explorer_left(self, event: SchemaExplorer.Left) -> None:
        event.stop()
        if self.state.running is not None:
            self.action_cancel()
        else:
            self._leave_schema()

    def on_schema_explorer_insert(self, event: SchemaExplorer.Insert) -> None:
        event.stop()
        self._desk.insert(event.type_name, event.field)

    def on_schema_explorer_fill(self, event: SchemaExplorer.Fill) -> None:
        event.stop()
        self._desk.action_fill()

    def on_schema_explorer_refetch(self, event: SchemaExplorer.Refetch) -> None:
        event.stop()
        self._schema.ask(self, self.state.draft)

    async def on_schema_explorer_file(self, event: SchemaExplorer.File) -> None:
        event.stop()
        schema = self.state.schema.schema
        if not event.is_export:
            self._schema.read(self, event.path)
        elif schema is not None:
            written = await self.attempt(export_sdl(schema, event.path))
            if written is not None:
                self.notify(f"Wrote the schema to {written.name}.", markup=False, timeout=3)

    # The answer

    def action_history(self, step: int) -> None:
        """The run before or after the one on screen."""
        neighbour = self.state.neighbour(step)
        if neighbour is not None:
            self.apply(RunChosen(neighbour.number))

    async def on_run_list_chosen(self, event: RunList.Chosen) -> None:
        event.stop()
        run = self.state.run(event.number)
        if run is None:
            return
        match event.wish:
            case "look":
                self.apply(RunChosen(event.number))
                await self._answer.open("events" if run.is_subscription else "result")
            case "rerun":
                self._run(run.draft, run.operation)
            case "edit":
                self._take(run.draft)
                await self.action_edit()

    async def on_errors_view_jump(self, event: ErrorsView.Jump) -> None:
        event.stop()
        problem, run = event.problem, self.state.current
        if event.where == "query" and problem.locations and run is not None:
            if run.draft.document != self.state.draft.document:
                self._take(replace(self.state.draft, document=run.draft.document))
            line, column = problem.locations[0]
            await self.action_edit()
            self._desk.document.go_to((line - 1, column - 1))
        elif event.where == "data" and problem.path:
            await self._answer.open("result")
            self.call_after_refresh(self._answer.go_to_data, problem.path)

    def on_stream_view_paused(self, event: StreamView.Paused) -> None:
        event.stop()
        if self.state.current is not None:
            self.apply(LogPaused(self.state.current.number, event.is_paused))

    def on_stream_view_filtered(self, event: StreamView.Filtered) -> None:
        event.stop()
        if self.state.current is not None:
            self.apply(LogFiltered(self.state.current.number, event.words))

    async def on_comparison_view_wanted(self, event: ComparisonView.Wanted) -> None:
        event.stop()
        if event.is_edit:
            screen, draft = event.screen, self.state.draft
            self._take(replace(draft, document=screen.document, variables=screen.variables))
            await self.action_edit()
        else:
            self.run_worker(self._compare(event.screen), group="compare", exclusive=True)

    async def _compare(self, screen: Screen) -> None:
        self.apply(ComparisonAsked(screen))
        try:
            found = await self._client.compare(screen, self.state.draft)
        except BackendError as problem:
            self.apply(ComparisonFailed(problem))
        else:
            self.apply(ComparisonArrived(found))
