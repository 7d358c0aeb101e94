"""The containers: the table, the question before an act, and the details of the chosen one."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from backend_tui.core import clipboard
from backend_tui.panes.docker.acts import ACTS, Act, Verb, docker_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.columns import duration_words, ports_text, state_cell
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details import DETAILS
from backend_tui.panes.docker.details.section import DetailSection
from backend_tui.panes.docker.model import DockerState, Selected
from backend_tui.panes.docker.pages.page import DockerPage
from backend_tui.panes.docker.pruning import DOES, KINDS, Prunable, Pruning, prune_line
from backend_tui.panes.docker.rows import ContainerRow
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard, Question
from backend_tui.panes.docker.widgets.container_list import ContainerList
from backend_tui.panes.docker.widgets.container_table import ContainerTable
from backend_tui.ui.sections import Maker, Sections

DEBOUNCE: Final = 0.15
"""Seconds that the cursor rests on a container before its details are read."""
_NO_ENGINE: Final = """\
It is looked for every few seconds, and this pane fills by itself.

R  looks now
D  uses another engine that is found here: Podman, Colima, Rancher, OrbStack …
   backend-tui --docker-host URL names one; `docker context use` does, too."""
_TONES: Final = {
    "plain": "$foreground",
    "strong": "bold $foreground",
    "muted": "$text-muted",
    "good": "$text-success",
    "warning": "$text-warning",
    "error": "$text-error",
    "accent": "$text-primary",
}


class ContainersPage(DockerPage):
    """Details follow the cursor; those of a removed container stay while they are read."""

    DEFAULT_CSS = """
    ContainersPage {
        & > ContainerList { height: 2fr; }
        & > #docker-title {
            height: 1; padding: 0 1; background: $surface;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > #docker-details { height: 3fr; }
        &.-away > #docker-title, &.-away > #docker-details { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "detail(-1)", "Previous detail", show=False),
        Binding("right_square_bracket", "detail(1)", "Next detail", show=False),
    ]

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-containers")
        self._pending: tuple[Verb, tuple[Container, ...]] | None = None
        self._prune: Prunable | None = None
        self._read: str | None = None
        self._resting: Timer | None = None
        self._was_lost = False
        self._title = Content()

    def compose(self) -> ComposeResult:
        yield ContainerList(self.client.clock)
        yield ConfirmCard()
        yield Static(markup=False, id="docker-title")
        makers: dict[str, tuple[str, Maker]] = {
            each.name: (each.title, partial(each.make, self.client)) for each in DETAILS
        }
        yield Sections(makers, id="docker-details")

    @property
    def list(self) -> ContainerList:
        return self.query_one(ContainerList)

    @property
    def details(self) -> Sections:
        return self.query_one("#docker-details", Sections)

    @property
    def section(self) -> DetailSection:
        """The detail tab on screen."""
        content = self.details.content
        assert isinstance(content, DetailSection)
        return content

    @property
    def measured(self) -> tuple[str, ...]:
        """The one that is read, then those on screen, as far as they have processes."""
        seen = [row.container for row in self.list.table.seen if isinstance(row, ContainerRow)]
        chosen = self.state.containers.get(self._read or "")
        wanted = [chosen, *seen] if chosen is not None else seen
        return tuple(each.id for each in wanted if each.state in ("running", "paused"))

    def show(self, state: DockerState) -> None:
        before = self.state
        super().show(state)
        is_away = state.engine != "live" and not state.containers
        self.set_class(is_away, "-away")
        self.list.show(state, _empty(state))
        if self._read is None and state.selected is not None:
            self._choose()
        self._tell_section(before)
        self._draw_title()

    def appear(self) -> None:
        super().appear()
        self.section.appear()

    def disappear(self) -> None:
        super().disappear()
        self.section.disappear()

    def tick(self) -> None:
        """A second went by: uptimes are drawn anew."""
        self.list.table.look_again()
        self._draw_title()

    # The chosen container and its details.

    def on_container_table_highlighted(self, event: ContainerTable.Highlighted) -> None:
        event.stop()
        row = event.row
        chosen = row.container.id if isinstance(row, ContainerRow) else None
        if not event.by_person and self._is_reading:
            return
        self.post_message(self.Wanted(Selected(chosen)))
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(DEBOUNCE, self._choose)

    def on_container_table_opened(self, event: ContainerTable.Opened) -> None:
        event.stop()
        self._choose()
        self.details.focus_content()

    def on_container_table_scrolled(self, event: ContainerTable.Scrolled) -> None:
        event.stop()
        self.post_message(self.SeenChanged())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Back in the table, the details follow the cursor again."""
        row = self.list.table.row
        if event.widget is not self.list.table or not isinstance(row, ContainerRow):
            return
        if row.container.id != self.state.selected:
            self.post_message(self.Wanted(Selected(row.container.id)))
            self._resting = self.set_timer(DEBOUNCE, self._choose)

    def on_sections_shown(self, event: Sections.Shown) -> None:
        event.stop()
        for detail in DETAILS:
            made = self.details.made(detail.name)
            if isinstance(made, DetailSection) and detail.name != event.tab:
                made.disappear()
        self.section.show(self.state.containers.get(self._read or ""))
        if self.is_shown:
            self.section.appear()

    async def action_detail(self, step: int) -> None:
        names = [each.name for each in DETAILS]
        is_reading = self._is_reading
        at = (names.index(self.details.active) + step) % len(names)
        await self.details.show(names[at], focus=is_reading)

    @property
    def _is_reading(self) -> bool:
        focused = self.screen.focused
        return focused is not None and self.details in focused.ancestors_with_self

    def _choose(self) -> None:
        self._read = self.state.selected
        self.section.show(self.state.containers.get(self._read or ""))
        self._draw_title()

    def _tell_section(self, before: DockerState) -> None:
        section, state = self.section, self.state
        if self._read is None:
            return
        container = state.containers.get(self._read)
        if container is not None:
            section.show(container)
        elif state.engine == "live" and self._read in before.containers:
            section.removed()
        sample = state.samples.get(self._read)
        if sample is not None and sample is not before.samples.get(self._read):
            section.sampled(sample)
        if state.engine == "live" and self._was_lost:
            section.engine_back()
        self._was_lost = state.engine == "lost"

    def _draw_title(self) -> None:
        line = _title(self.section, self.state, self.client.clock.now().timestamp())
        if line != self._title:
            self._title = line
            self.query_one("#docker-title", Static).update(line, layout=False)

    # Acts.

    def on_container_list_wanted(self, event: ContainerList.Wanted) -> None:
        event.stop()
        self.post_message(self.Wanted(event.event))

    def on_container_list_asked(self, event: ContainerList.Asked) -> None:
        event.stop()
        act = ACTS[event.verb]
        fit = tuple(each for each in event.containers if act.suits(each))
        if event.verb == "rename":
            fit = fit[:1]
        if not fit:
            self.notify(_unfit(act, event.containers), timeout=3, markup=False)
        elif act.is_free and len(fit) == 1:
            self.post_message(self.ActWanted(event.verb, fit))
        else:
            self._pending, self._prune = (event.verb, fit), None
            self.query_one(ConfirmCard).ask(self._question(act, fit))

    def on_container_list_prune_asked(self, event: ContainerList.PruneAsked) -> None:
        event.stop()
        self.run_worker(self._preview_prune(), group="prune", exclusive=True, exit_on_error=False)

    async def on_container_list_copy_asked(self, event: ContainerList.CopyAsked) -> None:
        event.stop()
        text = "\n".join(each.id for each in event.containers)
        if text:
            copied = await self.attempt(
                clipboard.copy(text.encode(), by_terminal=self.app.copy_to_clipboard)
            )
            if copied is not None:
                self.notify(f"{copied}", timeout=2, markup=False)

    def on_confirm_card_answered(self, event: ConfirmCard.Answered) -> None:
        event.stop()
        pending, self._pending = self._pending, None
        prune, self._prune = self._prune, None
        if not event.is_yes:
            return
        if prune is not None:
            self.post_message(self.PruneWanted(prune))
        elif pending is not None:
            verb, containers = pending
            self.post_message(self.ActWanted(verb, containers, event.name))

    async def _preview_prune(self) -> None:
        found = await self.attempt(self.client.prunable(KINDS[0]))
        if found is None:
            return
        if not found.names:
            self.notify("No container is stopped: nothing to prune.", timeout=3)
            return
        self._pending, self._prune = None, found.kind
        self.query_one(ConfirmCard).ask(self._prune_question(found))

    def _question(self, act: Act, containers: tuple[Container, ...]) -> Question:
        address = self.client.address
        one = containers[0]
        what = one.name if len(containers) == 1 else f"{len(containers)} containers"
        is_rename = act.verb == "rename"
        return Question(
            title=f"{act.title} {what}?",
            does=act.does,
            whom=", ".join(each.name for each in containers) if len(containers) > 1 else "",
            where=address.shown,
            line=docker_line(address, act.verb, containers, "NEW_NAME" if is_rename else ""),
            is_remote=not address.is_local,
            name=one.name if is_rename else None,
        )

    def _prune_question(self, found: Pruning) -> Question:
        address = self.client.address
        return Question(
            title=f"Prune {found}?",
            does=DOES[found.kind],
            whom=", ".join(found.names),
            where=address.shown,
            line=prune_line(address, found.kind),
            is_remote=not address.is_local,
        )


def _unfit(act: Act, containers: tuple[Container, ...]) -> str:
    """Why nothing is done."""
    if not containers:
        return "No container is chosen."
    if len(containers) == 1:
        return f"{containers[0].name} is {containers[0].state}: nothing to {act.verb}."
    return f"None of {len(containers)} can be {act.done} as they are."


def _empty(state: DockerState) -> str:
    """What is said where no row is."""
    if state.engine == "connecting":
        return "Looking for the Docker engine…"
    if state.engine == "lost" and not state.containers:
        return _NO_ENGINE
    if not state.containers:
        return "No containers here.\n\nOne that is made anywhere on this engine appears at once."
    if state.filter or state.hides_stopped:
        hidden = " Stopped ones are hidden (e)." if state.hides_stopped else ""
        return f"None of {len(state.containers)} containers passes.{hidden}\n\nesc shows all again."
    return ""


def _title(section: DetailSection, state: DockerState, now: float) -> Content:
    """The container that is read: state, name, image, how long, ports."""
    container = section.container
    if container is None:
        return Content.styled("no container is chosen", "$text-muted")
    word, tone = state_cell(ContainerRow(container))
    if section.is_gone:
        word, tone = "\u00d7 removed", "muted"
    up = container.uptime(now)
    parts = [container.image, f"up {duration_words(up)}" if up is not None else ""]
    parts += [state.ending(container) if container.exit_code else ""]
    parts += [ports_text(container), container.short_id]
    return Content.assemble(
        (f"{word} ", _TONES[tone]),
        (container.name, "bold"),
        ("  " + "  ".join(part for part in parts if part), "$text-muted"),
    )
