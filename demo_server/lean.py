"""Django's ASGI handler for answers that need no thread: it starts none where nothing used one.

The stock handler makes two tasks and a thread for every request: to listen for a client that
leaves, and to close database connections. Here the request stays in its own task; the listening
begins when an answer takes long, and the thread that Django's clean-up needs is there exactly
when the request has used one.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from asgiref.sync import SyncToAsync, sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.urls import set_script_prefix

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from django.http.response import HttpResponseBase

    Message: TypeAlias = Mapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]

PATIENCE: Final = 0.02
"""Seconds before anybody asks whether the client is still there."""


class LeanHandler(ASGIHandler):
    """`ASGIHandler` with the same answers and the same clean-up, without the idle machinery."""

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; a client that leaves cancels its view."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        set_script_prefix(get_script_prefix(scope))
        await signals.request_started.asend(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        if request is None:
            assert refused is not None
            await self.send_response(refused, send)
            refused.close()
            return
        response: HttpResponseBase | None = None
        presence = _Presence(receive)
        try:
            response = await self.run_get_response(request)
            await self.send_response(response, send)
        except asyncio.CancelledError:
            if not presence.excuses():
                raise
        finally:
            presence.stop()
            await self._clean_up(response)
            body.close()

    async def read_body(self, receive: Receive) -> Any:
        """The body as a file: in memory when it comes in one piece, else where Django keeps it."""
        first = await receive()
        if first["type"] == "http.request" and not first.get("more_body", False):
            return BytesIO(first.get("body", b""))
        return await super().read_body(_again(first, receive))

    async def _clean_up(self, response: HttpResponseBase | None) -> None:
        """Close what the request has opened, in the thread that opened it."""
        if response is not None:
            close = response.close
        else:

            def close() -> None:
                signals.request_finished.send(sender=self.__class__)

        if SyncToAsync.thread_sensitive_context.get(None) in SyncToAsync.context_to_thread_executor:
            await sync_to_async(close)()
        else:
            close()


class _Presence:
    """Whether the client is still there: asked when the answer lasts, told by cancelling it."""

    __slots__ = ("_answering", "_has_left", "_listening", "_receive", "_timer")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._answering = asyncio.current_task()
        self._has_left = False
        self._listening: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._begin)

    def _begin(self) -> None:
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        if (await self._receive())["type"] == "http.disconnect" and self._answering is not None:
            self._has_left = True
            self._answering.cancel()

    def excuses(self) -> bool:
        """Whether a cancellation came from here, and from nobody else."""
        task = self._answering
        return self._has_left and task is not None and not task.uncancel()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.cancel()
        if self._listening is not None:
            self._listening.cancel()


def _again(first: Message, receive: Receive) -> Receive:
    """Receives the first message once more, then the rest."""
    messages = [first]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
