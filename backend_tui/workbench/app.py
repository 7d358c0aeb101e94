"""The workbench: the frame around the panes, and what every pane may rely on it for."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.dom import DOMNode
from textual.events import DescendantFocus, Event, Key, Resize
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Static

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.place import Place
from backend_tui.core.text import clean
from backend_tui.feature import Feature, Surroundings
from backend_tui.stack.endpoints import ServiceName
from backend_tui.ui.pane import Pane
from backend_tui.ui.picture import offline_svg
from backend_tui.ui.theme import CONTRAST_THEMES
from backend_tui.workbench import crash, frame
from backend_tui.workbench.driver import driver_class
from backend_tui.workbench.failures import WatchedWorkers, watch_tasks, watch_threads
from backend_tui.workbench.frame_screen import FrameScreen
from backend_tui.workbench.guard import TerminalGuard
from backend_tui.workbench.navigator import Navigator
from backend_tui.workbench.palette import WorkbenchCommands
from backend_tui.workbench.stage import Stage
from backend_tui.workbench.status_line import StatusLine

TOO_SMALL: Final = "backend-tui needs {} columns and {} lines.\nMake the window larger.".format(
    *frame.SMALLEST
)


class Workbench(App[None]):
    """Every pane of `features`, one on screen; made on its first visit, alive while it is shown."""

    CSS_PATH = "app.tcss"
    TITLE = frame.TITLE
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ALLOW_IN_MAXIMIZED_VIEW = ".stays"
    CLOSE_TIMEOUT = 1.0
    COMMANDS = {WorkbenchCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "keys_help", "Help", tooltip="What this pane does, and its keys"),
        Binding("ctrl+o", "jump", "Jump", tooltip="Letters over everything that takes the focus"),
        Binding("z", "zoom", "Zoom", tooltip="Only what has focus, and back"),
        Binding("ctrl+b", "navigator", "Navigator", tooltip="Hide or show the list of panes"),
        Binding("colon", "command_line", "Command", tooltip="The command line's own grammar"),
        Binding("f12", "services", "Services", tooltip="How the services are, with their logs"),
        Binding("ctrl+q", "quit", "Quit", tooltip="Stop the services and leave", priority=True),
    ]

    def __init__(
        self,
        features: tuple[Feature, ...],
        surroundings: Surroundings,
        *,
        terminal_before: list[Any] | None = None,
        on_standing: Callable[[], None] | None = None,
    ) -> None:
        self.listed = features
        self.surroundings = surroundings
        self.terminal_before = terminal_before
        self._on_standing = on_standing
        self.crash_report = ""
        super().__init__(driver_class=driver_class())
        self._workers = WatchedWorkers(self, self.tell_failure)
        self._guard = TerminalGuard()
        self._stop_watching_threads: Callable[[], None] | None = None
        config = surroundings.config
        self.animation_level = "full" if config.animations else "none"
        for theme in CONTRAST_THEMES:
            self.register_theme(theme)
        if config.theme not in self.available_themes:
            names = ", ".join(sorted(self.available_themes))
            raise UsageError(f"Unknown theme “{config.theme}”.", "", f"The themes are: {names}.")
        self.theme = config.theme
        for feature in features:
            keys = ",".join(key for key in (feature.key, feature.digit) if key)
            if keys:
                self.bind(keys, f"go('{feature.name}')", description=feature.title, show=False)

    def get_default_screen(self) -> Screen[Any]:
        return FrameScreen(id="_default")

    def compose(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield Navigator(self.listed)
            yield Stage(self.listed, self.surroundings)
        yield StatusLine(self.surroundings.stack.services())
        yield Static(TOO_SMALL, id="too-small", markup=False)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG, without the remote fonts that Rich names."""
        return offline_svg(super().export_screenshot(title=title, simplify=simplify))

    async def on_event(self, event: Event) -> None:
        """Alt with a letter is a chord, not a letter: Textual's text fields would write it."""
        if isinstance(event, Key) and event.key.startswith("alt+"):
            event.character = None
        await super().on_event(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [self._guard, *super().get_line_filters()]

    async def on_mount(self) -> None:
        watch_tasks(self.tell_failure)
        self._stop_watching_threads = watch_threads(self.tell_failure)
        if sys.platform != "win32" and self.is_running and not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))
        self._stage.stand()
        self.run_worker(self._follow_services(), name="services", exit_on_error=True)
        if self._on_standing is not None:
            self.call_after_refresh(self._on_standing)

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """As Textual's; what is in a hidden pane, as the widget that lost the focus, can wait."""
        if any(isinstance(each, Pane) and not each.display for each in node.ancestors):
            self.call_after_refresh(super().update_styles, node, animate)
        else:
            super().update_styles(node, animate)

    def on_unmount(self) -> None:
        if self._stop_watching_threads is not None:
            self._stop_watching_threads()

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        is_too_small = width < frame.SMALLEST[0] or height < frame.SMALLEST[1]
        for name, wanted in (("-too-small", is_too_small), ("-narrow", width < frame.WIDE)):
            self.screen_stack[0].set_class(wanted, name)
        self.query_one(Navigator).set_class(width < frame.WIDE, "-bar")

    # What panes and the navigator say

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """No cursor blinks: a blink writes half a kilobyte a second to an idle terminal."""
        if hasattr(event.widget, "cursor_blink") and not self.surroundings.config.animations:
            event.widget.cursor_blink = False

    def on_pane_state_changed(self, message: Pane.StateChanged) -> None:
        """A pane's condition, shown beside its name."""
        self._navigator.show_state(message.pane.name or "", message.condition, message.words)

    async def on_pane_go(self, message: Pane.Go) -> None:
        """A pane leads to a place, perhaps in another pane."""
        await self.go(message.place)

    async def on_navigator_chosen(self, message: Navigator.Chosen) -> None:
        """A pane's name was clicked."""
        await self.action_go(message.name)

    def on_status_line_service_clicked(self, message: StatusLine.ServiceClicked) -> None:
        """A service was clicked."""
        self.action_services(message.name)

    async def go(self, place: Place) -> None:
        """Show a place; an unknown pane is told, nothing else changes."""
        if all(feature.name != place.pane for feature in self.listed):
            self.say(f"There is no pane “{place.pane}”.", "warning")
            return
        pane = await self._stage.show(place.pane)
        self._navigator.chosen = place.pane
        if place.kind or place.subject:
            await pane.visit(place)

    @property
    def pane(self) -> Pane | None:
        """The pane on screen."""
        return self._stage.shown

    # Actions

    async def action_go(self, name: str) -> None:
        """Show a pane by its name."""
        await self.go(Place(name))

    def action_keys_help(self) -> None:
        """What the pane does, and the keys of what has focus."""
        from backend_tui.workbench.help import HelpScreen
        from backend_tui.workbench.keys import active_keys

        if isinstance(self.screen, HelpScreen):
            return
        text = self.pane.HELP if self.pane else ""
        self.push_screen(HelpScreen(text, active_keys(self.screen)))

    def action_jump(self) -> None:
        """Letters over everything that takes the focus; one key goes there."""
        from backend_tui.workbench.jump import JumpScreen

        targets = self._jump_targets()
        if self.screen is self.screen_stack[0] and targets:
            self.push_screen(JumpScreen(targets), self._jumped)

    def action_zoom(self) -> None:
        """Only what has focus fills the screen; once more, and all is back."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        elif self.screen.focused is not None:
            self.screen.maximize(self.screen.focused)

    def action_navigator(self) -> None:
        """Hide or show the list of panes."""
        self._navigator.display = not self._navigator.display

    def action_services(self, name: ServiceName = "demo") -> None:
        """How the services are, and what they wrote last."""
        from backend_tui.workbench.services_screen import ServicesScreen

        if not isinstance(self.screen, ServicesScreen):
            self.push_screen(ServicesScreen(self.surroundings.stack, name))

    def action_admin(self) -> None:
        """The demo server's addresses and the login of its admin pages."""
        from backend_tui.workbench.admin_screen import AdminScreen

        self.push_screen(AdminScreen(self.surroundings.stack))

    def action_command_line(self) -> None:
        """One line of the same grammar as in the shell."""
        from backend_tui.workbench.command_line import CommandLine

        self.push_screen(CommandLine(self.listed, self.surroundings.config))

    def restart_service(self, name: ServiceName) -> None:
        """Stop and start a service; told when it cannot be."""

        async def restart() -> None:
            try:
                await self.surroundings.stack.restart(name)
            except BackendError as problem:
                self.say(str(problem), "error")

        self.run_worker(restart(), name=f"restart {name}")

    # What is said and what fails

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """A passing word, never read as markup."""
        self.notify(clean(text), severity=severity, markup=False)

    def tell_failure(self, error: BaseException) -> None:
        """A failure nobody waited for: an expected one is said, a fault ends in a crash report."""
        if isinstance(error, BackendError):
            self.say(str(error), "error")
        elif isinstance(error, Exception):
            self._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own report prints the locals of every frame, and those hold tokens.
        error = sys.exc_info()[1] or self._exception
        self.crash_report = crash.report(error) if error else "Unknown fault."
        self._close_messages_no_wait()

    async def _follow_services(self) -> None:
        status = self.query_one(StatusLine)
        for state in self.surroundings.stack.services():
            status.show_service(state)  # what changed since the line was made
        async for event in self.surroundings.stack.events():
            status.show_service(event.state)

    def _jumped(self, target: Any) -> None:
        if isinstance(target, str):
            self.call_later(self.action_go, target)
        elif target is not None:
            target.focus()

    def _jump_targets(self) -> list[tuple[Any, int, int]]:
        """Names of panes and focusable widgets on screen, each with where its letter goes."""
        targets: list[tuple[Any, int, int]] = []
        if self._navigator.display and self._navigator.is_on_screen:
            targets += self._navigator.places()
        if self.pane is not None:
            for widget in self.pane.query("*"):
                if widget.focusable and widget.is_on_screen and widget.region.area:
                    targets.append((widget, widget.region.x, widget.region.y))
        return targets

    @property
    def _navigator(self) -> Navigator:
        return self.screen_stack[0].query_one(Navigator)

    @property
    def _stage(self) -> Stage:
        return self.screen_stack[0].query_one(Stage)
