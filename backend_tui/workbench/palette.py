"""What the palette offers: panes, the keys that work here, services, theme and quit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from backend_tui.workbench.keys import active_keys, key_words

if TYPE_CHECKING:
    from backend_tui.workbench.app import Workbench

_LISTED_OTHERWISE: Final = ("services", "quit")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the palette; one that is not `is_offered` is found by typing only."""

    title: str
    words: str
    run: IgnoreReturnCallbackType
    is_offered: bool = True


class WorkbenchCommands(Provider):
    """Everything a person can do from where they are, in a calm order."""

    async def discover(self) -> Hits:
        for each in self.entries():
            if each.is_offered:
                yield DiscoveryHit(each.title, each.run, help=each.words or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for each in self.entries():
            if (score := matcher.match(each.title)) > 0:
                yield Hit(score, matcher.highlight(each.title), each.run, help=each.words or None)

    def entries(self) -> Iterator[Entry]:
        """Panes, then keys from the nearest to the farthest, then what is always there."""
        app = self._workbench
        for feature in app.listed:
            key = f" ({feature.key.upper()})" if feature.key else ""
            go = partial(app.action_go, feature.name)
            yield Entry(f"Go to {feature.title}{key}", feature.summary, go)
        for each in active_keys(self.screen):
            if each.node is app:
                continue
            is_ours = not type(each.node).__module__.startswith("textual.")
            run = partial(app.run_action, each.action, each.node)
            yield Entry(f"{each.description} ({each.key})", each.tooltip, run, is_ours)
        for binding in app.BINDINGS:
            if isinstance(binding, Binding) and binding.action not in _LISTED_OTHERWISE:
                title = f"{binding.description} ({key_words(binding.key)})"
                yield Entry(title, binding.tooltip, partial(app.run_action, binding.action))
        yield Entry(
            "Demo server: addresses and admin login",
            "Where it answers, and the superuser's generated password",
            app.action_admin,
        )
        for state in app.surroundings.stack.services():
            show = partial(app.action_services, state.name)
            yield Entry(f"Service {state.name}: log (F12)", "Its state and last lines", show)
            if state.name in ("demo", "cache"):
                restart = partial(app.restart_service, state.name)
                yield Entry(f"Service {state.name}: restart", "Stop it and start it", restart)
        yield Entry("Theme: choose", "contrast-dark, contrast-light, and more", app.search_themes)
        yield Entry("Quit (^q)", "Stop the services and leave", app.action_quit)

    @property
    def _workbench(self) -> Workbench:
        from backend_tui.workbench.app import Workbench

        app = self.app
        assert isinstance(app, Workbench)
        return app
