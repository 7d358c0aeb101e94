"""What the pane and the commands ask of a GraphQL server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Protocol

from backend_tui.core.exchange import Stopwatch, Timeouts
from backend_tui.core.trace import Span, Trace
from backend_tui.panes.graphql.request import Draft, Operation
from backend_tui.panes.graphql.run import JourneyArrived, JourneyMissing, Run, RunEvent

if TYPE_CHECKING:
    from pathlib import Path

    from backend_tui.core.authentication import BearerAuth, SessionAuth
    from backend_tui.panes.graphql.schema import Schema
    from backend_tui.panes.graphql.side_by_side import Comparison, Screen

    Credentials = dict[str, BearerAuth | SessionAuth]


class GraphqlClient(Protocol):
    """What the GraphQL pane needs; every failure is a `BackendError`."""

    async def endpoint(self, draft: Draft) -> str:
        """The absolute URL the draft goes to; waits while the shop starts."""
        ...

    async def credentials(self) -> Credentials:
        """Ways into the shop by role: customer, staff, admin."""
        ...

    def run(
        self,
        number: int,
        draft: Draft,
        operation: Operation | None,
        stopwatch: Stopwatch,
        *,
        timeouts: Timeouts = ...,
    ) -> AsyncGenerator[RunEvent]:
        """`RequestSent` to `ResponseJudged`, `SubscriptionEnded` or `RunFailed`.

        Closing the stream (or cancelling its task) completes a subscription in order and closes
        the socket: call `RunCancelled` then. Raises `BackendError` when nothing could be sent.
        """
        ...

    async def journey(self, run: Run) -> JourneyArrived | JourneyMissing:
        """The journey of a run that has ended; never raises `BackendError`."""
        ...

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        """How the shop's database runs the statement of a span, a step a line."""
        ...

    async def schema(
        self,
        draft: Draft,
        *,
        is_fresh: bool = False,
        progressed: Callable[[str], None] = ...,
    ) -> Schema:
        """The endpoint's schema by introspection, with the draft's own headers and auth.

        The one kept on disk comes at once unless `is_fresh`; ask again with it in the background.
        """
        ...

    async def schema_file(self, path: Path) -> Schema:
        """A schema from a file: SDL, or an introspection result as JSON."""
        ...

    async def compare(self, screen: Screen, draft: Draft) -> Comparison:
        """The same screen of data fetched from the shop by REST and by GraphQL, measured."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...
