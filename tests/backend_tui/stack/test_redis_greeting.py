"""Whatever stands at a cache's address, what is said about it is words, and never the password."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.stack.redis_greeting import greet, parsed


@asynccontextmanager
async def answering(reply: bytes | None) -> AsyncIterator[str]:
    """A server that says the same to everyone, or nothing at all; yields its address."""
    is_over = asyncio.Event()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        if reply is None:
            await is_over.wait()
        else:
            await reader.read(1)
            writer.write(reply)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        is_over.set()


async def test_nobody_there() -> None:
    async with answering(b"") as address:
        pass
    with pytest.raises(MissingError, match="cannot be reached"):
        await greet(f"redis://{address}/0")


async def test_the_password_is_masked_in_what_is_said() -> None:
    async with answering(b"") as address:
        pass
    with pytest.raises(MissingError) as raised:
        await greet(f"redis://me:hunter2@{address}/0")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is no Redis"),
        (b"", "cannot be reached"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "refuses to answer"),
        (b"-NOAUTH Authentication required.\r\n", "wants a valid password"),
        (b"+PONG\r\n$5000\r\nshort", "cannot be reached"),
        (b"\x1b]0;title\x07\r\n", "is no Redis"),
    ],
)
async def test_strange_answers(reply: bytes, said: str) -> None:
    async with answering(reply) as address:
        with pytest.raises(BackendError, match=said) as raised:
            await greet(f"redis://{address}/0")
    assert "\x1b" not in str(raised.value)


async def test_a_user_who_may_not_run_info_is_welcome() -> None:
    async with answering(b"+PONG\r\n-NOPERM this user may not run 'info'\r\n") as address:
        assert await greet(f"redis://{address}/0") == "Redis"


async def test_silence_ends_with_the_time_limit() -> None:
    async with answering(None) as address:
        with pytest.raises(MissingError, match="does not answer"):
            await greet(f"redis://{address}/0", timeout=0.1)


@pytest.mark.parametrize(
    "url", ["redis://localhost", "rediss://h:6380/2", "unix:///run/redis.sock", "redis://[::1]:1/0"]
)
def test_addresses_that_are_urls(url: str) -> None:
    assert parsed(url).scheme == url.partition(":")[0]


@pytest.mark.parametrize(
    "url", ["", "localhost:6379", "http://h", "redis://", "redis://h:99999", "redis://h:0", "unix:"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError, match="no Redis URL"):
        parsed(url)


@given(st.text())
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert parsed(text).scheme in ("redis", "rediss", "unix")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis+cluster://a:7000,b:7001", ("redis", "a", 7000)),
        ("rediss+sentinel://me:pw@a:26379,b:26379/shop/0", ("rediss", "a", 26379)),
        ("redis+cluster://[::1]:7000?ssl_cert_reqs=none", ("redis", "::1", 7000)),
    ],
)
def test_of_a_cluster_or_of_sentinels_the_first_is_greeted(
    url: str, place: tuple[str, str, int]
) -> None:
    found = parsed(url)
    assert (found.scheme, found.hostname, found.port) == place
