"""Where the panes stand: each is made on its first visit, and only the chosen one is shown."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widget import Widget

from backend_tui.feature import Feature, Surroundings
from backend_tui.ui.pane import Pane


class Stage(Widget):
    """Holds the panes that were visited; `show` brings one to the front and lets it live."""

    DEFAULT_CSS = """
    Stage {
        width: 1fr;
        height: 1fr;
        layout: vertical;
        background: $background;
    }
    """

    def __init__(self, features: tuple[Feature, ...], surroundings: Surroundings) -> None:
        super().__init__(id="stage")
        self._features = {each.name: each for each in features}
        self._surroundings = surroundings
        self.shown: Pane | None = None

    def compose(self) -> ComposeResult:
        """The first pane comes with the frame, so that nothing is drawn twice."""
        for feature in list(self._features.values())[:1]:
            self.shown = feature.pane(self._surroundings)
            yield self.shown

    def stand(self) -> None:
        """The first pane and everything in it is mounted: it lives from now on, with the focus."""
        if self.shown is not None:
            self.shown.appear()
            self.shown.focus_first()

    def pane(self, name: str) -> Pane | None:
        """The pane of that name if it was visited."""
        return next((each for each in self.query_children(Pane) if each.name == name), None)

    async def show(self, name: str) -> Pane:
        """The pane on screen, its feeds running and those of the one before stopped."""
        pane = self.pane(name)
        before = self.shown
        if before is not None and before is pane and before.is_shown:
            return before
        if before is not None and before is not pane:
            before.disappear()
            self._set_shown(before, is_shown=False)
        if pane is None:
            pane = self._features[name].pane(self._surroundings)
            self.shown = pane
            await self.mount(pane)
        self.shown = pane
        self._set_shown(pane, is_shown=True)
        pane.appear()
        pane.focus_again()
        return pane

    def _set_shown(self, pane: Pane, *, is_shown: bool) -> None:
        """As `display`, which would also draw the pane's ground anew; a class restyles it all."""
        if pane.display != is_shown:
            pane.styles.inline.set_rule("display", "block" if is_shown else "none")
            pane.refresh(repaint=False, layout=True)
