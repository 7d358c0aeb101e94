"""A run driven to its end, as the pane and the commands drive it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime

from backend_tui.core.exchange import Stopwatch, Timeouts
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.documents import chosen_operation
from backend_tui.panes.graphql.model import GraphqlState
from backend_tui.panes.graphql.request import Draft
from backend_tui.panes.graphql.run import Run, RunCancelled, RunEvent, RunStarted

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


async def run_of(
    client: StackGraphqlClient,
    draft: Draft,
    *,
    until: Callable[[Run], bool] | None = None,
    name: str | None = None,
    seen: list[RunEvent] | None = None,
) -> Run:
    """The run with its journey; stopped by the person as soon as `until` says so."""
    operation = chosen_operation(draft.document, name)
    state = GraphqlState().after(RunStarted(1, draft, operation, AT))
    stopwatch = Stopwatch()
    events = client.run(1, draft, operation, stopwatch, timeouts=Timeouts(total=20))
    async with asyncio.timeout(30), aclosing(events):
        async for event in events:
            if seen is not None:
                seen.append(event)
            state = state.after(event)
            if until is not None and until(state.runs[0]):
                state = state.after(RunCancelled(1, stopwatch.read()))
                break
    return state.after(await client.journey(state.runs[0])).runs[0]
