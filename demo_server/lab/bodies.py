"""Bodies of every size and kind: /lab/large, /lab/binary and the truncated /lab/broken."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Final, Literal

from django.http import HttpResponse, StreamingHttpResponse
from msgspec import Meta

from demo_server.rest_api.layer.operation import Call, Media, Reply, operation
from demo_server.rest_api.layer.schema import Query

_ROW: Final = 100
"""Bytes of one row of the large document, its comma and line end included."""
_ROWS_AT_ONCE: Final = 640
_ANYTHING: Final[dict[str, Any]] = {"type": "string", "format": "binary"}


class Size(Query):
    """How much."""

    mb: Annotated[int, Meta(ge=1, le=2048, description="Megabytes (1 000 000 bytes each)")] = 10


def _rows(first: int, count: int) -> bytes:
    return b"".join(
        b'{"id":"%09d","name":"Row %09d","price":"%05d.%02d","text":"%s"},\n'
        % (n, n, n % 99_999, n % 100, b"." * 28)
        for n in range(first, first + count)
    )


def large_document(size: int) -> Iterator[bytes]:
    """A JSON array of exactly `size` bytes, in chunks of about 64 kB."""
    yield b"[\n"
    last = b'{"id":"last"}'
    whole_rows, rest = divmod(size - len(b"[\n") - len(last) - len(b"\n]"), _ROW)
    for first in range(0, whole_rows, _ROWS_AT_ONCE):
        yield _rows(first, min(_ROWS_AT_ONCE, whole_rows - first))
    yield b" " * rest + last + b"\n]"


@operation(
    "A body of many megabytes",
    query=Size,
    media=(Media("application/json", {"type": "array", "items": {"type": "object"}}),),
)
async def lab_large(call: Call[Size, None]) -> Reply:
    """A JSON array of exactly so many bytes, streamed, with a Content-Length that is true."""
    size = call.query.mb * 1_000_000

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in large_document(size):
            yield chunk
            # Writing to a client that has gone never waits: without this turn nobody would notice.
            await asyncio.sleep(0)

    headers = {"Content-Length": str(size), "Cache-Control": "no-store"}
    return Reply(
        finished=StreamingHttpResponse(chunks(), content_type="application/json", headers=headers)
    )


class BinaryQuery(Query):
    """Which bytes, and how they are packed."""

    size: Annotated[int, Meta(ge=0, le=10_000_000, description="Bytes before packing")] = 1024
    encoding: Annotated[
        Literal["identity", "gzip"], Meta(description="The Content-Encoding of the answer")
    ] = "identity"


@operation(
    "Bytes that are no text",
    query=BinaryQuery,
    media=(Media("application/octet-stream", _ANYTHING),),
)
async def lab_binary(call: Call[BinaryQuery, None]) -> Reply:
    """Every byte value in turn, as a download with a file name."""
    whole, rest = divmod(call.query.size, 256)
    every = bytes(range(256))
    body = every * whole + every[:rest]
    headers = {
        "Content-Disposition": "attachment; filename=\"bytes.bin\"; filename*=UTF-8''b%C3%BD.bin",
        "Cache-Control": "no-store",
    }
    if call.query.encoding == "gzip":
        body = gzip.compress(body, mtime=0)
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    return Reply(
        finished=HttpResponse(body, content_type="application/octet-stream", headers=headers)
    )


class BrokenQuery(Query):
    """In which way the answer is broken."""

    how: Annotated[
        Literal["short", "chunked"],
        Meta(
            description="short: fewer bytes than Content-Length says; "
            "chunked: the last chunk never comes"
        ),
    ] = "short"


class PromisedError(ConnectionError):
    """Ends an answer in the middle."""


@operation("A body that breaks off", query=BrokenQuery, media=(Media("text/plain", _ANYTHING),))
async def lab_broken(call: Call[BrokenQuery, None]) -> Reply:
    """The connection is closed before the body is complete: the client must notice."""
    headers = {"Cache-Control": "no-store"}
    if call.query.how == "short":
        headers["Content-Length"] = "1000"

    async def chunks() -> AsyncIterator[bytes]:
        for n in range(10):
            yield b"line %d of 100\n" % n
        raise PromisedError("The answer ends here, as /lab/broken promises.")

    return Reply(
        finished=StreamingHttpResponse(chunks(), content_type="text/plain", headers=headers)
    )
