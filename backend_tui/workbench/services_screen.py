"""The services: how each is, why it failed, and the last lines it wrote."""

from __future__ import annotations

from contextlib import aclosing
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Static

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line
from backend_tui.stack.endpoints import ServiceName, ServiceState, Stack
from backend_tui.workbench import frame
from backend_tui.workbench.pieces import content

_LOG_EVERY = 1.0


class ServicesScreen(ModalScreen[None]):
    """One service at a time; left and right choose, `r` restarts, `y` copies its log."""

    DEFAULT_CSS = """
    ServicesScreen {
        align: center middle;
        & > #services {
            width: 94%;
            height: 90%;
            padding: 1 2;
            background: $surface;
            border-left: outer $primary;
        }
        #tabs { height: 1; }
        #state { height: auto; margin: 1 0; }
        #log { height: 1fr; }
        #log-text { width: 1fr; height: auto; }
        #close { height: 1; margin-top: 1; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f12,q", "dismiss", "Close"),
        Binding("left,h", "other(-1)", "Previous service"),
        Binding("right,l,tab", "other(1)", "Next service"),
        Binding("r", "restart", "Restart", tooltip="Stop and start this service"),
        Binding("y", "copy", "Copy log", tooltip="All lines of its log"),
    ]

    states: reactive[tuple[ServiceState, ...]] = reactive(())
    chosen: reactive[ServiceName] = reactive[ServiceName]("demo")

    def __init__(self, stack: Stack, name: ServiceName) -> None:
        super().__init__()
        self._stack = stack
        self._log: tuple[str, ...] = ()
        self.set_reactive(ServicesScreen.states, stack.services())
        self.set_reactive(ServicesScreen.chosen, name)

    def compose(self) -> ComposeResult:
        with Vertical(id="services"):
            yield Static(id="tabs", markup=False)
            yield Static(id="state", markup=False)
            with VerticalScroll(id="log"):
                yield Static(id="log-text", markup=False)
            hint = "← → choose   r restart   y copy the log   esc close"
            yield Static(hint, id="close", markup=False)

    def on_mount(self) -> None:
        self._draw()
        self.set_interval(_LOG_EVERY, self._draw_log)
        self.run_worker(self._follow(), name="services")
        self.query_one("#log").focus()

    def watch_states(self) -> None:
        self._draw()

    def watch_chosen(self) -> None:
        self._draw()

    def action_other(self, step: int) -> None:
        """The service before or after this one."""
        names = [each.name for each in self.states]
        self.chosen = names[(names.index(self.chosen) + step) % len(names)]

    async def action_restart(self) -> None:
        """Stop and start this service; what forbids it is said."""

        async def restart(name: ServiceName) -> None:
            try:
                await self._stack.restart(name)
            except BackendError as problem:
                self.notify(clean(str(problem)), severity="error", markup=False)

        self.run_worker(restart(self.chosen), name="restart", exclusive=True)

    def action_copy(self) -> None:
        """Its log as text to the clipboard."""
        self.app.copy_to_clipboard("\n".join(self._stack.log(self.chosen)))
        self.notify("The log is copied.", markup=False)

    async def _follow(self) -> None:
        async with aclosing(self._stack.events()) as events:
            async for _ in events:
                self.states = self._stack.services()

    def _draw(self) -> None:
        if not self.query("#log-text"):
            return
        self.query_one("#tabs", Static).update(self._tabs())
        self.query_one("#state", Static).update(self._state())
        self._draw_log(force=True)

    def _draw_log(self, force: bool = False) -> None:
        lines = self._stack.log(self.chosen)
        if not force and lines == self._log:
            return
        self._log = lines
        shown = "\n".join(clean_line(line) for line in lines) or "It has written nothing yet."
        self.query_one("#log-text", Static).update(Content(shown))
        self.query_one("#log", VerticalScroll).scroll_end(animate=False)

    def _tabs(self) -> Content:
        pieces: list[frame.Piece] = []
        for each in self.states:
            is_chosen = each.name == self.chosen
            pieces += [
                ("▌" if is_chosen else " ", "bar"),
                (each.name, "chosen" if is_chosen else "muted"),
                (" ", "text"),
                frame.CONDITIONS[each.condition],
                ("   ", "text"),
            ]
        return content(pieces)

    def _state(self) -> Content:
        state = next(each for each in self.states if each.name == self.chosen)
        words = f"{state.condition}  {clean_line(state.detail)}".rstrip()
        lines = [content([frame.CONDITIONS[state.condition], (f" {words}", "text")])]
        if state.error is not None:
            lines.append(Content.styled(clean(state.error.what), "bold $text-error"))
            lines += [Content(clean(each)) for each in (state.error.why,) if each]
            lines += [
                Content.styled(f"→ {clean(each)}", "$text-muted")
                for each in (state.error.hint,)
                if each
            ]
        return Content("\n").join(lines)
