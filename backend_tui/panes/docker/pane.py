"""The Docker pane: the engine watched, its containers measured, acts done and logged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from backend_tui.core.errors import BackendError
from backend_tui.core.place import Place
from backend_tui.panes.docker.acts import Verb, docker_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.section import DetailSection
from backend_tui.panes.docker.engine.failures import EngineAwayError, read_only
from backend_tui.panes.docker.measuring import Measuring
from backend_tui.panes.docker.model import (
    ActEnded,
    ActStarted,
    DockerState,
    EngineChosen,
    Event,
    Failure,
    Filtered,
    MarksCleared,
    Pruned,
    SamplesArrived,
    SamplesStopped,
    Selected,
)
from backend_tui.panes.docker.pages import PAGES
from backend_tui.panes.docker.pages.containers import ContainersPage
from backend_tui.panes.docker.pages.page import DockerPage
from backend_tui.panes.docker.pruning import Prunable, prune_line
from backend_tui.panes.docker.watching import EngineLost, EngineReached
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard
from backend_tui.panes.docker.widgets.engine_card import EngineCard
from backend_tui.panes.docker.widgets.prune_card import PruneCard
from backend_tui.panes.docker.words import condition, counts, heading, told_together
from backend_tui.stack.docker_endpoint import RECORDED, EngineAddress, other_engines
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Condition, Pane
from backend_tui.ui.sections import Maker, Sections

DRAW: Final = 0.08
"""Seconds that news may wait for more, before they are drawn together."""
RECENT: Final = 0.9
"""Seconds for which a drawing of the whole page is new enough."""
LINGER: Final = 10.0
"""Seconds that a hidden pane goes on measuring."""
AT_ONCE: Final = 8
"""Acts of one bulk that wait for the engine together."""


class DockerPane(Pane):
    """One engine. Everything shown follows `state`; nothing is polled but an audit each 30 s."""

    HELP: ClassVar[str] = (
        "The engine's containers, live: its events change the table, nothing is polled. "
        "`space` marks several; an act is done to all that are marked, else to the line under "
        "the cursor, a project's line meaning all of its containers. Every act that cannot be "
        "undone asks first, and **Commands** keeps the `docker` line that does the same.\n\n"
        "`s` stop, `S` start, `r` restart, `p` pause, `ctrl+k` kill, `d` remove, `n` rename, "
        "`b` prune, `y` copy the name, `Y` the id · `o` `O` order, `e` hide stopped, `g` projects, "
        "`/` filter · `D` another engine · "
        "`[` `]` details, `{` `}` pages.\n\n"
        "cpu % is of one core, memory is without the file cache: both as in `docker stats`. "
        "What is not on screen is not measured (–)."  # noqa: RUF001 - the dash of the table
    )
    DEFAULT_CSS = """
    DockerPane {
        & > #docker-top { height: 1; background: $surface; padding: 0 1; }
        & > #docker-top > #docker-heading {
            width: 1fr; height: 1; text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > #docker-top > #docker-counts { width: auto; height: 1; padding-left: 2; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "retry", "Try now", show=False, tooltip="Look for the engine at once"),
        Binding("D", "other", "Other engine", show=False, tooltip="Use another that is here"),
        Binding("b", "prune", "Prune", show=False, tooltip="See what could be cleared away"),
        Binding("escape", "read", "Put the words away", show=False),
        Binding("left_curly_bracket", "page(-1)", "Previous page", show=False),
        Binding("right_curly_bracket", "page(1)", "Next page", show=False),
    ]

    def __init__(self, *, client: DockerClient) -> None:
        super().__init__(name="docker")
        self.state = DockerState()
        self.client = client
        self.measuring = Measuring(client.samples)
        self._wake = asyncio.Event()
        self._drawing: Timer | None = None
        self._ticking: Timer | None = None
        self._lingering: Timer | None = None
        self._told: tuple[Condition, str] | None = None
        self._lost_at: float | None = None
        self._drawn_at = 0.0
        self._acts = 0
        self._is_watching = False
        self._first: EngineAddress | None = None
        self._said: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        yield ErrorBanner()
        with Horizontal(id="docker-top"):
            yield Static(markup=False, id="docker-heading")
            yield Static(markup=False, id="docker-counts")
        yield PruneCard(self.client)
        yield EngineCard()
        makers: dict[str, tuple[str, Maker]] = {
            each.name: (each.title, partial(each.make, self.client)) for each in PAGES
        }
        yield Sections(makers, id="docker-pages")

    def on_mount(self) -> None:
        self._ticking = self.set_interval(1.0, self._tick, pause=True)
        self._draw()

    async def on_unmount(self) -> None:
        await self.measuring.aclose()
        await self.client.aclose()

    def focus_first(self) -> None:
        self.pages.focus_content()

    def appear(self) -> None:
        super().appear()
        if self._lingering is not None:
            self._lingering.stop()
        if not self._is_watching:
            self._is_watching = True
            self._start_watch()
            self.run_worker(self._measure(), group="measure", exit_on_error=False)
        if self._ticking is not None:
            self._ticking.resume()
        self.page.appear()
        self._draw()

    def disappear(self) -> None:
        super().disappear()
        if self._ticking is not None:
            self._ticking.pause()
        self.page.disappear()
        self._lingering = self.set_timer(LINGER, self._choose_measured)

    async def visit(self, place: Place) -> None:
        """Show a container by its name or id, a page by its name."""
        names = [each.name for each in PAGES]
        if place.kind == "page" and place.subject in names:
            await self.pages.show(place.subject, focus=True)
        elif place.kind == "container":
            await self.pages.show("containers")
            found = (
                each.id
                for each in self.state.containers.values()
                if place.subject
                and (each.name == place.subject or each.id.startswith(place.subject))
            )
            page, identity = self.page, next(found, None)
            if identity is not None and isinstance(page, ContainersPage):
                self.happen(Filtered(""))
                self._draw()
                page.list.table.highlight(identity)

    @property
    def pages(self) -> Sections:
        return self.query_one("#docker-pages", Sections)

    @property
    def page(self) -> DockerPage:
        """The page on screen."""
        content = self.pages.content
        assert isinstance(content, DockerPage)
        return content

    # What happens, and how it is drawn.

    def happen(self, event: Event) -> None:
        """The one way in which the state changes."""
        self.state = self.state.after(event)
        match event:
            case EngineReached() | EngineChosen():
                self._lost_at = None
                self.clear_problem()
            case EngineLost(error):
                if self._lost_at is None:
                    self._lost_at = self.client.clock.monotonic()
                self.query_one(ErrorBanner).show(error)
            case _:
                pass
        if self._drawing is None:
            self._drawing = self.set_timer(DRAW, self._draw)
        self.post_message(self.Happened(self, event))

    def _draw(self) -> None:
        if self._drawing is not None:
            self._drawing.stop()
            self._drawing = None
        told = condition(self.state)
        if told != self._told:
            self._told = told
            self.post_message(self.StateChanged(self, *told))
        if not self.is_shown or not self.is_attached:
            return
        self._draw_heading()
        self.page.show(self.state)
        self._drawn_at = self.client.clock.monotonic()
        self._choose_measured()

    def _draw_heading(self) -> None:
        age = None
        if self._lost_at is not None:
            age = self.client.clock.monotonic() - self._lost_at
        line = heading(self.state, self._address(), is_read_only=self.client.is_read_only, age=age)
        self._say("#docker-heading", line, layout=False)
        self._say("#docker-counts", counts(self.state, self.measuring.count), layout=True)

    def _say(self, where: str, line: Content, *, layout: bool) -> None:
        """Draw a line that is another than before."""
        if self._said.get(where) != line:
            self._said[where] = line
            self.query_one(where, Static).update(line, layout=layout)

    def _address(self) -> str:
        try:
            return self.client.address.shown
        except BackendError as problem:
            return problem.what

    def _tick(self) -> None:
        """Uptimes and ages are drawn anew where nothing else drew them within the second."""
        if self.client.clock.monotonic() - self._drawn_at < RECENT:
            return
        self._draw_heading()
        if isinstance(self.page, ContainersPage):
            self.page.tick()

    def _start_watch(self) -> None:
        """The one watch; one that runs already, on another engine, ends."""
        self.run_worker(self._watch(), group="watch", exclusive=True, exit_on_error=False)

    async def _watch(self) -> None:
        async with aclosing(self.client.watch(self._wake)) as items:
            async for item in items:
                self.happen(item)

    async def _measure(self) -> None:
        async with aclosing(self.measuring.batches()) as batches:
            async for batch in batches:
                self.happen(SamplesArrived(batch))

    def _choose_measured(self) -> None:
        """Streams for what the page shows; none when nobody looks or nobody answers."""
        is_wanted = self.is_shown and self.state.engine == "live"
        left = self.measuring.want(self.page.measured if is_wanted else ())
        if left & set(self.state.samples):
            self.happen(SamplesStopped(left))

    # What the pages ask for.

    def on_docker_page_wanted(self, message: DockerPage.Wanted) -> None:
        message.stop()
        self.happen(message.event)
        if not isinstance(message.event, Selected):
            self._draw()

    def on_docker_page_seen_changed(self, message: DockerPage.SeenChanged) -> None:
        message.stop()
        if self.is_shown:
            self._choose_measured()

    def on_docker_page_act_wanted(self, message: DockerPage.ActWanted) -> None:
        message.stop()
        work = self.act(message.verb, message.containers, message.new_name)
        self.run_worker(work, group="act", exit_on_error=False)

    def on_prune_card_confirmed(self, message: PruneCard.Confirmed) -> None:
        message.stop()
        self.run_worker(self._prune(message.kind), group="act", exit_on_error=False)

    def on_docker_page_failed(self, message: DockerPage.Failed) -> None:
        message.stop()
        self._show_or_clear(message.problem)

    def on_detail_section_failed(self, message: DetailSection.Failed) -> None:
        message.stop()
        self._show_or_clear(message.problem)

    def on_sections_shown(self, event: Sections.Shown) -> None:
        if event.sections is not self.pages:
            return
        for each in PAGES:
            made = self.pages.made(each.name)
            if isinstance(made, DockerPage) and each.name != event.tab:
                made.disappear()
        if self.is_shown:
            self.page.appear()
        self._draw()

    async def action_page(self, step: int) -> None:
        names = [each.name for each in PAGES]
        at = (names.index(self.pages.active) + step) % len(names)
        await self.pages.show(names[at], focus=True)

    def action_read(self) -> None:
        """What failed was read; that the engine is away stays on screen."""
        self._show_or_clear(None)

    def action_retry(self) -> None:
        self._wake.set()

    def on_key(self, event: events.Key) -> None:
        """A key that was typed right after a question is the question's."""
        if any(card.take(event) for card in self._cards):
            event.stop()
            event.prevent_default()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """While something is asked, the pane's own keys rest."""
        return not any(card.question for card in self.query(ConfirmCard))

    @property
    def _cards(self) -> tuple[PruneCard, EngineCard]:
        return self.query_one(PruneCard), self.query_one(EngineCard)

    def action_prune(self) -> None:
        """Count what could be cleared away, and ask."""
        kind = self.page.PRUNES
        if self.state.engine != "live":
            self.notify("No engine answers: nothing can be pruned.", timeout=3)
        elif self.client.is_read_only:
            self._show_or_clear(read_only(prune_line(self.client.address, kind)))
        else:
            self.query_one(PruneCard).open(kind)

    async def action_other(self) -> None:
        """Offer the next engine that is found here; nothing is used without a yes."""
        try:
            now: EngineAddress | None = self.client.address
        except BackendError:
            now = None
        found = list(await asyncio.to_thread(other_engines, now))
        first = self._first
        if first is not None and now is not None and first.url != now.url:
            found = [each for each in found if each[1].url != first.url]
            found.append(("the engine of the beginning", first))
        if now is None or not now.is_recorded:
            found.append(("a recorded session", EngineAddress(RECORDED, "chosen")))
        if found:
            self.query_one(EngineCard).open(found)
        else:
            self.notify("No other engine is found here: no context, no socket.", timeout=3)

    def on_engine_card_chosen(self, message: EngineCard.Chosen) -> None:
        message.stop()
        with contextlib.suppress(BackendError):  # the one of the beginning may not exist
            self._first = self._first or self.client.address
        self.client.engine.use(message.address)
        self.happen(EngineChosen(message.address.url))
        self._start_watch()

    async def act(self, verb: Verb, containers: Sequence[Container], new_name: str = "") -> None:
        """Do it to all of them, some at a time; what failed is listed, the rest is done."""
        if not containers or (verb == "rename" and not new_name):
            return
        self._acts += 1
        number, ids = self._acts, frozenset(each.id for each in containers)
        line = docker_line(self.client.address, verb, containers, new_name)
        self.happen(ActStarted(number, verb, ids, line, self.client.clock.now()))
        self._draw()
        turn = asyncio.Semaphore(AT_ONCE)

        away: list[BackendError] = []

        async def one(container: Container) -> Failure | None:
            async with turn:
                try:
                    if away:  # each would wait for nobody as long as the first did
                        raise away[0]
                    await self.client.act(verb, container, new_name)
                except BackendError as problem:
                    if isinstance(problem, EngineAwayError):
                        away.append(problem)
                    return Failure(container.name, problem)
                return None

        outcomes = await asyncio.gather(*(one(each) for each in containers))
        failures = tuple(each for each in outcomes if each is not None)
        self.happen(ActEnded(number, ids, len(containers) - len(failures), failures))
        if failures:
            self.query_one(ErrorBanner).show(told_together(verb, failures, len(containers)))
        else:
            self.clear_problem()
            self.happen(MarksCleared())
        self._draw()

    async def _prune(self, kind: Prunable) -> None:
        line = prune_line(self.client.address, kind)
        done = await self.attempt(self.client.prune(kind))
        self.happen(Pruned(line, self.client.clock.now(), done or "failed"))
        if done:
            self.notify(done, timeout=3, markup=False)

    def _show_or_clear(self, problem: BackendError | None) -> None:
        if problem is not None:
            self.query_one(ErrorBanner).show(problem)
        elif self.state.engine != "lost":
            self.clear_problem()
