"""What panes ask of the shop beside its own pages: ways in, journeys and plans."""

from __future__ import annotations

from typing import Any

from backend_tui.core.authentication import BearerAuth, SessionAuth, is_loopback
from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.exchange import Headers, HttpRequest, origin
from backend_tui.core.http import HttpClient
from backend_tui.core.session import Sessions
from backend_tui.core.text import clean
from backend_tui.core.trace import Span, Trace, TraceContext, new_context, parse_trace
from backend_tui.stack.endpoints import DemoEndpoint, Stack


class Shop:
    """The stack's shop by a pane's own HTTP client; knows it once it was asked for.

    Without a stack there is no shop: what needs it raises `MissingError`.
    """

    def __init__(self, stack: Stack | None, http: HttpClient, *, is_tracing: bool = True) -> None:
        self._stack = stack
        self._http = http
        self._is_tracing = is_tracing
        self.sessions = Sessions(http)
        self.known: DemoEndpoint | None = None

    async def endpoint(self) -> DemoEndpoint:
        """Where it answers; waits while it starts. Its restart ends the sessions."""
        if self._stack is None:
            raise MissingError("There is no shop here.", "", "Name a whole URL.")
        shop = await self._stack.demo()
        if self.known is not None and shop != self.known:
            self.sessions.forget()
        self.known = shop
        return shop

    async def credentials(self) -> dict[str, BearerAuth | SessionAuth]:
        """Ways in, made when it was set up, by role."""
        shop = await self.endpoint()
        told: Any = await self._http.get_json(f"{shop.url}/_workbench", shop.headers)
        try:
            ways: dict[str, BearerAuth | SessionAuth] = {
                clean(str(role)): BearerAuth(str(token)) for role, token in told["tokens"].items()
            }
            ways["admin"] = SessionAuth(
                str(told["admin"]["username"]), str(told["admin"]["password"])
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise BackendError(
                "The shop did not say how to log in.",
                "Its answer has no tokens or no admin.",
                "Check that the server is the bundled shop of the same version.",
            ) from wrong
        return ways

    async def context(self, url: str, headers: Headers) -> TraceContext | None:
        """A trace context for the shop and this machine, the one written if any; else None."""
        if not self._is_tracing:
            return None
        services = self._stack.services() if self._stack is not None else ()
        ready = any(each.name == "demo" and each.condition == "ready" for each in services)
        if self.known is None and ready:
            await self.endpoint()
        if not (self.is_at(url) or is_loopback(url)):
            return None
        given = next((v for n, v in headers if n.lower() == "traceparent"), "").split("-")
        if len(given) == 4 and len(given[1]) == 32 and len(given[2]) == 16:
            return TraceContext(given[1], given[2])
        return new_context()

    def is_at(self, url: str) -> bool:
        """True for a URL of the shop, http or ws."""
        web = url.replace("ws", "http", 1) if url.lower().startswith("ws") else url
        return self.known is not None and origin(web) == origin(self.known.url)

    async def journey(self, trace_id: str) -> Trace:
        """One journey; waits up to 2 s for one that still runs; `BackendError` when unknown."""
        shop = await self.endpoint()
        found = await self._http.get_json(f"{shop.url}/_trace/{trace_id}", shop.headers)
        return parse_trace(found)

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        """How the database runs the statement of a span, a step a line."""
        shop = await self.endpoint()
        url = f"{shop.url}/_trace/{trace.trace_id}/spans/{span.id}/plan"
        told: Any = await self._http.request_json(HttpRequest("POST", url, shop.headers))
        lines = told.get("lines") if isinstance(told, dict) else None
        return tuple(clean(str(line)) for line in lines) if isinstance(lines, list) else ()
