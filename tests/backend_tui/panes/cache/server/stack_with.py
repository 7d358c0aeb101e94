"""A stack whose cache is a given Redis, and a bare app around one section of the Cache pane."""

from __future__ import annotations

from pathlib import Path

from textual.app import App, ComposeResult

from backend_tui.panes.cache.section import CacheSection
from backend_tui.panes.cache.server.keys_section import KeysSection
from backend_tui.panes.cache.server.reaching import Reached
from backend_tui.panes.cache.server.server_section import ServerSection
from backend_tui.stack.endpoints import CacheEndpoint
from tests.backend_tui.stack_at import StackAt


class StackWith(StackAt):
    """Its cache answers at the URL."""

    def __init__(self, url: str, *, is_embedded: bool = True) -> None:
        super().__init__("http://127.0.0.1:1")
        self.url, self.is_embedded = url, is_embedded

    async def cache(self) -> CacheEndpoint:
        return CacheEndpoint(self.url, is_embedded=self.is_embedded)


class Desk(App[None]):
    """One section alone; what it posts upward is kept."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, section: CacheSection) -> None:
        super().__init__()
        self.section = section
        self.happened: list[object] = []
        self.failures: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.section

    def on_mount(self) -> None:
        self.section.appear()

    def on_cache_section_happened(self, event: CacheSection.Happened) -> None:
        self.happened.append(event.event)

    def on_cache_section_failed(self, event: CacheSection.Failed) -> None:
        self.failures.append(event.problem)

    def read(self) -> str:
        """Everything on screen as text."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


def keys_desk(stack: StackAt, folder: Path) -> Desk:
    """The browser of keys alone."""
    return Desk(KeysSection(reached=Reached(stack), exports=folder))


def server_desk(stack: StackAt) -> Desk:
    """The server's counters alone."""
    return Desk(ServerSection(reached=Reached(stack)))
