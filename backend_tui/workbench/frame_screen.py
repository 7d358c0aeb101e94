"""The first screen, and a compositor that wakes only the widgets whose size has changed."""

from __future__ import annotations

from typing import Any

from textual._compositor import Compositor, ReflowResult
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget


class SteadyCompositor(Compositor):
    """A widget that comes back in the size it had is not told to lay itself out again.

    Textual sends `Resize` to each widget of a pane that is shown again, and each then draws itself
    anew: a switch between panes would be two frames, the second of them for nothing.
    """

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        hidden, shown, resized = super().reflow(parent, size)
        places = self.full_map
        new = {widget for widget in shown if widget.outer_size != places[widget].region.size}
        return ReflowResult(hidden, new, resized)


class FrameScreen(Screen[Any]):
    """The first screen; its first pane puts the focus where work begins.

    A move of the focus repaints the two widgets it is about, not the whole screen.
    """

    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._compositor = SteadyCompositor()
