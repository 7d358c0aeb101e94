"""The view of /graphql: GraphQL over HTTP, queries by GET, anything by POST, streams on request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from graphql import ExecutionResult, OperationType

from demo_server.graphql_api import answers, requests
from demo_server.graphql_api.engine import Engine, Events, Operation, Rejected, Result, engine
from demo_server.graphql_api.negotiation import EVENTS, JSON, Wanted, wanted
from demo_server.graphql_api.page import page
from demo_server.graphql_api.requests import Malformed, Request
from demo_server.rest_api.layer.operation import Identity
from demo_server.rest_api.layer.problem import Problem

_METHODS: Final = ("GET", "HEAD", "POST")


async def answer(request: HttpRequest) -> HttpResponseBase:
    """The answer to this request, whatever it is."""
    here = engine()
    wants = wanted(request.META.get("HTTP_ACCEPT", ""))
    try:
        if request.method not in _METHODS:
            raise _not_allowed(f"{request.method} does nothing here.", "GET, HEAD, POST")
        if wants.prefers_page and request.method != "POST" and "query" not in request.GET:
            return answers.page(request, page())
        if wants.json is None and not wants.streams:
            raise Malformed(
                "The answer comes as application/graphql-response+json, application/json, "
                "multipart/mixed or text/event-stream.",
                406,
            )
        identity = await here.authenticate(request)
        return await _perform(here, request, identity, wants)
    except Malformed as failure:
        return answers.malformed(here, wants.json or JSON, failure)
    except Problem as problem:
        return answers.refused(here, wants.json or JSON, problem)


def _not_allowed(message: str, allowed: str) -> Malformed:
    return Malformed(message, 405, headers={"Allow": allowed})


async def _perform(
    here: Engine, request: HttpRequest, identity: Identity, wants: Wanted
) -> HttpResponseBase:
    is_batching = request.META.get("HTTP_X_DATA_LOADER", "").strip().lower() != "off"
    if request.method == "POST":
        asked = requests.from_body(request.META.get("CONTENT_TYPE", ""), request.body)
    else:
        asked = requests.from_query(request.META.get("QUERY_STRING", ""))
    if isinstance(asked, list):
        return await _batch(here, asked, identity, wants, is_batching=is_batching)
    try:
        operation = await here.prepare(asked)
        if request.method != "POST" and operation.kind is OperationType.MUTATION:
            raise _not_allowed("Mutations change something: send them by POST.", "POST")
        context = here.context(identity, is_batching=is_batching)
        if operation.kind is OperationType.SUBSCRIPTION:
            if EVENTS not in wants.streams:
                raise Malformed(
                    "A subscription has many answers: accept text/event-stream, or use a WebSocket "
                    "with the subprotocol graphql-transport-ws.",
                    406,
                )
            events = await here.subscribe(operation, context)
            return answers.streamed(here, EVENTS, _closing(events))
        in_parts = operation.document.is_incremental and bool(wants.streams)
        result = await here.execute(operation, context, in_parts=in_parts)
        return _told(here, operation, result, wants)
    except Rejected as rejected:
        refusal = here.refusal(rejected.errors, rejected.code)
        if wants.json is None:
            return answers.streamed(here, wants.streams[0], answers.single(refusal))
        return answers.whole(here, wants.json, refusal)


def _told(here: Engine, operation: Operation, result: Result, wants: Wanted) -> HttpResponseBase:
    if not isinstance(result, ExecutionResult):
        parts = _parts(here, result)
        return answers.streamed(here, wants.streams[0], parts)
    told = here.format(result)
    if wants.json is None:
        return answers.streamed(here, wants.streams[0], answers.single(told))
    return answers.whole(here, wants.json, told, operation.demand.cost)


async def _parts(here: Engine, result: Any) -> AsyncGenerator[dict[str, Any], None]:
    async with aclosing(result.subsequent_results) as later:
        yield here.format(result.initial_result)
        async for part in later:
            yield here.format(part)


async def _closing(events: Events) -> AsyncGenerator[dict[str, Any], None]:
    async with aclosing(events):
        async for event in events:
            yield event


async def _batch(
    here: Engine, asked: list[Request], identity: Identity, wants: Wanted, *, is_batching: bool
) -> HttpResponseBase:
    """Several requests in one, one after the other: each has its own answer, in the same place."""
    if wants.json is None:
        raise Malformed("A batch is answered as JSON. Accept application/json.", 406)

    async def one(each: Request) -> dict[str, Any]:
        try:
            operation = await here.prepare(each)
            if operation.kind is OperationType.SUBSCRIPTION:
                raise Malformed("A subscription cannot be part of a batch.")
            context = here.context(identity, is_batching=is_batching)
            return here.format(await here.execute(operation, context))
        except Rejected as rejected:
            return here.refusal(rejected.errors, rejected.code)
        except Malformed as failure:
            return here.refusal([failure.error], "BAD_REQUEST")

    return answers.whole(here, wants.json, [await one(each) for each in asked])
