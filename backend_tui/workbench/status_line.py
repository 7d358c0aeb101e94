"""The last line: how every service is, and the keys of what has focus."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from backend_tui.core.text import clean_line
from backend_tui.stack.endpoints import ServiceName, ServiceState
from backend_tui.workbench import frame
from backend_tui.workbench.keys import shown_hints
from backend_tui.workbench.pieces import content


class StatusLine(Widget):
    """Services to the left, key hints to the right; a click on a service asks for its log."""

    DEFAULT_CSS = """
    StatusLine { dock: bottom; width: 1fr; height: 1; background: $panel; color: $foreground; }
    """

    services: reactive[tuple[ServiceState, ...]] = reactive(())
    hints: reactive[tuple[tuple[str, str], ...]] = reactive(())

    @dataclass
    class ServiceClicked(Message):
        """A service was clicked."""

        name: ServiceName

    def __init__(self, services: tuple[ServiceState, ...]) -> None:
        super().__init__(id="status-line", classes="stays")
        self.set_reactive(StatusLine.services, services)

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self.show_hints)

    def show_hints(self, screen: Screen[object]) -> None:
        """The keys of what has focus now."""
        if screen.is_attached and screen is self.screen:
            self.hints = shown_hints(screen)

    def show_service(self, state: ServiceState) -> None:
        """A service's new condition, in its place."""
        self.services = tuple(state if each.name == state.name else each for each in self.services)

    def render(self) -> Content:
        services = self._services_pieces()
        used = sum(len(text) for text, _ in services)
        standing = frame.standing_hints(self.size.width)
        hints = frame.hints_line(self.hints, standing, self.size.width - used)
        return content([*services, *hints])

    def on_click(self, click: events.Click) -> None:
        position = 0
        name: str | None = None
        for text, role in self._services_pieces():
            name = next((each for each in frame.SERVICES if text.strip() == each), name)
            if position <= click.x < position + len(text) and name and role != "text":
                break
            position += len(text)
        state = next((each for each in self.services if each.name == name), None)
        if state is not None and click.x < position + len(self.services):
            self.post_message(self.ServiceClicked(state.name))

    def _services_pieces(self) -> list[frame.Piece]:
        services = tuple(
            frame.Service(each.name, each.condition, clean_line(each.detail))
            for each in self.services
        )
        return frame.services_line(services, self.size.width * 5 // 8)
