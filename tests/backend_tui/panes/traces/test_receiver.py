"""OTLP over HTTP from real exporters and from everything that is none."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from backend_tui.core.errors import MissingError
from backend_tui.core.otlp import export_document
from backend_tui.core.trace import Trace
from backend_tui.panes.traces import receiver
from backend_tui.panes.traces.receiver import Receiving, receive
from tests.backend_tui.journeys import full

BODY = json.dumps(export_document([full()])).encode()
EXPORTER = """
import sys
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.trace import SpanKind

exporter = OTLPSpanExporter(sys.argv[1] + "/v1/traces", compression=Compression(sys.argv[2]))
provider = TracerProvider(resource=Resource.create({"service.name": "my-app"}))
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("test")
with tracer.start_as_current_span("GET /cart", kind=SpanKind.SERVER) as server:
    server.set_attribute("http.request.method", "GET")
    server.set_attribute("url.path", "/cart")
    server.set_attribute("http.response.status_code", 200)
    for number in range(2):
        with tracer.start_as_current_span("SELECT cart", kind=SpanKind.CLIENT) as query:
            query.set_attribute("db.system.name", "postgresql")
            query.set_attribute("db.query.text", "SELECT * FROM cart WHERE id = ?")
    with tracer.start_as_current_span("price") as inner:
        try:
            with tracer.start_as_current_span("discount"):
                raise ValueError("no such voucher")
        except ValueError:
            inner.set_attribute("cart.lines", 3)
provider.shutdown()
"""


async def _opened(items: AsyncGenerator[Receiving | Trace]) -> str:
    first = await anext(items)
    assert isinstance(first, Receiving)
    return first.url


async def _talk(url: str, request: bytes) -> bytes:
    port = int(url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


def _post(
    body: bytes = BODY, path: str = "/v1/traces", method: str = "POST", **changed: str
) -> bytes:
    headers = {
        "host": "127.0.0.1:4318",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


@pytest.mark.parametrize("compression", ["none", "gzip"])
async def test_a_real_exporter_is_received(compression: str) -> None:
    async with aclosing(receive(0)) as items:
        url = await _opened(items)
        exporter = await asyncio.create_subprocess_exec(
            sys.executable, "-c", EXPORTER, url, compression
        )
        async with asyncio.timeout(60):
            parts = [await anext(items) for _ in range(5)]
            assert await exporter.wait() == 0
    whole = parts[-1]
    assert isinstance(whole, Trace)
    assert (whole.service, whole.method, whole.path, whole.status) == (
        "my-app",
        "GET",
        "/cart",
        200,
    )
    assert (whole.counters.sql, whole.counters.duplicates) == (2, 1)
    assert [span.kind for span in whole.spans] == ["server", "db", "db", "work", "work"]
    failed = whole.spans[-1]
    assert failed.is_error
    assert failed.attributes["exception.type"] == "ValueError"
    assert failed.parent == whole.spans[-2].id
    assert whole.root == whole.spans[0]


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_json_is_received(encoding: str) -> None:
    body = gzip.compress(BODY) if encoding else BODY
    async with aclosing(receive(0)) as items:
        answer = await _talk(await _opened(items), _post(body, content_encoding=encoding))
        trace = await anext(items)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n{}")
    assert isinstance(trace, Trace)
    assert trace.counters == full().counters


async def test_a_connection_is_kept_for_the_next_export() -> None:
    async with aclosing(receive(0)) as items:
        request = _post(connection="keep-alive") + _post()
        answer = await _talk(await _opened(items), request)
    assert answer.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs"])
async def test_metrics_and_logs_are_taken_and_left(path: str) -> None:
    async with aclosing(receive(0)) as items:
        answer = await _talk(await _opened(items), _post(b"{}", path))
    assert answer.startswith(b"HTTP/1.1 200")


BOMB = gzip.compress(bytes(receiver.LARGEST_BODY + 1))


@pytest.mark.parametrize(
    ("request_bytes", "status", "words"),
    [
        (_post(host="evil.example"), 403, b"this machine"),
        (_post(origin="http://evil.example"), 403, b"this machine"),
        (_post(path="/v2"), 404, b"/v1/traces"),
        (_post(b"", method="GET"), 405, b"POST"),
        (_post(content_type="text/plain"), 415, b"application/json"),
        (_post(content_encoding="br"), 415, b"gzip"),
        (_post(b"{", content_length="1"), 400, b"no JSON"),
        (_post(b"[" * 100_000), 400, b""),
        (_post(b'{"resourceSpans": 3}'), 400, b"no OTLP export"),
        (_post(b"\xff\xff", content_type="application/x-protobuf"), 400, b"protobuf"),
        (_post(b"junk", content_encoding="gzip"), 400, b"broken"),
        (_post(gzip.compress(BODY)[:-9], content_encoding="gzip"), 400, b"too early"),
        (_post(BOMB, content_encoding="gzip"), 413, b"8 MB"),
        (_post(b"", content_length=str(receiver.LARGEST_BODY + 1)), 413, b"8 MB"),
        (b"nonsense\r\n\r\n", 400, b""),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 40_000, 431, b""),
    ],
    ids=[
        "foreign host",
        "foreign origin",
        "unknown path",
        "method",
        "media type",
        "content coding",
        "length lies",
        "too deep",
        "no export",
        "no protobuf",
        "no gzip",
        "gzip cut",
        "gzip bomb",
        "too large",
        "nonsense",
        "long header",
    ],
)
async def test_what_is_no_export_is_refused_in_words(
    request_bytes: bytes, status: int, words: bytes
) -> None:
    async with aclosing(receive(0)) as items:
        url = await _opened(items)
        answer = await _talk(url, request_bytes)
        assert (await _talk(url, _post())).startswith(b"HTTP/1.1 200")
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert words in answer


async def test_a_taken_port_is_said_with_a_way_out() -> None:
    async with aclosing(receive(0)) as items:
        port = int((await _opened(items)).rpartition(":")[2])
        with pytest.raises(MissingError, match=f"port {port} is taken"):
            await _opened(receive(port))


async def test_senders_are_put_off_when_nobody_reads() -> None:
    many = [full(f"{number:032x}") for number in range(1, 1_002)]
    body = json.dumps(export_document(many)).encode()
    async with aclosing(receive(0)) as items:
        answer = await _talk(await _opened(items), _post(body))
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"retry-after" in answer.lower()
