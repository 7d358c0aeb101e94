"""The peer of /graphql: the same schema and resolvers on graphql-core, bare in an ASGI callable."""
# ruff: noqa: E402 - Django is set up before what needs it is imported

from __future__ import annotations

import json
import os
from inspect import isawaitable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "demo_server.settings"

import django

django.setup()

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connection
from graphql import experimental_execute_incrementally, parse, validate

from demo_server.graphql_api.building import build
from demo_server.graphql_api.context import Context
from demo_server.graphql_api.engine import Engine
from demo_server.graphql_api.loading import Loaders
from demo_server.rest_api.layer.operation import NOBODY

_schema = build(lambda _, resolve: resolve)
_observer = Engine()


def _give_back() -> None:
    connection.close()


async def _execute(query: str, context: Context, variables: dict[str, Any] | None) -> Any:
    """What `graphql()` does, with the executor for schemas that know @defer."""
    document = parse(query)
    if errors := validate(_schema, document):
        raise errors[0]
    result = experimental_execute_incrementally(
        _schema, document, context_value=context, variable_values=variables
    )
    return await result if isawaitable(result) else result


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, let graphql-core do everything, send JSON: no Django handler, no limits."""
    if scope["type"] != "http":
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = json.loads(body)
    async with ThreadSensitiveContext():
        context = Context(NOBODY, Loaders(_observer, is_batching=True))
        result = await _execute(asked["query"], context, asked.get("variables"))
        if context.loaders.is_used:
            await sync_to_async(_give_back)()
    answer = json.dumps(result.formatted).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
