"""The containers: the table, the question before an act, and the details of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar, Final, Literal

from textual import events
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from backend_tui.core import clipboard
from backend_tui.core.text import shorten
from backend_tui.panes.docker import exec_shell
from backend_tui.panes.docker.acts import ACTS, Act, Verb, docker_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.columns import duration_words, ports_text, state_cell
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details import DETAILS
from backend_tui.panes.docker.details.section import DetailSection
from backend_tui.panes.docker.engine.failures import read_only
from backend_tui.panes.docker.model import DockerState, Selected, ShellLeft
from backend_tui.panes.docker.pages.page import DockerPage
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
D  uses another engine that is found here (Podman, Colima, Rancher …),
   or plays a recorded session, with the badge RECORDED
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
        & > ContainerList { height: 1fr; }
        & > #docker-title {
            height: 1; padding: 0 1; background: $surface;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > #docker-details { height: 1fr; }
        &.-away > #docker-title, &.-away > #docker-details { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "act('stop')", "Stop"),
        Binding("S", "act('start')", "Start"),
        Binding("r", "act('restart')", "Restart"),
        Binding("p", "act('pause')", "Pause", tooltip="Freeze it, or let it go on"),
        Binding("d", "act('remove')", "Remove"),
        Binding("ctrl+k", "act('kill')", "Kill", show=False),
        Binding("n", "act('rename')", "Rename", show=False),
        Binding("E", "shell", "Shell", tooltip="bash or sh in it; this screen waits"),
        Binding("y", "copy('name')", "Copy the name", show=False),
        Binding("Y", "copy('id')", "Copy the id", show=False),
        Binding("left_square_bracket", "detail(-1)", "Previous detail", show=False),
        Binding("right_square_bracket", "detail(1)", "Next detail", show=False),
    ]

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-containers")
        self._pending: tuple[Verb, tuple[Container, ...]] | None = None
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
    def card(self) -> ConfirmCard:
        """The question before an act."""
        return self.query_one("ContainersPage > ConfirmCard", ConfirmCard)

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

    async def on_key(self, event: events.Key) -> None:
        """An act's key is done here, at once: a key right behind it finds the question asked."""
        if self.card.take(event):
            event.stop()
            event.prevent_default()
        elif event.key in _ACT_KEYS and self.list.table.has_focus:
            event.stop()
            await self.run_action(_ACT_KEYS[event.key])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Acts are the table's: a detail that is read, or a question, has keys of its own."""
        if action in ("act", "copy"):
            return self.list.has_focus_within
        return self.card.question is None

    def action_act(self, verb: Verb) -> None:
        """To all that are marked, else to the line under the cursor."""
        targets = self.list.targets
        if verb == "pause" and targets and not any(each.is_running for each in targets):
            verb = "unpause"
        act = ACTS[verb]
        busy = self.state.doing
        fit = tuple(each for each in targets if act.suits(each) and each.id not in busy)
        if verb == "rename":
            fit = fit[:1]
        if not fit:
            self.notify(_unfit(act, targets, busy), timeout=3, markup=False)
        elif self.client.is_read_only:
            self._has_failed = True
            line = docker_line(self.client.address, verb, fit, "NEW_NAME")
            self.post_message(self.Failed(read_only(line)))
        elif act.is_free and len(fit) == 1:
            self.post_message(self.ActWanted(verb, fit))
        else:
            self._pending = (verb, fit)
            self.card.ask(self._question(act, fit, targets))

    def action_shell(self) -> None:
        """Hand the terminal to a shell in the container under the cursor, until it ends."""
        row = self.list.table.row
        if isinstance(row, ContainerRow):
            self.run_worker(self._shell(row.container), group="shell", exit_on_error=False)
        else:
            self.notify("No container is chosen.", timeout=3)

    async def _shell(self, container: Container) -> None:
        shell = await self.attempt(exec_shell.shell_in(self.client, container))
        if shell is None:
            return
        try:
            if not exec_shell.has_terminal():
                raise SuspendNotSupported
            with self.app.suspend():
                outcome = exec_shell.outcome_of(self.client, shell)
        except SuspendNotSupported:
            self._has_failed = True
            self.post_message(self.Failed(exec_shell.no_terminal()))
            return
        words = exec_shell.told(shell, outcome)
        self.post_message(self.Wanted(ShellLeft(shell.shown, self.client.clock.now(), words)))
        self.notify(words, timeout=3, markup=False)

    async def action_copy(self, what: Literal["name", "id"]) -> None:
        """The name or the id of the line under the cursor, or of all that are marked."""
        targets = self.list.targets
        text = "\n".join(each.name if what == "name" else each.id for each in targets)
        if text:
            copied = await self.attempt(
                clipboard.copy(text.encode(), by_terminal=self.app.copy_to_clipboard)
            )
            if copied is not None:
                self.notify(f"{what}: {copied}", timeout=2, markup=False)

    def on_confirm_card_answered(self, event: ConfirmCard.Answered) -> None:
        event.stop()
        pending, self._pending = self._pending, None
        if event.is_yes and pending is not None:
            verb, containers = pending
            self.post_message(self.ActWanted(verb, containers, event.name))

    def _question(
        self, act: Act, containers: tuple[Container, ...], wanted: tuple[Container, ...]
    ) -> Question:
        address = self.client.address
        one = containers[0]
        what = one.name if len(containers) == 1 else f"{len(containers)} containers"
        is_rename = act.verb == "rename"
        return Question(
            title=f"{act.title} {what}?",
            does=" ".join((act.does, *_left_out(act, containers, wanted))),
            whom=", ".join(each.name for each in containers) if len(containers) > 1 else "",
            where=address.shown,
            line=docker_line(address, act.verb, containers, "NEW_NAME" if is_rename else ""),
            is_remote=not address.is_local,
            name=one.name if is_rename else None,
            word=act.verb if act.loses and not address.is_local else "",
        )


_ACT_KEYS: Final = {
    each.key: each.action
    for each in ContainersPage.BINDINGS
    if isinstance(each, Binding) and each.action.startswith("act(")
}


def _unfit(act: Act, containers: tuple[Container, ...], busy: Mapping[str, Verb]) -> str:
    """Why nothing is done."""
    if not containers:
        return "No container is chosen."
    if len(containers) == 1 and (doing := busy.get(containers[0].id)):
        return f"{containers[0].name} is {ACTS[doing].doing} Wait until that is done."
    if len(containers) == 1:
        return f"{containers[0].name} is {containers[0].state}: nothing to {act.verb}."
    return f"None of {len(containers)} can be {act.done} as they are."


def _left_out(
    act: Act, containers: tuple[Container, ...], wanted: tuple[Container, ...]
) -> tuple[str, ...]:
    """Which of those that were wanted are not touched."""
    left = [each for each in wanted if each not in containers]
    if not left:
        return ()
    if act.verb == "rename":
        return (f"Of {len(wanted)} that are chosen only the first is renamed.",)
    names = shorten(", ".join(f"{each.name} ({each.state})" for each in left), 120)
    return (f"Left out: {names}.",)


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
