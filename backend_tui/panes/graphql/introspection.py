"""Asking a server for its schema: the whole query first, then less and less of it when refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from backend_tui.core.body.source import BodySource
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import ChunkArrived, HeadArrived, HttpRequest, Timeouts
from backend_tui.core.http import HttpClient
from backend_tui.core.http_failure import host_of
from backend_tui.core.text import shorten
from backend_tui.core.units import bytes_text
from backend_tui.panes.graphql.answer import Answer
from backend_tui.panes.graphql.judging import judge
from backend_tui.panes.graphql.schema_reading import LARGEST

_TIMEOUTS: Final = Timeouts(total=120)
_DEFINITE: Final = frozenset({401, 403, 404, 407})
_TOLD_EVERY: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Attempt:
    """One introspection query, and in words what it leaves out."""

    query: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Introspection:
    """The bytes of the result; `note` says what had to be left out."""

    data: bytes
    note: str = ""


def attempts() -> Iterator[Attempt]:
    """The queries from whole to least."""
    from graphql import get_introspection_query as query

    newest = {
        "specified_by_url": True,
        "directive_is_repeatable": True,
        "schema_description": True,
        "input_value_deprecation": True,
    }
    yield Attempt(query(**newest, one_of=True))
    yield Attempt(query(**newest), "The server knows no @oneOf.")
    yield Attempt(query(), "The server speaks an older introspection: some details are missing.")
    yield Attempt(query(descriptions=False), "The server refused the whole query: no descriptions.")
    yield Attempt(
        query(descriptions=False, type_depth=4),
        "The server refused deep queries: no descriptions, types to four levels.",
    )


async def introspect(
    http: HttpClient,
    build: Callable[[bytes], Awaitable[HttpRequest]],
    progressed: Callable[[str], None],
) -> Introspection:
    """The introspection result; `build` makes the request of a body.

    Raises `BackendError` when every query is refused, with what the server said.
    """
    last: tuple[int, Answer] | None = None
    where = "the server"
    for attempt in attempts():
        body = json.dumps({"query": attempt.query, "operationName": "IntrospectionQuery"}).encode()
        request = await build(body)
        where = host_of(request.url)
        progressed(f"Asking {where} for its schema" + (", with less" if last else ""))
        status, kind, answered = await _asked(http, request, progressed)
        answer = await judge(status, kind, answered)
        if answer.verdict == "ok" or (answer.verdict == "partial" and answered.size > 5_000):
            return Introspection(answered.read(0, answered.size), attempt.note)
        last = status, answer
        if status in _DEFINITE or answer.verdict == "not GraphQL":
            break
    raise _refused(where, last)


async def _asked(
    http: HttpClient, request: HttpRequest, progressed: Callable[[str], None]
) -> tuple[int, str, BodySource]:
    status, kind, body, told = 0, "", BodySource(), 0
    async with aclosing(http.exchange(request, _TIMEOUTS)) as events:
        async for event in events:
            if isinstance(event, HeadArrived):
                status = event.status
                headers = {name.lower(): value for name, value in event.headers}
                kind = headers.get("content-type", "")
            elif isinstance(event, ChunkArrived):
                body.append(event.data)
                if body.size > LARGEST:
                    raise BackendError(
                        f"The schema of {host_of(request.url)} is too large.",
                        f"It has more than {LARGEST >> 20} MB.",
                    )
                if body.size - told > _TOLD_EVERY:
                    told = body.size
                    progressed(f"{bytes_text(body.size)} of the schema are here")
    return status, kind, body


def _refused(where: str, last: tuple[int, Answer] | None) -> BackendError:
    if last is None:
        return BackendError(f"{where} gave no schema.")
    status, answer = last
    said = answer.problems[0].message if answer.problems else answer.words
    if status in (401, 403):
        hint = "Give a token under Auth: introspection is asked for with it, too."
    elif answer.verdict == "not GraphQL":
        hint = "Check the endpoint's path; /graphql is usual."
    else:
        hint = "Its schema may be hidden: load an SDL or introspection file instead."
    return BackendError(f"{where} did not tell its schema ({status}).", shorten(said, 300), hint)
