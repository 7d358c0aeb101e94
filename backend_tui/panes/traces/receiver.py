"""OTLP over HTTP on loopback: what any instrumented app exports becomes journeys here.

A small HTTP/1.1 server on h11. JSON in the core, protobuf with the extra `[otlp]`.
"""

from __future__ import annotations

import asyncio
import base64
import errno
import json
import zlib
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.otlp import merged, parse_export
from backend_tui.core.trace import Trace

if TYPE_CHECKING:
    import h11

PORT: Final = 4318
LARGEST_BODY: Final = 8 * 1024 * 1024
MOST_CONNECTIONS: Final = 32
_PATIENCE: Final = 30.0
_KNOWN: Final = 2_000
_WAITING: Final = 1_000
_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")
_JSON: Final = "application/json"
_PROTOBUF: Final = "application/x-protobuf"
_EMPTY_PATHS: Final = ("/v1/metrics", "/v1/logs")


@dataclass(frozen=True, slots=True)
class Receiving:
    """Apps may send to this URL from now on."""

    url: str


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    words: str = ""


class _RefusedError(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.answer = _Answer(status, words)


async def receive(port: int = PORT) -> AsyncGenerator[Receiving | Trace]:
    """`Receiving`, then each journey as its parts arrive, for ever; closing ends the server.

    A journey comes again, grown, with every further part. Raises `MissingError` when the port
    cannot be had. When nobody reads, the senders are asked to come later.
    """
    traces: asyncio.Queue[Trace] = asyncio.Queue(_WAITING)
    server = _Server(traces)
    try:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", port, limit=64 * 1024)
    except OSError as failed:
        raise _port_problem(port, failed) from failed
    try:
        chosen = listening.sockets[0].getsockname()[1]
        yield Receiving(f"http://127.0.0.1:{chosen}")
        while True:
            yield await traces.get()
    finally:
        listening.close()
        await server.close()


class _Server:
    def __init__(self, traces: asyncio.Queue[Trace]) -> None:
        self._traces = traces
        self._known: OrderedDict[str, Trace] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request, until it is closed or quiet for too long."""
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._tasks.add(task)
        try:
            with suppress(OSError, TimeoutError):
                await self._requests(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """End every connection."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import h11

        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=32 * 1024)
        while True:
            try:
                async with asyncio.timeout(_PATIENCE):
                    request = await _event(connection, reader, writer)
                    if not isinstance(request, h11.Request):
                        return
                    answer, kind = await self._handled(connection, reader, writer, request)
            except h11.RemoteProtocolError as wrong:
                if connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                    status = wrong.error_status_hint
                    await _send(connection, writer, _Answer(status, str(wrong)), _JSON)
                return
            await _send(connection, writer, answer, kind)
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _handled(
        self,
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request: h11.Request,
    ) -> tuple[_Answer, str]:
        headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        shown_kind = kind if kind == _PROTOBUF else _JSON
        try:
            path = request.target.decode("latin-1").partition("?")[0]
            _check(request.method.decode(), path, headers, kind)
            body = await _body(connection, reader, writer, headers)
            if path in _EMPTY_PATHS:
                return _Answer(200), shown_kind
            document = await asyncio.to_thread(_document, body, kind)
            self._take(await asyncio.to_thread(parse_export, document))
        except _RefusedError as refused:
            return refused.answer, shown_kind
        except BackendError as wrong:
            return _Answer(400, str(wrong)), shown_kind
        return _Answer(200), shown_kind

    def _take(self, traces: tuple[Trace, ...]) -> None:
        if self._traces.maxsize - self._traces.qsize() < len(traces):
            raise _RefusedError(503, "More arrives than can be shown. Send it again later.")
        for trace in traces:
            known = self._known.pop(trace.trace_id, None)
            whole = merged(known, trace) if known else trace
            self._known[trace.trace_id] = whole
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)
            self._traces.put_nowait(whole)


async def _event(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Any:
    import h11

    while True:
        event = connection.next_event()
        if event is not h11.NEED_DATA:
            return event
        if connection.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            writer.write(connection.send(go_on) or b"")
            await writer.drain()
        connection.receive_data(await reader.read(64 * 1024))


async def _body(
    connection: h11.Connection,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    headers: dict[str, str],
) -> bytes:
    import h11

    if int(headers.get("content-length") or 0) > LARGEST_BODY:
        raise _too_large()
    body = bytearray()
    while True:
        event = await _event(connection, reader, writer)
        if isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST_BODY:
                raise _too_large()
        elif isinstance(event, h11.EndOfMessage):
            break
        else:
            raise ConnectionResetError
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return bytes(body)
    if encoding != "gzip":
        raise _RefusedError(415, f"The encoding {encoding} is not known. Send gzip or none.")
    return await asyncio.to_thread(_unzipped, bytes(body))


def _check(method: str, path: str, headers: dict[str, str], kind: str) -> None:
    host = headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name.lower() not in _HOSTS or "origin" in headers:
        raise _RefusedError(403, "Only programs on this machine may send here.")
    if path not in ("/v1/traces", *_EMPTY_PATHS):
        raise _RefusedError(404, "Send to /v1/traces.")
    if method != "POST":
        raise _RefusedError(405, "Send with POST.")
    if kind not in (_JSON, _PROTOBUF):
        raise _RefusedError(415, f"Send {_JSON} or {_PROTOBUF}.")


def _unzipped(body: bytes) -> bytes:
    inflating = zlib.decompressobj(wbits=31)
    try:
        data = inflating.decompress(body, LARGEST_BODY + 1)
    except zlib.error as wrong:
        raise _RefusedError(400, f"The gzip data is broken: {wrong}.") from wrong
    if len(data) > LARGEST_BODY:
        raise _too_large()
    if not inflating.eof:
        raise _RefusedError(400, "The gzip data ends too early.")
    return data


def _document(body: bytes, kind: str) -> object:
    if kind == _PROTOBUF:
        return _from_protobuf(body)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as wrong:
        raise _RefusedError(400, f"The body is no JSON: {wrong}.") from wrong


def _from_protobuf(body: bytes) -> object:
    """The export as its JSON form would be; ids in hex, as OTLP wants them."""
    try:
        from google.protobuf.json_format import MessageToDict
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )
    except ImportError as missing:
        raise _RefusedError(
            415,
            "Protobuf needs the extra: pip install backend-tui[otlp]. "
            "Or set OTEL_EXPORTER_OTLP_PROTOCOL=http/json.",
        ) from missing
    message = ExportTraceServiceRequest()
    try:
        message.ParseFromString(body)
    except DecodeError as wrong:
        raise _RefusedError(400, "The body is no OTLP export in protobuf.") from wrong
    document: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    for resource in document.get("resourceSpans", ()):
        for scope in resource.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64decode(span[key]).hex()
    return document


async def _send(
    connection: h11.Connection, writer: asyncio.StreamWriter, answer: _Answer, kind: str
) -> None:
    import h11

    is_words = answer.status != 200
    content = json.dumps({"message": answer.words}).encode() if is_words else b"{}"
    if kind == _PROTOBUF and not is_words:
        content = b""
    headers = [("Content-Type", _JSON if is_words else kind), ("Content-Length", f"{len(content)}")]
    if is_words:
        headers.append(("Connection", "close"))
    if answer.status == 405:
        headers.append(("Allow", "POST"))
    if answer.status == 503:
        headers.append(("Retry-After", "1"))
    response = h11.Response(status_code=answer.status, headers=headers)
    for event in (response, h11.Data(data=content), h11.EndOfMessage()):
        writer.write(connection.send(event) or b"")
    await writer.drain()


def _too_large() -> _RefusedError:
    return _RefusedError(413, f"An export may have {LARGEST_BODY >> 20} MB, unpacked too.")


def _port_problem(port: int, failed: OSError) -> BackendError:
    if failed.errno == errno.EADDRINUSE:
        return MissingError(
            f"OTLP cannot be received: port {port} is taken.",
            "Another collector listens there, perhaps another window of this workbench.",
            "Stop it, or choose a port with --otlp-port.",
        )
    return MissingError(
        f"OTLP cannot be received on port {port}.",
        failed.strerror or str(failed),
        "Choose another.",
    )
