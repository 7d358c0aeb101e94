"""The schema as the pane gets it: the kept one at once, the fresh one behind it, files, export."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widget import Widget

from backend_tui.core.body.file_name import create_new
from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line
from backend_tui.panes.graphql.client import GraphqlClient
from backend_tui.panes.graphql.diff import SchemaChange, schema_changes
from backend_tui.panes.graphql.model import (
    Event,
    SchemaArrived,
    SchemaAsked,
    SchemaFailed,
    SchemaProgressed,
)
from backend_tui.panes.graphql.request import Draft

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema


class SchemaLoading:
    """Asks for schemas in workers of a widget and tells of them by events."""

    def __init__(self, client: GraphqlClient, apply: Callable[[Event], None]) -> None:
        self._client = client
        self._apply = apply
        self._schema: Schema | None = None
        self._endpoint: str | None = None

    def ask(self, owner: Widget, draft: Draft, *, is_fresh: bool = True) -> None:
        """Ask the draft's endpoint; one that was there before is shown until the answer."""
        is_other = self._endpoint not in (None, draft.endpoint)
        self._endpoint = draft.endpoint
        self._apply(SchemaAsked(clean_line(draft.endpoint), is_other))
        owner.run_worker(self._fetch(draft, is_fresh=is_fresh), group="schema", exclusive=True)

    def follow(self, owner: Widget, draft: Draft) -> None:
        """Ask when the draft went to another endpoint than the schema is of."""
        if draft.endpoint != self._endpoint:
            self.ask(owner, draft, is_fresh=False)

    def read(self, owner: Widget, path: Path) -> None:
        """Take a schema from a file."""
        owner.run_worker(self._read(path), group="schema", exclusive=True)

    async def _fetch(self, draft: Draft, *, is_fresh: bool) -> None:
        try:
            found = await self._client.schema(
                draft,
                is_fresh=is_fresh,
                progressed=lambda words: self._apply(SchemaProgressed(words)),
            )
            await self._arrived(found)
            if not is_fresh and found.source.kind == "cache":
                await self._arrived(await self._client.schema(draft, is_fresh=True))
        except BackendError as problem:
            self._apply(SchemaFailed(problem))

    async def _read(self, path: Path) -> None:
        self._apply(SchemaAsked(clean_line(path.name)))
        try:
            await self._arrived(await self._client.schema_file(path))
        except BackendError as problem:
            self._apply(SchemaFailed(problem))

    async def _arrived(self, schema: Schema) -> None:
        before = self._schema
        changes: tuple[SchemaChange, ...] = ()
        if before is not None and before.digest != schema.digest and _are_related(before, schema):
            changes = await asyncio.to_thread(schema_changes, before, schema)
        self._schema = schema
        self._apply(SchemaArrived(schema, changes))


def _are_related(before: Schema, after: Schema) -> bool:
    """Whether a difference means something: the same place, or a file against a server."""
    kinds = {before.source.kind, after.source.kind}
    return before.source.place == after.source.place or bool(kinds & {"sdl", "introspection file"})


async def export_sdl(schema: Schema, path: Path) -> Path:
    """Write the schema as SDL into a new file; its path, numbered when the name was taken.

    Raises `BackendError` when it cannot be written.
    """
    from graphql import print_schema

    def write() -> Path:
        text = print_schema(schema.graphql)
        written, file = create_new(path.parent, path.name)
        try:
            with file:
                file.write(text.encode("utf-8", "replace"))
        except OSError as problem:
            words = f"{problem.strerror or problem}."
            raise BackendError(f"{written.name} could not be written whole.", words) from problem
        return written

    return await asyncio.to_thread(write)
