"""The state of the GraphQL pane: draft, operations, problems, schema, and the runs so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, assert_never

from backend_tui.core.errors import BackendError
from backend_tui.panes.graphql.diagnosis import Diagnosis
from backend_tui.panes.graphql.request import Draft, Operation
from backend_tui.panes.graphql.run import (
    BodyGrew,
    ConnectionLost,
    EventsArrived,
    JourneyArrived,
    JourneyMissing,
    LogFiltered,
    LogPaused,
    Noted,
    PatchesArrived,
    PingAnswered,
    RequestSent,
    ResponseBegan,
    ResponseJudged,
    Run,
    RunCancelled,
    RunEvent,
    RunFailed,
    RunStarted,
    Subscribed,
    SubscriptionEnded,
)
from backend_tui.panes.graphql.subscription import EventLog

if TYPE_CHECKING:
    from backend_tui.panes.graphql.diff import SchemaChange
    from backend_tui.panes.graphql.schema import Schema
    from backend_tui.panes.graphql.side_by_side import Comparison, Screen

KEPT: Final = 100
SchemaStatus = Literal["none", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class DraftChanged:
    """The person wrote something, or took it from history or from the explorer."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class DocumentRead:
    """The operations found in a document, and what is wrong in it and in its variables."""

    document: str
    operations: tuple[Operation, ...]
    diagnosis: Diagnosis
    variables: Diagnosis = Diagnosis()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class OperationChosen:
    """The cursor stands in this operation, or it was picked from the list; None for none."""

    operation: Operation | None


@dataclass(frozen=True, slots=True)
class SchemaAsked:
    """A schema is being fetched or read; `source` says from where.

    That of another server (`is_other`) is no longer in use from now on.
    """

    source: str
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class SchemaProgressed:
    """How far the loading is, in words."""

    words: str


@dataclass(frozen=True, slots=True)
class SchemaArrived:
    """The schema is here; `changes` are those to the one before, the breaking ones first."""

    schema: Schema
    changes: tuple[SchemaChange, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaFailed:
    """The schema could not be had; one that was there before stays in use."""

    problem: BackendError


@dataclass(frozen=True, slots=True)
class RunChosen:
    """Another run of this session is shown."""

    number: int


@dataclass(frozen=True, slots=True)
class ComparisonAsked:
    """A screen of data is being fetched both ways."""

    screen: Screen


@dataclass(frozen=True, slots=True)
class ComparisonArrived:
    """Both ways are measured."""

    comparison: Comparison


@dataclass(frozen=True, slots=True)
class ComparisonFailed:
    """One of the ways did not work."""

    problem: BackendError


Event = (
    DraftChanged
    | DocumentRead
    | OperationChosen
    | SchemaAsked
    | SchemaProgressed
    | SchemaArrived
    | SchemaFailed
    | RunChosen
    | ComparisonAsked
    | ComparisonArrived
    | ComparisonFailed
    | RunEvent
)


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What is known of the schema: where it comes from, whether it is here, what changed."""

    status: SchemaStatus = "none"
    source: str = ""
    schema: Schema | None = None
    changes: tuple[SchemaChange, ...] = ()
    problem: BackendError | None = None
    progress: str = ""


@dataclass(frozen=True, slots=True)
class ComparisonState:
    """What was measured last by REST and by GraphQL."""

    found: Comparison | None = None
    problem: BackendError | None = None
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class GraphqlState:
    """What the pane shows; `runs` are ordered by number, the newest last."""

    draft: Draft = Draft()  # noqa: RUF009 - frozen
    operations: tuple[Operation, ...] = ()
    chosen: Operation | None = None
    diagnosis: Diagnosis = Diagnosis()  # noqa: RUF009 - frozen
    variables_diagnosis: Diagnosis = Diagnosis()  # noqa: RUF009 - frozen
    schema: SchemaState = SchemaState()
    runs: tuple[Run, ...] = ()
    shown: int | None = None
    comparison: ComparisonState = ComparisonState()

    @property
    def current(self) -> Run | None:
        """The run on screen."""
        return self.run(self.shown)

    @property
    def running(self) -> Run | None:
        """The newest run that is still under way."""
        last = self.runs[-1] if self.runs else None
        return last if last is not None and last.is_running else None

    @property
    def next_number(self) -> int:
        return self.runs[-1].number + 1 if self.runs else 1

    @property
    def to_run(self) -> Operation | None:
        """The operation that runs: the one under the cursor, or the only one there is."""
        if self.chosen is not None:
            return self.chosen
        return self.operations[0] if len(self.operations) == 1 else None

    def run(self, number: int | None) -> Run | None:
        """The run of that number while it is kept."""
        return next((each for each in self.runs if each.number == number), None)

    def neighbour(self, step: int) -> Run | None:
        """The run `step` places later (or earlier) in history, None at its ends."""
        numbers = [each.number for each in self.runs]
        if self.shown not in numbers:
            return None
        place = numbers.index(self.shown) + step
        return self.runs[place] if 0 <= place < len(numbers) else None

    def after(self, event: Event) -> GraphqlState:
        """The state once the event has taken place; one of a forgotten run changes nothing."""
        match event:
            case DraftChanged(draft):
                return replace(self, draft=draft)
            case DocumentRead(document, operations, diagnosis, variables):
                if document != self.draft.document:
                    return self
                return replace(
                    self,
                    operations=operations,
                    chosen=_same(self.chosen, operations),
                    diagnosis=diagnosis,
                    variables_diagnosis=variables,
                )
            case OperationChosen(operation):
                return replace(self, chosen=operation)
            case SchemaAsked() | SchemaProgressed() | SchemaArrived() | SchemaFailed():
                return replace(self, schema=_schema_after(self.schema, event))
            case RunChosen(number):
                return self if self.run(number) is None else replace(self, shown=number)
            case ComparisonAsked():
                return replace(self, comparison=replace(self.comparison, is_busy=True))
            case ComparisonArrived(comparison):
                return replace(self, comparison=ComparisonState(comparison))
            case ComparisonFailed(problem):
                return replace(self, comparison=ComparisonState(problem=problem))
            case RunStarted(number, draft, operation, at):
                kept = (*self.runs, Run(number, draft, at, operation))[-KEPT:]
                return replace(self, runs=kept, shown=number)
            case _:
                return self._with_run(event)

    def _with_run(self, event: RunEvent) -> GraphqlState:
        changed = tuple(
            progressed(each, event) if each.number == event.number else each for each in self.runs
        )
        return replace(self, runs=changed)


def _schema_after(
    state: SchemaState, event: SchemaAsked | SchemaProgressed | SchemaArrived | SchemaFailed
) -> SchemaState:
    match event:
        case SchemaAsked(source, is_other):
            kept = SchemaState() if is_other else state
            return replace(kept, status="loading", source=source, problem=None, progress="")
        case SchemaProgressed(words):
            return replace(state, progress=words)
        case SchemaArrived(schema, changes):
            return SchemaState("ready", state.source or schema.source.place, schema, changes)
        case SchemaFailed(problem):
            return replace(state, status="failed", problem=problem, progress="")


def _same(chosen: Operation | None, operations: tuple[Operation, ...]) -> Operation | None:
    """The operation that was chosen, found again after an edit by its name and kind."""
    if chosen is None:
        return None
    named = [o for o in operations if (o.kind, o.name) == (chosen.kind, chosen.name)]
    return min(named, key=lambda o: abs(o.start - chosen.start)) if named else None


def progressed(run: Run, event: RunEvent) -> Run:
    """The run after one more event of it; what comes late for a stopped one is left out."""
    match event:
        case JourneyArrived(_, trace):
            return replace(run, trace=trace, trace_problem=None)
        case JourneyMissing(_, problem, trace):
            return replace(run, trace=trace, trace_problem=problem)
        case LogPaused() | LogFiltered():
            return replace(run, log=_looked_at(run.log, event))
        case _ if not run.is_running:
            return run
        case Subscribed() | EventsArrived() | PingAnswered() | ConnectionLost():
            return replace(run, phase="streaming", log=_log_after(run.log or EventLog(), event))
        case RunStarted():
            return run
        case RequestSent(_, request, headers, transport, context, saved):
            return replace(
                run,
                request=request,
                sent_headers=headers,
                transport=transport,
                context=context,
                saved_bytes=saved,
                log=(run.log or EventLog()) if run.is_subscription else None,
            )
        case Noted(_, words):
            return replace(run, notes=(*run.notes, words))
        case ResponseBegan(_, head, body):
            return replace(run, phase="receiving", head=head, body=body)
        case BodyGrew(_, size, wire_bytes):
            return replace(run, size=size, wire_bytes=wire_bytes)
        case PatchesArrived(_, patches, merged):
            return replace(run, phase="streaming", patches=(*run.patches, *patches), merged=merged)
        case ResponseJudged(_, answer, timings):
            return replace(run, phase="done", answer=answer, timings=timings)
        case SubscriptionEnded(_, words, timings, code):
            ended = replace(run.log or EventLog(), connection="ended", words=words, close_code=code)
            return replace(run, phase="done", log=ended, timings=timings)
        case RunFailed(_, problem, timings, code):
            log = run.log and replace(
                run.log, connection="failed", words=problem.what, close_code=code
            )
            return replace(run, phase="failed", problem=problem, timings=timings, log=log)
        case RunCancelled(_, timings):
            stopped = run.log and replace(run.log, connection="ended", words="Stopped by you.")
            return replace(run, phase="cancelled", timings=timings, log=stopped)
        case _:
            assert_never(event)


def _log_after(
    log: EventLog, event: Subscribed | EventsArrived | PingAnswered | ConnectionLost
) -> EventLog:
    match event:
        case Subscribed(_, latency_us):
            latency = latency_us or log.latency_us
            return replace(
                log, connection="live", latency_us=latency, retry_in=None, words="", close_code=None
            )
        case EventsArrived(_, events):
            return log.with_events(events)
        case PingAnswered(_, latency_us):
            return replace(log, latency_us=latency_us)
        case ConnectionLost(_, problem, retry_in, code):
            return replace(
                log,
                connection="reconnecting",
                words=str(problem),
                retry_in=retry_in,
                close_code=code,
                reconnects=log.reconnects + 1,
            )


def _looked_at(log: EventLog | None, event: LogPaused | LogFiltered) -> EventLog | None:
    if log is None:
        return None
    if isinstance(event, LogPaused):
        return log.paused(event.is_paused)
    return replace(log, filter=event.words)
