"""A pane with a field, a list and every way to fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, Static

from backend_tui.core.place import Place
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Pane

SECRET = "hunter2-local-value"


class Knob(Static, can_focus=True):
    """Takes the focus and has a key of its own."""

    BINDINGS = [Binding("s", "turn", "Turn", tooltip="Turn the knob")]

    turned = 0

    def action_turn(self) -> None:
        self.turned += 1


class SmallPane(Pane):
    """Small, but a whole pane."""

    HELP = "## A small pane\n\nIt has a **field** and a knob."
    BINDINGS = [Binding("ctrl+j", "send", "Send", tooltip="Send it")]

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.sent = 0
        self.visited: list[Place] = []
        self.fed = 0

    def compose(self) -> ComposeResult:
        yield ErrorBanner()
        field = Input("READY", id="field", compact=True)
        field.cursor_blink = False
        yield field
        yield Knob("a knob", id="knob", markup=False)

    def feeds(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        return (self._feed,)

    async def _feed(self) -> None:
        self.fed += 1
        await asyncio.Event().wait()

    async def visit(self, place: Place) -> None:
        self.visited.append(place)

    def action_send(self) -> None:
        self.sent += 1
        self.post_message(self.StateChanged(self, "busy", "sent"))

    def fail_in_worker(self, error: Exception) -> None:
        async def broken() -> None:
            token = SECRET  # a local of the frame that fails
            assert token
            raise error

        self.run_worker(broken(), exit_on_error=False)

    def fail_in_thread(self) -> None:
        def broken() -> None:
            raise RuntimeError("a thread broke")

        threading.Thread(target=broken).start()
