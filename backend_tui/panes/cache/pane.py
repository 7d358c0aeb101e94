"""The Cache pane: tabs for what happens live, the keys, the strategies, write-back, the server."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from backend_tui.core.place import Place
from backend_tui.core.secrets import MASK
from backend_tui.feature import Surroundings
from backend_tui.panes.cache.client import CacheClient
from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.live.filter import GRAMMAR
from backend_tui.panes.cache.live.model import Counted, FeedLost, KeyOpened
from backend_tui.panes.cache.live.section import LiveSection
from backend_tui.panes.cache.model import (
    CacheState,
    Connected,
    Event,
    FeedChanged,
    FeedCondition,
    TabFailed,
    TabMended,
    TabShown,
)
from backend_tui.panes.cache.section import CacheSection
from backend_tui.panes.cache.server.key_list import KeyList
from backend_tui.panes.cache.strategies.words import ratio_text
from backend_tui.panes.cache.tabs import KEYS, LIVE, tabs
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Condition, Pane
from backend_tui.ui.sections import Sections

_CONDITIONS: Final[dict[FeedCondition, Condition]] = {
    "waiting": "busy",
    "live": "live",
    "lost": "problem",
}


class CachePane(Pane):
    """One tab at a time; only the one that is seen reads anything."""

    HELP: ClassVar[str] = (
        "Every operation of the shop's cache is counted **exactly**, per key, prefix and strategy: "
        "`✓` hit, `✗` miss, `↓` load, `▼` expired, `▲` evicted. A ratio is "
        f"`{NONE}` while nothing was asked. The counters are the workbench's own: "
        "`0` begins anew and touches no cache.\n\n"
        f"Filter: `{GRAMMAR}`\n\n"
        "Enter opens a key; from one of its operations Enter or `t` leads to the journey of the "
        "request behind it. `[` and `]` change tabs."
    )
    DEFAULT_CSS = """
    CachePane #cache-tabs { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "tab(-1)", "Previous tab", show=False),
        Binding("right_square_bracket", "tab(1)", "Next tab", key_display="]"),
    ]

    def __init__(self, *, client: CacheClient, surroundings: Surroundings) -> None:
        super().__init__(name="cache")
        self.state = CacheState(tab=LIVE)
        self._client = client
        self._surroundings = surroundings
        self._told: tuple[Condition, str] | None = None

    def compose(self) -> ComposeResult:
        yield ErrorBanner()
        yield Sections(tabs(self._client, self._surroundings), id="cache-tabs")

    async def on_unmount(self) -> None:
        await self._client.aclose()

    @property
    def sections(self) -> Sections:
        return self.query_one("#cache-tabs", Sections)

    @property
    def live(self) -> LiveSection:
        """The first tab: it is always made."""
        return self.query_one(LiveSection)

    def appear(self) -> None:
        super().appear()
        self._section_seen()

    def disappear(self) -> None:
        super().disappear()
        for section in self.query(CacheSection):
            section.disappear()

    def focus_first(self) -> None:
        if self.sections.active == LIVE:
            self.live.focus_first()
        else:
            self.sections.focus_content()

    async def visit(self, place: Place) -> None:
        """Show all about a key, or a tab by its name."""
        if place.kind == "key":
            await self.sections.show(LIVE)
            self.live.happen(KeyOpened(place.subject))
        elif place.kind == "tab" and place.subject in self._tabs:
            await self.sections.show(place.subject, focus=True)

    def happen(self, event: Event) -> None:
        """The event changes the state, and the state the banner and the navigator."""
        self.state = self.state.after(event)
        banner = self.query_one(ErrorBanner)
        if self.state.problem is None:
            banner.clear()
        elif banner.problem is not self.state.problem:
            banner.show(self.state.problem)
        condition: Condition = (
            "problem" if self.state.problem is not None else _CONDITIONS[self.state.feed]
        )
        told = (condition, self.state.words)
        if told != self._told:
            self._told = told
            self.post_message(self.StateChanged(self, *told))

    @property
    def _tabs(self) -> list[str]:
        return [name for name, _ in self.sections.strip.titles]

    def _section_seen(self) -> None:
        """The tab on screen lives, all others rest."""
        seen = self.sections.content
        for section in self.query(CacheSection):
            if section is seen and self.is_shown:
                section.appear()
            else:
                section.disappear()

    async def action_tab(self, step: int) -> None:
        names = self._tabs
        at = names.index(self.sections.active)
        await self.sections.show(names[(at + step) % len(names)])
        self.focus_first()

    def on_sections_shown(self, event: Sections.Shown) -> None:
        if event.sections is self.sections:
            if self.screen.maximized is not None:  # it is on another tab
                self.screen.minimize()
            self._section_seen()
            self.happen(TabShown(event.tab))

    def on_cache_section_happened(self, event: CacheSection.Happened) -> None:
        event.stop()
        match event.event:
            case Connected():
                self.happen(FeedChanged("live", self._words()))
            case FeedLost():
                self.happen(FeedChanged("lost"))
            case Counted():
                self.happen(FeedChanged("live", self._words()))
        self.post_message(self.Happened(self, event.event))

    def on_cache_section_failed(self, event: CacheSection.Failed) -> None:
        event.stop()
        tab = next(
            (
                name
                for name in self._tabs
                if event.section is not None and self.sections.made(name) is event.section
            ),
            self.sections.active,
        )
        if event.problem is None:
            self.happen(TabMended(tab))
        else:
            self.happen(TabFailed(tab, event.problem))

    async def on_live_section_value_wanted(self, event: LiveSection.ValueWanted) -> None:
        """The value of a key of the feed, in the browser of keys."""
        event.stop()
        if MASK in event.key:
            self.notify("A key that holds a secret is not looked into.", markup=False, timeout=4)
            return
        await self.sections.show(KEYS, focus=True)
        for browser in self.sections.content.query(KeyList):
            browser.post_message(KeyList.Opened(event.key.encode("utf-8", "replace")))

    def _words(self) -> str:
        ratio = self.live.state.statistics.total.ratio
        return "" if ratio is None else ratio_text(ratio)
