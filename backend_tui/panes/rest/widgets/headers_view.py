"""The headers of an answer and of its request as they were, names in a column, secrets masked."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from backend_tui.core.exchange import Headers
from backend_tui.core.secrets import MASK, mask_headers, mask_url
from backend_tui.core.text import clean_line
from backend_tui.panes.rest.exchanges import Exchange


class HeadersView(VerticalScroll, can_focus=True):
    """Order, case and repeats as received; `s` shows what is masked."""

    DEFAULT_CSS = """
    HeadersView { padding: 0 1; background: $background; scrollbar-size-vertical: 1; }
    HeadersView > Static { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", tooltip="All headers of the answer"),
        Binding("s", "reveal", "Secrets", tooltip="Show or mask tokens and cookies"),
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.is_revealed = False
        self._exchange: Exchange | None = None

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def show(self, exchange: Exchange | None) -> None:
        """Show the headers of the exchange; secrets are masked again for another one."""
        if exchange is None or self._exchange is None or exchange.number != self._exchange.number:
            self.is_revealed = False
        self._exchange = exchange
        self._draw()

    def action_copy(self) -> None:
        exchange = self._exchange
        if exchange is not None and exchange.head is not None:
            lines = [f"{name}: {value}" for name, value in exchange.head.headers]
            self.app.copy_to_clipboard("\n".join(lines))
            self.notify(f"Copied {len(lines)} headers.", markup=False, timeout=2)

    def action_reveal(self) -> None:
        self.is_revealed = not self.is_revealed
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        parts: list[Content] = []
        exchange = self._exchange
        if exchange is not None:
            for hop in exchange.hops:
                dropped = f"  without {', '.join(hop.dropped)}" if hop.dropped else ""
                parts.append(
                    Content.assemble(
                        (f"↪ {hop.status} ", "$text-warning"),
                        clean_line(mask_url(hop.location)),
                        (dropped, "$text-muted"),
                    )
                )
            if exchange.head is not None:
                head = exchange.head
                words = f"{head.http_version} {head.status} {head.reason}".rstrip()
                facts = "  ".join(part for part in (head.peer, head.tls) if part)
                parts.append(Content.assemble((words, "bold"), (f"  {facts}", "$text-muted")))
                parts += self._rows(head.headers)
                parts += _cache_lines(exchange)
            if exchange.sent_headers:
                parts.append(Content(""))
                target = clean_line(mask_url(exchange.target))
                parts.append(Content.assemble((target, "bold"), ("  as sent", "$text-muted")))
                parts += self._rows(exchange.sent_headers)
        if not parts:
            parts = [Content.styled("No headers yet.", "$text-muted")]
        self.query_one(Static).update(Content("\n").join(parts))

    def _rows(self, headers: Headers) -> list[Content]:
        shown = headers if self.is_revealed else mask_headers(headers)
        width = min(max((len(name) for name, _ in shown), default=0), 28)
        room = max(self.scrollable_content_region.width - width - 4, 16)
        rows = []
        for name, value in shown:
            pieces = textwrap.wrap(value, room, break_on_hyphens=False) or [""]
            hanging = f"\n{'':<{width + 2}}".join(pieces)
            tone = "$text-muted" if MASK in value else ""
            rows.append(Content.assemble((f"{name:<{width}}  ", "$text-primary"), (hanging, tone)))
        return rows


def _cache_lines(exchange: Exchange) -> list[Content]:
    """What the workbench's own HTTP cache did, and the fields that it put on the request."""
    outcome = exchange.cache
    if outcome is None:
        return []
    sent = outcome.wire_requests
    requests = "1 request" if sent == 1 else f"{sent} requests"
    added = ", ".join(name for name, _ in outcome.added)
    asked = f"  It added {added}." if added else ""
    return [
        Content(""),
        Content.assemble(
            ("HTTP cache", "bold"), (f"  {requests} on the wire  {outcome.status}", "$text-muted")
        ),
        Content(f"{outcome.words}{asked}"),
    ]
