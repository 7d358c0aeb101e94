"""GraphQL over WebSocket: the subprotocol graphql-transport-ws, one connection at a time.

The protocol: https://github.com/enisdenjo/graphql-ws, PROTOCOL.md. Host and Origin are the
guard's business, which stands in front.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import Any, Final

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.http.cookie import parse_cookie
from graphql import ExecutionResult, OperationType

from demo_server.graphql_api.context import Context
from demo_server.graphql_api.database import with_database
from demo_server.graphql_api.engine import Engine, Malformed, Operation, Rejected, engine
from demo_server.graphql_api.requests import from_members
from demo_server.rest_api.layer.operation import NOBODY, Identity
from demo_server.rest_api.layer.problem import Problem

PROTOCOL: Final = "graphql-transport-ws"
PATH: Final = "/graphql"
MOST_OPERATIONS: Final = 50
INIT_SECONDS: Final = 5.0

INVALID, UNAUTHORIZED, FORBIDDEN = 4400, 4401, 4403
NO_SUBPROTOCOL, TOO_SLOW, TAKEN, TOO_MANY_INITS = 4406, 4408, 4409, 4429


class Closed(Exception):  # noqa: N818 - the protocol's word
    """The connection is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Left(Exception):  # noqa: N818 - not an error
    """The client has gone."""


async def serve(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application of one WebSocket."""
    if (await receive())["type"] != "websocket.connect":
        return
    if scope["path"] != PATH:
        await send({"type": "websocket.close", "code": 4404, "reason": "nothing here"})
        return
    if PROTOCOL not in scope.get("subprotocols", ()):
        await send({"type": "websocket.accept"})
        await _close(send, Closed(NO_SUBPROTOCOL, "Subprotocol not acceptable"))
        return
    await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
    talk = Conversation(engine(), scope, receive, send)
    try:
        await talk.run()
    except Closed as closed:
        await _close(send, closed)
    except Left:
        return
    finally:
        await talk.end()


async def _close(send: Any, closed: Closed) -> None:
    with suppress(RuntimeError, OSError):  # the client may have closed at the same moment
        await send({"type": "websocket.close", "code": closed.code, "reason": closed.reason})


class Conversation:
    """What happens on one connection: who is there, and which operations run."""

    def __init__(self, here: Engine, scope: Any, receive: Any, send: Any) -> None:
        self._engine = here
        self._scope = scope
        self._receive = receive
        self._send = send
        self._identity: Identity | None = None
        self._is_initialised = False
        self._is_batching = True
        self._running: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        """Read messages until the client leaves or breaks the rules."""
        try:
            async with asyncio.timeout(INIT_SECONDS) as limit:
                while self._identity is None:
                    await self._handle(await self._message())
                limit.reschedule(None)
        except TimeoutError:
            raise Closed(TOO_SLOW, "Connection initialisation timeout") from None
        while True:
            await self._handle(await self._message())

    async def end(self) -> None:
        """Stop every operation."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _message(self) -> dict[str, Any]:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Left
        try:
            message = msgspec.json.decode(event.get("text") or event.get("bytes") or b"")
        except (msgspec.DecodeError, RecursionError):
            raise Closed(INVALID, "Invalid message received") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(INVALID, "Invalid message received")
        payload = message.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(INVALID, "Invalid message received")
        return message

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_init":
                await self._initialise(message.get("payload") or {})
            case "ping":
                await self._say({"type": "pong", **_with_payload(message)})
            case "pong":
                pass
            case "subscribe":
                self._subscribe(message)
            case "complete":
                task = self._running.pop(_id(message), None)
                if task is not None:
                    task.cancel()
            case _:
                raise Closed(INVALID, "Invalid message received")

    async def _initialise(self, payload: dict[str, Any]) -> None:
        if self._is_initialised:
            raise Closed(TOO_MANY_INITS, "Too many initialisation requests")
        self._is_initialised = True
        given = {name.lower(): value for name, value in payload.items()}
        self._is_batching = str(given.get("x-data-loader", "")).lower() != "off"
        try:
            self._identity = await with_database(
                lambda: self._identify(str(given.get("authorization") or ""))
            )
        except Problem as problem:
            raise Closed(FORBIDDEN, problem.detail[:120]) from None
        await self._say({"type": "connection_ack"})

    async def _identify(self, authorization: str) -> Identity:
        """Who is there; a session counts as well: the guard has seen that the page is ours."""
        request = HttpRequest()
        request.method = "GET"
        headers = dict(self._scope["headers"])
        request.COOKIES = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        authorization = authorization or headers.get(b"authorization", b"").decode("latin-1")
        if authorization:
            request.META["HTTP_AUTHORIZATION"] = authorization
        elif settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return NOBODY
        return await self._engine.authenticate(request)

    def _subscribe(self, message: dict[str, Any]) -> None:
        if self._identity is None:
            raise Closed(UNAUTHORIZED, "Unauthorized")
        key = _id(message)
        if "payload" not in message:
            raise Closed(INVALID, "Invalid message received")
        if key in self._running:
            raise Closed(TAKEN, f"Subscriber for {key[:60]} already exists")
        if len(self._running) >= MOST_OPERATIONS:
            raise Closed(INVALID, f"More than {MOST_OPERATIONS} operations at once")
        task = asyncio.create_task(self._perform(key, message["payload"]), name=f"graphql {key}")
        self._running[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: str, task: asyncio.Task[None]) -> None:
        if self._running.get(key) is task:
            del self._running[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "an operation of a WebSocket failed", "exception": error, "task": task}
            )

    async def _perform(self, key: str, payload: dict[str, Any] | None) -> None:
        try:
            request = from_members(payload)
            operation = await self._engine.prepare(request)
            assert self._identity is not None
            context = self._engine.context(self._identity, is_batching=self._is_batching)
            if operation.kind is OperationType.SUBSCRIPTION:
                await self._follow(key, operation, context)
            else:
                await self._answer(key, operation, context)
        except Rejected as rejected:
            errors = self._engine.refusal(rejected.errors, rejected.code)["errors"]
            await self._finish(key, {"id": key, "type": "error", "payload": errors})
        except Malformed as failure:
            errors = self._engine.refusal([failure.error], "BAD_REQUEST")["errors"]
            await self._finish(key, {"id": key, "type": "error", "payload": errors})
        except Left:
            return
        else:
            await self._finish(key, {"id": key, "type": "complete"})

    async def _answer(self, key: str, operation: Operation, context: Context) -> None:
        async def run() -> None:
            in_parts = operation.document.is_incremental
            result = await self._engine.execute(operation, context, in_parts=in_parts)
            if isinstance(result, ExecutionResult):
                await self._next(key, self._engine.format(result))
                return
            async with aclosing(result.subsequent_results) as later:
                await self._next(key, self._engine.format(result.initial_result))
                async for part in later:
                    await self._next(key, self._engine.format(part))

        name = operation.name or operation.kind.value
        await with_database(lambda: self._engine.journey("WS", name, run))

    async def _follow(self, key: str, operation: Operation, context: Context) -> None:
        async with aclosing(await self._engine.subscribe(operation, context)) as events:
            async for event in events:
                await self._next(key, event)

    async def _next(self, key: str, payload: dict[str, Any]) -> None:
        await self._say({"id": key, "type": "next", "payload": payload})

    async def _finish(self, key: str, message: dict[str, Any]) -> None:
        """The last word on an operation; its id is free from then on."""
        self._running.pop(key, None)
        await self._say(message)

    async def _say(self, message: dict[str, Any]) -> None:
        text = self._engine.encode(message).decode()
        async with self._sending:
            try:
                await self._send({"type": "websocket.send", "text": text})
            except (RuntimeError, OSError):
                raise Left from None


def _id(message: dict[str, Any]) -> str:
    key = message.get("id")
    if not isinstance(key, str) or not key:
        raise Closed(INVALID, "Invalid message received")
    return key


def _with_payload(message: dict[str, Any]) -> dict[str, Any]:
    return {"payload": message["payload"]} if "payload" in message else {}
