"""The lean handler: no thread for an answer that needs none, and nothing left behind by others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse

from demo_server.lean import LeanHandler

View = Callable[[HttpRequest], Awaitable[HttpResponse]]


class Handler(LeanHandler):
    """The handler in front of one view, without addresses and middleware."""

    def __init__(self, view: View) -> None:
        self.view = view

    async def run_get_response(self, request: HttpRequest) -> HttpResponse:
        return await self.view(request)


class Client:
    """One request in pieces; it leaves when it is told to."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces) or [b""]
        self.leaves = asyncio.Event()
        self.sent: list[Mapping[str, Any]] = []

    async def receive(self) -> Mapping[str, Any]:
        if self.pieces:
            body = self.pieces.pop(0)
            return {"type": "http.request", "body": body, "more_body": bool(self.pieces)}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        self.sent.append(message)

    async def ask(self, view: View) -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
        await Handler(view)(scope, self.receive, self.send)


@pytest.fixture
def finished() -> Iterator[list[str]]:
    """The threads in which Django heard that a request is over."""
    heard: list[str] = []

    def hear(**_: Any) -> None:
        heard.append(threading.current_thread().name)

    request_finished.connect(hear)
    yield heard
    request_finished.disconnect(hear)


async def test_an_answer_without_a_thread_starts_none(
    monkeypatch: pytest.MonkeyPatch, finished: list[str]
) -> None:
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", lambda each: started.append(each))
    monkeypatch.setattr(request_started, "receivers", [])  # as in demo_server.asgi
    tasks: set[object] = set()

    async def view(request: HttpRequest) -> HttpResponse:
        tasks.add(asyncio.current_task())
        return HttpResponse(request.body)

    client = Client(b"some", b"thing")
    await client.ask(view)
    assert [each.get("body") for each in client.sent] == [None, b"something"]
    assert started == []
    assert tasks == {asyncio.current_task()}
    assert finished == [threading.main_thread().name]


async def test_a_connection_goes_back_from_the_thread_that_used_it(
    shop_data: None, finished: list[str]
) -> None:
    from demo_server.shop.database.pooled_sqlite.base import DatabaseWrapper
    from demo_server.shop.models import Product

    used: list[str] = []

    async def view(request: HttpRequest) -> HttpResponse:
        used.append(await sync_to_async(lambda: threading.current_thread().name)())
        return HttpResponse(str(await Product.objects.acount()))

    counts = set()
    for _ in range(5):
        await Client().ask(view)
        counts.add(sum(map(len, DatabaseWrapper._idle.values())))
    assert finished == used
    assert len(counts) == 1
    assert counts.pop() >= 1


async def test_a_client_that_leaves_cancels_the_view(finished: list[str]) -> None:
    ended: list[str] = []

    async def view(request: HttpRequest) -> HttpResponse:
        client.leaves.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return HttpResponse()

    client = Client()
    async with asyncio.timeout(5):
        await client.ask(view)
    assert ended == ["cancelled"]
    assert client.sent == []
    assert len(finished) == 1
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_cancellation_from_elsewhere_goes_on(finished: list[str]) -> None:
    begun = asyncio.Event()

    async def view(request: HttpRequest) -> HttpResponse:
        begun.set()
        await asyncio.sleep(30)
        return HttpResponse()

    asking = asyncio.create_task(Client().ask(view))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(finished) == 1


async def test_a_defect_that_escapes_is_cleaned_up_after(finished: list[str]) -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Client().ask(view)
    assert len(finished) == 1
