"""What is wrong in a document, by syntax and by schema, within bounds of time and depth."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from backend_tui.panes.graphql.diagnosis import Diagnosis

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema


def diagnose(document: str, schema: Schema | None) -> Diagnosis:
    """Every finding in order; without a schema the syntax alone. Never raises."""
    raise NotImplementedError


async def diagnosed(document: str, schema: Schema | None) -> Diagnosis:
    """`diagnose` in a thread when the document is long."""
    return await asyncio.to_thread(diagnose, document, schema)
