"""A schema built from bytes: an introspection result as JSON, or SDL; in a thread, without stalls.

The collector rests while a large schema is built and never walks through it afterwards: one full
collection over its hundreds of thousands of objects would stop the screen for a quarter second.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.graphql.schema import Schema, SchemaSource
from backend_tui.panes.graphql.sliced_json import decoded

LARGE: Final = 1 << 20
LARGEST: Final = 256 << 20
_building: Final = threading.Lock()


async def read_schema(data: bytes, source: SchemaSource) -> Schema:
    """The schema of an introspection result or SDL; `BackendError` when it is neither."""
    return await asyncio.to_thread(build, data, source)


def build(data: bytes, source: SchemaSource) -> Schema:
    """As `read_schema`, in this thread."""
    where = clean_line(source.place)
    if len(data) > LARGEST:
        raise BackendError(
            f"The schema of {where} is too large.", f"It has more than {LARGEST >> 20} MB."
        )
    text = data.decode("utf-8-sig", "replace")
    is_json = text.lstrip()[:1] in ("{", "[")
    with _quiet_collector(is_large=len(data) > LARGE):
        found = _from_introspection(text, where) if is_json else _from_sdl(text, where)
    return Schema(found, source, hashlib.sha256(data).hexdigest())


def _from_introspection(text: str, where: str) -> Any:
    from graphql import GraphQLError, build_client_schema

    try:
        value = decoded(text)
    except (ValueError, RecursionError) as wrong:
        raise BackendError(
            f"The introspection result of {where} is no valid JSON.", clean_line(str(wrong)) + "."
        ) from wrong
    inside = value.get("data", value) if isinstance(value, dict) else None
    if not isinstance(inside, dict) or not isinstance(inside.get("__schema"), dict):
        raise BackendError(
            f"{where} holds no schema.",
            "There is no member “__schema” in it.",
            "Give an introspection result as JSON, or SDL.",
        )
    try:
        return build_client_schema(inside, assume_valid=True)  # type: ignore[arg-type]
    except (GraphQLError, TypeError, KeyError, AttributeError, ValueError, RecursionError) as wrong:
        said = shorten(clean(str(wrong)), 300).rstrip(".")
        raise BackendError(
            f"The introspection result of {where} is not complete.",
            f"{said or type(wrong).__name__}.",
            "The server may leave parts of its schema out; use its SDL file instead.",
        ) from wrong


def _from_sdl(text: str, where: str) -> Any:
    from graphql import GraphQLError, build_schema

    try:
        return build_schema(text)
    except GraphQLError as wrong:
        place: Any = wrong.locations[0] if wrong.locations else None
        at = f" at line {place.line}, column {place.column}" if place else ""
        said = clean(wrong.message.removeprefix("Syntax Error: "))
        raise BackendError(
            f"The SDL of {where} is not valid{at}.", said, "Mend it, or choose another file."
        ) from wrong
    except (TypeError, ValueError, RecursionError) as wrong:
        said = shorten(clean(str(wrong)), 400)
        raise BackendError(f"The SDL of {where} is not valid.", said) from wrong


@contextmanager
def _quiet_collector(*, is_large: bool) -> Iterator[None]:
    if not is_large or not gc.isenabled():
        yield
        return
    with _building:
        gc.disable()
        try:
            yield
            gc.freeze()
        finally:
            gc.enable()
