"""The Strategies tab: how each route is cached, changed by keys, and experiments that count."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import clean
from backend_tui.panes.cache.section import CacheSection
from backend_tui.panes.cache.strategies import experiments
from backend_tui.panes.cache.strategies.client import StrategyClient
from backend_tui.panes.cache.strategies.columns import ROUTES
from backend_tui.panes.cache.strategies.comparing import compared
from backend_tui.panes.cache.strategies.lab import PROTECTIONS, Route
from backend_tui.panes.cache.strategies.model import (
    Event,
    ExperimentEnded,
    ExperimentStarted,
    ExperimentStopped,
    LabArrived,
    PolicyChanged,
    PolicyRefused,
    RouteChosen,
    StrategiesState,
)
from backend_tui.panes.cache.strategies.policy_text import changes, line_to_edit
from backend_tui.panes.cache.strategies.words import STRATEGIES, obstacle, policy_words
from backend_tui.ui.record_table import RecordTable

EVERY_S: Final = 1.0
_TTLS: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 3600)
_EMPTY: Final = "The routes of the shop are on their way."
_HINT: Final = "b burst  e expire  o stale  w write  a +30 s   v p n + - policy   X reset"


class StrategiesSection(CacheSection):
    """Routes above, what the chosen policy does, the last two experiments side by side."""

    HELP: ClassVar[str] = (
        "Each route is cached by a **policy** that can be changed while the shop runs: `v` the "
        "next strategy, `p` the next protection against stampedes, `n` the next invalidation, "
        "`+` and `-` the time to live, Enter all of it in one line.\n\n"
        "Experiments: `b` a burst of 100 requests by 20 clients, `e` the key expires under 20 "
        "clients, `o` another program writes the source past the cache, `w` a write by the "
        "strategy and a read, `a` 30 s pass. The counters before, after and their difference stay "
        "beside those of the run before: set `lab-a` and `lab-b` apart and compare. `X` resets all."
    )
    DEFAULT_CSS = """
    StrategiesSection {
        #lab-routes { height: 1fr; min-height: 4; }
        #lab-words { height: auto; max-height: 4; padding: 0 1; }
        #lab-editor { display: none; border: none; height: 1; padding: 0 1; background: $surface; }
        #lab-runs { height: auto; padding: 0 1; display: none; border-top: solid $panel; }
        &.-editing #lab-editor { display: block; }
        &.-has-runs #lab-runs { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "experiment('burst')", "Burst", tooltip="100 requests by 20 clients at once"),
        Binding("e", "experiment('expire')", "Expire", tooltip="The key expires under 20 clients"),
        Binding("o", "experiment('stale')", "Stale", tooltip="Write the source past the cache"),
        Binding("w", "experiment('write')", "Write", tooltip="Write by the strategy, then read"),
        Binding("a", "experiment('advance')", "+30 s", tooltip="Put the cache's clock forward"),
        Binding(
            "v", "strategy(1)", "Strategy", tooltip="The next strategy that the route can have"
        ),
        Binding("V", "strategy(-1)", "Strategy before", show=False),
        Binding("p", "protection", "Protect", tooltip="None, flight, lease, early"),
        Binding("n", "invalidation", "Invalidation", show=False, tooltip="Delete, tag, version"),
        Binding("plus,equals_sign", "ttl(1)", "Longer TTL", show=False),
        Binding("minus", "ttl(-1)", "Shorter TTL", show=False),
        Binding("X", "reset", "Reset", show=False, tooltip="Policies, counters, caches, clock"),
        Binding("escape", "stop", "Stop", show=False),
    ]

    def __init__(self, client: StrategyClient) -> None:
        super().__init__(id="cache-strategies")
        self.state = StrategiesState()
        self._client = client
        self._timer: Timer | None = None
        self._polling: Worker[None] | None = None
        self._work: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        yield RecordTable[Route](
            ROUTES, capacity=100, identity=lambda route: route.name, empty=_EMPTY, id="lab-routes"
        )
        yield Static(markup=False, id="lab-words")
        yield Input(id="lab-editor", compact=True, select_on_focus=False)
        yield Static(markup=False, id="lab-runs")

    def on_mount(self) -> None:
        self._timer = self.set_interval(EVERY_S, self._poll, pause=not self.is_shown)

    async def on_unmount(self) -> None:
        await self._client.aclose()

    def appear(self) -> None:
        super().appear()
        self.call_after_refresh(self._poll)
        if self._timer is not None:
            self._timer.resume()

    def disappear(self) -> None:
        super().disappear()
        if self._timer is not None:
            self._timer.pause()

    @property
    def table(self) -> RecordTable[Route]:
        return self.query_one("#lab-routes", RecordTable)

    def focus_first(self) -> None:
        """Work begins at the routes."""
        self.table.focus()

    def happen(self, event: Event) -> None:
        """The event changes the state, and the state what is seen."""
        before, self.state = self.state, self.state.after(event)
        if self.state != before:
            self._draw(before)
        self.post_message(self.Happened(event))

    # What is seen

    def _draw(self, before: StrategiesState) -> None:
        state = self.state
        if state.lab is not None and state.lab.routes and before.lab != state.lab:
            self.table.extend(state.lab.routes)
            if before.lab is None:
                self.table.hold()
                self.table.action_first()
            self.table.flush(force=True)
        self.query_one("#lab-words", Static).update(self._words())
        if before.runs != state.runs:
            self.set_class(bool(state.runs), "-has-runs")
            self.query_one("#lab-runs", Static).update(compared(state.runs))

    def _words(self) -> Content:
        state, route = self.state, self.state.route
        if route is None:
            return Content("")
        does, wrong = policy_words(route.policy)
        lines = [Content(does), Content.styled(f"▲ {wrong}", "$text-warning")]
        if state.refused:
            return Content.styled(f"✗ {clean(state.refused)}", "bold $text-error")
        if state.running:
            words = f"◌ {state.running} …  escape stops it"
            lines.append(Content.styled(words, "bold $text-warning"))
        elif state.stopped:
            words = f"■ Stopped: {state.stopped}. What was asked until then is counted above."
            lines = [lines[0], Content.styled(words, "bold $text-warning")]
        else:
            missing = _missing(route) if state.is_changed else ""
            lines.append(Content.styled(missing or _HINT, "$text-muted"))
        return Content("\n").join(lines)

    # What comes in

    def _poll(self) -> None:
        if self._polling is None or self._polling.is_finished:
            self._polling = self.run_worker(self._ask_lab(), group="poll", exit_on_error=False)

    async def _ask_lab(self) -> None:
        lab = await self.attempt(self._client.lab())
        if lab is not None:
            self.happen(LabArrived(lab))

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self.happen(RouteChosen(event.record.name))

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        event.stop()
        self.happen(RouteChosen(event.record.name))
        self._edit(event.record)

    # Policies

    def action_strategy(self, step: int) -> None:
        """The next strategy that the route can have; what it cannot have is said."""
        route = self.state.route
        if route is None:
            return
        if len(route.strategies) < 2:
            self.happen(PolicyRefused(f"{route.name} is cached in one way only."))
            return
        names = route.strategies
        at = names.index(route.policy.strategy) if route.policy.strategy in names else -1
        self._change({"strategy": names[(at + step) % len(names)]})

    def action_protection(self) -> None:
        """The next protection; one that does not go with the strategy is left out."""
        route = self.state.route
        if route is not None:
            is_guarded = route.policy.strategy == "read-through"
            able = PROTECTIONS[1:] if is_guarded else PROTECTIONS
            self._change({"protection": _after(able, route.policy.protection)})

    def action_invalidation(self) -> None:
        """The next way in which a write makes what is stored void."""
        route = self.state.route
        if route is not None:
            chosen = _after(route.invalidations, route.policy.invalidation)
            self._change({"invalidation": chosen})

    def action_ttl(self, step: int) -> None:
        """A longer or shorter time to live."""
        route = self.state.route
        if route is not None:
            now = route.policy.ttl_s
            longer = [each for each in _TTLS if each > now] or [_TTLS[-1]]
            shorter = [each for each in _TTLS if each < now] or [_TTLS[0]]
            self._change({"ttl_s": longer[0] if step > 0 else shorter[-1]})

    def _change(self, members: dict[str, Any]) -> None:
        route = self.state.route
        if route is not None and members:
            self.run_worker(self._changed(route.name, members), group="policy")

    async def _changed(self, name: str, members: dict[str, Any]) -> None:
        try:
            route = await self._client.change(name, members)
        except UsageError as refusal:
            if set(members) == {"strategy"} and members["strategy"] == "read-through":
                await self._changed(name, {**members, "protection": "flight"})
                return
            if set(members) == {"strategy"} and members["strategy"].startswith("write-"):
                await self._changed(name, {**members, "invalidation": "delete"})
                return
            self.happen(PolicyRefused(refusal.why or refusal.what))
        except BackendError as problem:
            self.happen(PolicyRefused(str(problem)))
        else:
            self.happen(PolicyChanged(route))

    def _edit(self, route: Route) -> None:
        editor = self.query_one("#lab-editor", Input)
        editor.value = line_to_edit(route.policy)
        editor.cursor_position = len(editor.value)
        self.add_class("-editing")
        editor.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        route = self.state.route
        if route is None:
            return
        try:
            self._change(changes(route.policy, event.value))
        except UsageError as refusal:
            self.happen(PolicyRefused(str(refusal)))
            return
        self._leave_editor()

    def _leave_editor(self) -> None:
        self.remove_class("-editing")
        self.table.focus()

    # Experiments

    def action_experiment(self, name: str) -> None:
        """Do it on the chosen route; one at a time."""
        route = self.state.route
        if route is None:
            return
        if self.state.running:
            self.happen(PolicyRefused("An experiment runs; escape stops it."))
            return
        experiment = experiments.BY_NAME[name]
        self.happen(ExperimentStarted(experiment.title, route.name))
        number = self.state.next_number
        self._work = self.run_worker(
            self._conduct(name, route.name, number), group="experiment", exit_on_error=False
        )

    async def _conduct(self, name: str, route: str, number: int) -> None:
        run = None
        try:
            run = await experiments.conduct(self._client, name, route, number)
        except asyncio.CancelledError:
            if self.is_attached:
                self.happen(ExperimentStopped())
            raise
        except UsageError as refusal:
            self.happen(PolicyRefused(f"{refusal.why} {refusal.hint}".strip()))
        except BackendError as problem:
            self.happen(PolicyRefused(str(problem)))
        self.happen(ExperimentEnded(run))
        self._poll()

    def action_reset(self) -> None:
        """Policies as the shop starts, caches emptied, counters zero, the clock right."""
        self.run_worker(self._reset(), group="policy")

    async def _reset(self) -> None:
        await self.attempt(self._client.reset())
        self._poll()
        self.notify("Policies, counters, caches and clock are as the shop starts.", timeout=3)

    def action_stop(self) -> None:
        """Leave the editor; else stop the experiment."""
        if self.has_class("-editing"):
            self._leave_editor()
        elif self._work is not None and not self._work.is_finished:
            self._work.cancel()


def _after(names: tuple[str, ...], name: str) -> str:
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]


def _missing(route: Route) -> str:
    """What the route cannot be, and why."""
    known = [each for each in STRATEGIES if each not in ("query", "view", "fragment")]
    return next((why for each in known if (why := obstacle(route, each))), "")
