"""The base of every pane: how it fails, how its feeds live, and what it tells the frame."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker

from backend_tui.core.errors import BackendError, CancelledByUser
from backend_tui.core.place import Place
from backend_tui.ui.error_banner import ErrorBanner

T = TypeVar("T")

Condition = Literal["idle", "busy", "live", "done", "problem"]
SYMBOLS: dict[Condition, str] = {
    "idle": "○",
    "busy": "◌",
    "live": "●",
    "done": "✓",
    "problem": "✗",
}


class Pane(Widget):
    """One capability on screen. Subclasses hold a frozen state and change it by events alone.

    The frame calls `appear` and `disappear` as the pane is shown and hidden, and `visit` when a
    `Place` leads here. `HELP` is Markdown, shown by `?` above the keys of what has focus.
    """

    HELP: ClassVar[str] = ""

    DEFAULT_CSS = """
    Pane { width: 1fr; height: 1fr; layout: vertical; }
    """

    @dataclass
    class Happened(Message):
        """A model's event took place; tours and the navigator listen."""

        pane: Pane
        event: object

    @dataclass
    class StateChanged(Message):
        """What the navigator shows beside the pane's name: a condition and at most two words."""

        pane: Pane
        condition: Condition
        words: str = ""

    @dataclass
    class Go(Message):
        """The person wants to see a place, perhaps of another pane."""

        place: Place

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name, id=f"pane-{name}")
        self.is_shown = False
        self._feeds: list[Worker[None]] = []
        self._left_at: Widget | None = None

    def feeds(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """The pane's live readers; each runs as a worker while the pane is shown."""
        return ()

    def appear(self) -> None:
        """The pane is on screen: its feeds start."""
        if self.is_shown:
            return
        self.is_shown = True
        self._feeds = [
            self.run_worker(feed(), group="feed", exit_on_error=False) for feed in self.feeds()
        ]

    def disappear(self) -> None:
        """The pane is hidden: its feeds stop, and where the person was is kept."""
        self.is_shown = False
        focused = self.screen.focused
        self._left_at = focused if focused is not None and self in focused.ancestors else None
        for worker in self._feeds:
            worker.cancel()
        self._feeds = []

    def focus_first(self) -> None:
        """Put the focus where work begins: the first focusable widget by default."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return

    def focus_again(self) -> None:
        """Put the focus where the person left the pane, the first time where work begins."""
        if self._left_at is not None and self._left_at.is_attached and self._left_at.focusable:
            self._left_at.focus()
        else:
            self.focus_first()

    async def visit(self, place: Place) -> None:
        """Show the place; a pane that has no such kind of place shows itself as it is."""

    async def attempt(self, work: Awaitable[T]) -> T | None:
        """The result of the work, or None after its failure is shown in the pane's banner.

        A success takes an earlier problem away; what the person stopped is no problem.
        """
        try:
            result = await work
        except CancelledByUser:
            return None
        except BackendError as problem:
            self.show_problem(problem)
            return None
        self.clear_problem()
        return result

    def show_problem(self, problem: BackendError) -> None:
        """What, why and hint in the pane's banner until `clear_problem`."""
        self.query_one(ErrorBanner).show(problem)
        self.post_message(self.StateChanged(self, "problem"))

    def clear_problem(self) -> None:
        """Take the banner away."""
        self.query_one(ErrorBanner).clear()
