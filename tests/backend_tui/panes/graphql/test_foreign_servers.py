"""Servers that misbehave: each ends as a clear failure or verdict, and nothing hangs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from backend_tui.core.clock import ManualClock
from backend_tui.core.text import is_clean
from backend_tui.panes.graphql import transport_socket
from backend_tui.panes.graphql.client import StackGraphqlClient
from backend_tui.panes.graphql.request import Draft
from backend_tui.panes.graphql.run import ConnectionLost, PingAnswered, Run, RunEvent, Subscribed
from tests.backend_tui.core.raw_server import RawServer, Talk, plain, saying, serving
from tests.backend_tui.panes.graphql.running import run_of

QUERY = "{ me { id } }"
EVENTS = "subscription { tick }"
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
JSON = b"Content-Type: application/json\r\n"


async def run_at(url: str, document: str = QUERY, **given: Any) -> Run:
    until = given.pop("until", None)
    seen = given.pop("seen", None)
    client = StackGraphqlClient(None, clock=ManualClock())
    try:
        return await run_of(client, Draft(url, document, **given), until=until, seen=seen)
    finally:
        await client.aclose()


async def judged_at(answer: bytes) -> Run:
    async with serving(saying(answer, close=True)) as server:
        return await run_at(server.url("/graphql"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n<p>",
            "502 with text/html",
        ),
        (plain(b"", JSON), "The body is empty."),
        (plain(b"nonsense", JSON), "The body is no JSON."),
        (plain(b"[1]", JSON), "no object"),
        (plain(b'{"hello": 1}', JSON), "no data and no errors"),
        (plain(b'{"data":' + b"[" * 100_000, JSON), "no JSON"),
        (
            b"HTTP/1.1 301 Moved\r\nLocation: https://a.example/\r\nContent-Length: 0\r\n\r\n",
            "redirects",
        ),
    ],
)
async def test_what_is_no_graphql_is_called_so(answer: bytes, words: str) -> None:
    run = await judged_at(answer)
    assert run.answer is not None
    assert run.answer.verdict == "not GraphQL"
    assert words in run.answer.words or "too deep" in run.answer.words


async def test_hostile_errors_come_out_clean() -> None:
    evil = "\x1b]52;c;aGk=\x07[red]\u202e/etc"
    body = json.dumps(
        {
            "data": {"me": None},
            "errors": [
                {"message": evil, "path": [evil, 1], "locations": [{"line": -1, "column": "x"}]},
                {"message": {"not": "text"}, "extensions": {"code": evil, "deep": {"a": evil}}},
                "just text",
                None,
                *({"message": "more"} for _ in range(500)),
            ],
        }
    ).encode()
    run = await judged_at(plain(body, JSON))
    assert run.answer is not None
    assert run.answer.verdict == "partial"
    assert run.answer.problem_count == 504
    assert len(run.answer.problems) == 200
    for problem in run.answer.problems:
        assert is_clean(problem.message + problem.where + problem.code + problem.extensions)
        assert problem.locations == ()


async def test_a_body_that_ends_early_fails_and_is_kept() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
    run = await judged_at(head + b'{"data": {')
    assert run.phase == "failed"
    assert run.problem is not None
    assert "ended too early" in run.problem.what
    assert run.body is not None
    assert run.body.size == 10


async def test_a_large_answer_is_judged_in_a_child() -> None:
    items = b",".join(b'{"id": %d}' % i for i in range(200_000))
    body = b'{"data": {"all": [' + items + b']}, "errors": [{"message": "late"}]}'
    run = await judged_at(plain(body, JSON))
    assert run.answer is not None
    assert run.answer.verdict == "partial"
    assert run.answer.problems[0].message == "late"
    assert run.size == len(body)


async def test_multipart_that_never_ends_tells_so() -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary="-"\r\n\r\n---\r\n'
    part = b"Content-Type: application/json\r\n\r\n"
    first = b'{"data":{"a":1.10},"hasNext":true}\r\n---\r\n'
    second = b'{"incremental":[{"path":["nope","b"],"data":{"c":1}}]'
    parts = head + part + first + part + second
    run = await judged_at(parts)
    assert run.answer is not None
    assert run.answer.verdict == "ok"
    assert "ended before its last part" in run.answer.words
    assert run.merged is not None
    assert b"1.10" in run.merged.read(0, 1000)


async def test_a_truncated_event_stream_is_opened_again_and_numbers_go_on() -> None:
    seen: list[RunEvent] = []
    event = b'event: next\ndata: {"data": {"tick": 1}}\n\n'
    async with serving(saying(STREAM + event + b"event: next\ndata: {", close=True)) as server:
        run = await run_at(
            server.url("/graphql"),
            EVENTS,
            until=lambda run: run.log is not None and run.log.total >= 3,
            seen=seen,
        )
    assert run.log is not None
    assert [each.sequence for each in run.log.events] == [1, 2, 3]
    assert sum(isinstance(each, Subscribed) for each in seen) == 3
    lost = [each for each in seen if isinstance(each, ConnectionLost)]
    assert len(lost) >= 2
    assert all(each.retry_in <= 15 * 1.25 for each in lost)
    assert run.log.reconnects >= 2


async def test_a_completed_subscription_is_never_run_again() -> None:
    for complete in (b"event: complete\n\n", b"event: complete\ndata:\n\n"):
        answer = STREAM + b'event: next\ndata: {"data": {"tick": 1}}\n\n' + complete
        async with serving(saying(answer, close=True)) as server:
            run = await run_at(server.url("/graphql"), EVENTS)
            assert server.connections == 1
        assert run.phase == "done"
        assert run.log is not None
        assert run.log.connection == "ended"
        assert run.log.total == 1


async def test_leaving_an_event_stream_closes_its_socket() -> None:
    async def forever(talk: Talk) -> None:
        await talk.say(STREAM)
        await talk.say(b'event: next\ndata: {"data": {"tick": 1}}\n\n')
        await talk.left()

    async with serving(forever) as server:
        await run_at(
            server.url("/graphql"),
            EVENTS,
            until=lambda run: run.log is not None and run.log.total > 0,
        )
        async with asyncio.timeout(5):
            await server.gone.wait()


async def test_events_that_are_no_graphql_end_the_subscription() -> None:
    answer = STREAM + b"event: next\ndata: nonsense\n\n"
    async with serving(saying(answer)) as server:
        run = await run_at(server.url("/graphql"), EVENTS)
    assert run.phase == "failed"
    assert run.problem is not None
    assert "no GraphQL" in run.problem.what


async def test_a_refused_subscription_shows_the_servers_errors() -> None:
    body = b'{"errors": [{"message": "No such field", "extensions": {"code": "FORBIDDEN"}}]}'
    async with serving(saying(plain(body, JSON))) as server:
        run = await run_at(server.url("/graphql"), EVENTS)
    assert run.answer is not None
    assert run.answer.verdict == "request error"
    assert run.answer.problems[0].message == "No such field"


Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def sockets(handler: Handler) -> AsyncIterator[str]:
    """A WebSocket server of graphql-transport-ws; yields its URL."""
    server = await serve(
        handler,
        "127.0.0.1",
        0,
        subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
    )
    port = next(iter(server.sockets)).getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/graphql"
    finally:
        server.close()
        await server.wait_closed()


async def acknowledge(socket: ServerConnection) -> dict[str, Any]:
    """Answer the hello and give the subscribe message."""
    hello = json.loads(await socket.recv())
    assert hello["type"] == "connection_init"
    await socket.send('{"type": "connection_ack"}')
    message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def test_a_socket_is_completed_and_closed_with_1000() -> None:
    told: list[Any] = []
    closed: list[int | None] = []

    async def answer(socket: ServerConnection) -> None:
        told.append(await acknowledge(socket))
        await socket.send('{"type": "ping", "payload": {"at": 1}}')
        told.append(json.loads(await socket.recv()))
        await socket.send('{"id":"1","type":"next","payload":{"data":{"tick": 1.10}}}')
        told.extend([json.loads(message) async for message in socket])
        closed.append(socket.close_code)

    async with sockets(answer) as url:
        run = await run_at(
            url,
            EVENTS,
            connection='{"token": "x"}',
            until=lambda run: run.log is not None and run.log.total > 0,
        )
    subscribe, pong, complete = told
    assert subscribe["payload"]["query"] == EVENTS
    assert pong == {"type": "pong", "payload": {"at": 1}}
    assert complete == {"id": "1", "type": "complete"}
    assert closed == [1000]
    assert run.log is not None
    assert run.log.events[0].text == '{"data":{"tick": 1.10}}'


@pytest.mark.parametrize(
    ("code", "words", "is_failed"),
    [
        (4400, "could not understand", True),
        (4401, "wants authentication", True),
        (4403, "forbids it", True),
        (4406, "does not speak", True),
        (4409, "same id", True),
        (4429, "more than once", True),
        (1000, "closed in order", False),
        (4999, "code of its own", None),
    ],
)
async def test_close_codes_are_explained(code: int, words: str, is_failed: bool | None) -> None:
    async def close(socket: ServerConnection) -> None:
        await acknowledge(socket)
        await socket.close(code, "because \x1b[31m")

    seen: list[RunEvent] = []
    async with sockets(close) as url:
        run = await run_at(
            url, EVENTS, seen=seen, until=lambda run: bool(run.log and run.log.reconnects > 1)
        )
    assert run.log is not None
    said = f"{run.problem} {run.log.words} " + " ".join(
        str(each.problem) for each in seen if isinstance(each, ConnectionLost)
    )
    assert words in said
    assert is_clean(said)
    expected = {True: "failed", False: "done", None: "cancelled"}[is_failed]
    assert run.phase == expected
    if is_failed:
        assert run.log.close_code == code


async def test_a_socket_that_never_acknowledges_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_socket, "ACKNOWLEDGED_WITHIN", 0.2)
    codes: list[int | None] = []

    async def silent(socket: ServerConnection) -> None:
        await socket.wait_closed()
        codes.append(socket.close_code)

    async with sockets(silent) as url:
        run = await run_at(url, EVENTS)
    assert run.phase == "failed"
    assert run.problem is not None
    assert "never acknowledged" in run.problem.what
    assert codes == [4504]


async def test_pings_measure_the_latency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_socket, "PING_EVERY", 0.05)

    async def answer(socket: ServerConnection) -> None:
        await acknowledge(socket)
        async for message in socket:
            if json.loads(message)["type"] == "ping":
                await socket.send('{"type":"pong"}')
                await socket.send('{"payload":{"data": 1.0},"type":"next","id":"1"}')

    seen: list[RunEvent] = []
    async with sockets(answer) as url:
        run = await run_at(
            url, EVENTS, seen=seen, until=lambda run: bool(run.log and run.log.total >= 2)
        )
    assert any(isinstance(each, PingAnswered) and each.latency_us > 0 for each in seen)
    assert run.log is not None
    assert run.log.events[0].text == '{"data": 1.0}'


async def test_an_error_message_ends_the_operation_alone() -> None:
    async def refuse(socket: ServerConnection) -> None:
        await acknowledge(socket)
        await socket.send('{"id":"1","type":"error","payload":[{"message":"no such field"}]}')
        await socket.wait_closed()

    async with sockets(refuse) as url:
        run = await run_at(url, EVENTS)
    assert run.answer is not None
    assert run.answer.verdict == "request error"
    assert run.answer.problems[0].message == "no such field"


@pytest.mark.parametrize(
    "message", ["nonsense", "[]", '{"no": "type"}', '{"type":"novel","id":"1"}']
)
async def test_messages_outside_the_protocol_end_it(message: str) -> None:
    async def babble(socket: ServerConnection) -> None:
        await acknowledge(socket)
        await socket.send(message)
        await socket.wait_closed()

    async with sockets(babble) as url:
        run = await run_at(url, EVENTS)
    assert run.phase == "failed"
    assert run.problem is not None


async def test_messages_of_other_operations_are_passed_over() -> None:
    async def mixed(socket: ServerConnection) -> None:
        await acknowledge(socket)
        for other in ("0", "2"):
            await socket.send(json.dumps({"id": other, "type": "next", "payload": {"data": {}}}))
        await socket.send('{"id":"1","type":"next","payload":{"data":{"tick":5}}}')
        await socket.send('{"id":"1","type":"complete"}')
        await socket.wait_closed()

    async with sockets(mixed) as url:
        run = await run_at(url, EVENTS)
    assert run.phase == "done"
    assert run.log is not None
    assert [event.text for event in run.log.events] == ['{"data":{"tick":5}}']


async def test_without_an_event_stream_the_socket_is_tried() -> None:
    """A server that answers subscriptions over HTTP with an error, and speaks WebSocket."""

    async def answer(talk: Talk) -> None:
        if b"upgrade: websocket" not in talk.head.lower():
            await talk.say(plain(b'{"errors":[{"message":"use a WebSocket"}]}', JSON))
            return
        key = talk.head.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        magic = key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(magic).digest())
        await talk.say(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Accept: "
            + accept
            + b"\r\n\r\n"
        )
        for text in (
            b'{"type":"connection_ack"}',
            b'{"id":"1","type":"next","payload":{"data":{"tick":1}}}',
            b'{"id":"1","type":"complete"}',
        ):
            await talk.say(bytes([0x81, len(text)]) + text)
        await talk.left()

    async with serving(answer) as server:
        run = await run_at(server.url("/graphql"), EVENTS)
    assert run.transport == "websocket"
    assert run.phase == "done", run.problem
    assert run.log is not None
    assert run.log.total == 1


async def test_a_server_that_speaks_neither_shows_what_it_said() -> None:
    body = b'{"errors":[{"message":"no subscriptions here"}]}'

    async def answer(talk: Talk) -> None:
        await talk.say(plain(body, JSON))

    server: RawServer
    async with serving(answer) as server:
        run = await run_at(server.url("/graphql"), EVENTS)
    assert run.answer is not None
    assert run.answer.problems[0].message == "no subscriptions here"
