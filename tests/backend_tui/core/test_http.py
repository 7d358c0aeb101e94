"""The HTTP client against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import gzip
import json
import ssl
import subprocess
import time
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError
from backend_tui.core.http import (
    ChunkArrived,
    ExchangeEvent,
    Finished,
    HeadArrived,
    HttpClient,
    HttpError,
    HttpRequest,
    Redirected,
    Sent,
    Timeouts,
)
from backend_tui.core.text import is_clean
from tests.backend_tui.core.raw_server import Talk, plain, saying, serving

NORMAL = Timeouts()


async def exchanged(
    request: HttpRequest, timeouts: Timeouts = NORMAL, redirects: int = 0
) -> list[ExchangeEvent]:
    async with HttpClient() as client:
        events = client.exchange(request, timeouts, redirects=redirects)
        return [event async for event in events]


async def failure_of(url: str, timeouts: Timeouts = NORMAL) -> HttpError:
    with pytest.raises(HttpError) as caught:
        await exchanged(HttpRequest("GET", url), timeouts)
    assert caught.value.what
    assert caught.value.hint
    return caught.value


async def test_events_come_in_order_and_headers_as_received() -> None:
    said = plain(b"hello", b"Set-Cookie: a=1\r\nset-COOKIE: b=2\r\nX-Odd: \xff\xc3\r\n")
    async with serving(saying(said)) as server:
        events = await exchanged(HttpRequest("GET", server.url("/x?a=1&a=2")))
    kinds = [type(event) for event in events]
    assert kinds == [Sent, HeadArrived, ChunkArrived, Finished]
    head = events[1]
    assert isinstance(head, HeadArrived)
    assert head.headers[1:3] == (("Set-Cookie", "a=1"), ("set-COOKIE", "b=2"))
    assert head.headers[3] == ("X-Odd", "ÿÃ")
    assert head.peer == f"127.0.0.1:{server.port}"
    assert server.asked[0].head.startswith(b"GET /x?a=1&a=2 HTTP/1.1\r\n")


async def test_body_and_repeated_headers_leave_as_given() -> None:
    async with serving(saying(plain(b""))) as server:
        headers = (("X-A", "1"), ("x-a", "ü"), ("Content-Type", "application/json"))
        await exchanged(HttpRequest("QUERY", server.url(), headers, b'{"a":1.10}'))
    talk = server.asked[0]
    assert talk.body == b'{"a":1.10}'
    assert b"X-A: 1\r\nx-a: \xc3\xbc\r\n" in talk.head


async def test_phases_are_timed_and_a_kept_connection_has_no_connect() -> None:
    async def slowly(talk: Talk) -> None:
        await asyncio.sleep(0.05)
        await talk.say(plain(b"x"))

    async with serving(slowly) as server, HttpClient() as client:
        timings = []
        for _ in range(2):
            events = [e async for e in client.exchange(HttpRequest("GET", server.url()))]
            assert isinstance(events[-1], Finished)
            timings.append(events[-1].timings)
    first, second = timings
    assert [phase.name for phase in first.phases] == ["connect", "send", "wait", "download"]
    assert [phase.name for phase in second.phases] == ["send", "wait", "download"]
    assert second.of("wait") >= 50_000
    assert second.total_us >= sum(phase.duration_us for phase in second.phases)
    assert server.connections == 1


async def test_chunks_arrive_while_the_body_still_grows() -> None:
    go_on = asyncio.Event()

    async def in_two(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await go_on.wait()
        await talk.say(b"3\r\ntwo\r\n0\r\n\r\n")

    async with serving(in_two) as server, HttpClient() as client:
        seen = []
        async for event in client.exchange(HttpRequest("GET", server.url())):
            if isinstance(event, ChunkArrived):
                seen.append(event.data)
                go_on.set()
    assert seen == [b"one", b"two"]


async def test_packed_body_counts_both_sizes() -> None:
    packed = gzip.compress(b"a" * 10_000)
    async with serving(saying(plain(packed, b"Content-Encoding: gzip\r\n"))) as server:
        events = await exchanged(HttpRequest("GET", server.url()))
    chunks = [event for event in events if isinstance(event, ChunkArrived)]
    assert sum(len(chunk.data) for chunk in chunks) == 10_000
    assert chunks[-1].wire_bytes == len(packed)


@pytest.mark.parametrize("how", ["cancel", "close"])
async def test_stopping_closes_the_socket_within_100_ms(how: str) -> None:
    async def never(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
        await talk.left()

    async with serving(never) as server, HttpClient() as client:
        arrived = asyncio.Event()

        async def read() -> None:
            async with aclosing(client.exchange(HttpRequest("GET", server.url()))) as events:
                async for event in events:
                    if isinstance(event, ChunkArrived):
                        arrived.set()
                        if how == "close":
                            return

        task = asyncio.create_task(read())
        await arrived.wait()
        began = time.perf_counter()
        if how == "cancel":
            task.cancel()
        await asyncio.wait_for(server.gone.wait(), 1)
        assert time.perf_counter() - began < 0.1
        await asyncio.gather(task, return_exceptions=True)


async def test_cancel_while_waiting_for_the_head_closes_the_socket() -> None:
    async with serving(Talk.left) as server, HttpClient() as client:
        events = client.exchange(HttpRequest("GET", server.url()))
        assert isinstance(await anext(events), Sent)
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.wait_for(server.was_asked.wait(), 5)
        waiting.cancel()
        await asyncio.wait_for(server.gone.wait(), 0.1)
        await asyncio.gather(waiting, return_exceptions=True)
        await events.aclose()


async def test_unknown_name_refused_port_and_odd_urls_are_told_apart() -> None:
    assert (await failure_of("http://no-such-host.invalid/")).kind == "dns"
    assert (await failure_of("http://127.0.0.1:1/")).kind == "refused"
    for url in (
        "ftp://host/",
        "http:///path",
        "http://a b/",
        "http://[::1/",
        "nonsense",
        "http://h:99999/",
    ):
        assert (await failure_of(url)).kind == "url", url


async def test_password_of_a_url_is_in_no_message() -> None:
    for url in ("http://ada:canary@127.0.0.1:1/", "ftp://ada:canary@host/"):
        assert "canary" not in str(await failure_of(url))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "protocol"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "protocol"),
        (b"\x00\x01\x02\xff", "protocol"),
        (b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "protocol"),
        (b"", "disconnected"),
        (plain(b"no gzip", b"Content-Encoding: gzip\r\n"), "decoding"),
    ],
)
async def test_broken_answers_are_named(said: bytes, kind: str) -> None:
    async with serving(saying(said, close=True)) as server:
        problem = await failure_of(server.url())
    assert problem.kind == kind
    assert is_clean(str(problem))


async def test_endless_header_is_refused() -> None:
    async def endless(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000)
        await talk.left()

    async with serving(endless) as server:
        assert (await failure_of(server.url())).kind == "protocol"


async def test_time_outs_name_their_phase() -> None:
    async with serving(Talk.left) as server:
        read = await failure_of(server.url(), Timeouts(read=0.05))
        total = await failure_of(server.url(), Timeouts(total=0.05))
    assert (read.kind, read.phase) == ("timeout", "read")
    assert "0.05 s" in read.why
    assert (total.kind, total.phase) == ("timeout", "total")


async def test_server_that_takes_no_body_times_out_in_write() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    listening = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=1024)
    port = listening.sockets[0].getsockname()[1]
    request = HttpRequest("POST", f"http://127.0.0.1:{port}/", (), b"x" * 20_000_000)
    with pytest.raises(HttpError) as caught:
        await exchanged(request, Timeouts(write=0.1))
    assert caught.value.phase == "write"
    listening.close()


async def test_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(saying(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        problem = await failure_of("https://example.invalid/")
    assert problem.kind == "proxy"
    assert "407" in problem.why


async def test_loopback_goes_around_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with serving(saying(plain(b"ok"))) as server:
        events = await exchanged(HttpRequest("GET", server.url()))
    assert isinstance(events[-1], Finished)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate and key for the name shop.test in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=shop.test"]
    command += ["-addext", "subjectAltName=DNS:shop.test"]
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    made.write_bytes(key.read_bytes() + cert.read_bytes())
    return made


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_untrusted_certificate_and_wrong_name_are_told_apart(certificate: Path) -> None:
    async with serving(saying(plain(b"")), server_context(certificate)) as server:
        untrusted = await failure_of(server.url())
        trusting = ssl.create_default_context(cafile=certificate)
        async with HttpClient(tls=trusting) as client:
            with pytest.raises(HttpError) as caught:
                async for _ in client.exchange(HttpRequest("GET", server.url())):
                    pass
    assert (untrusted.kind, caught.value.kind) == ("tls", "tls")
    assert "SSL_CERT_FILE" in untrusted.hint
    assert "certificate was made for" in caught.value.hint


async def test_tls_has_its_own_phase_and_words(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    trusting.check_hostname = False
    tls = server_context(certificate)
    async with serving(saying(plain(b"")), tls) as server, HttpClient(tls=trusting) as client:
        events = [event async for event in client.exchange(HttpRequest("GET", server.url()))]
    head, finished = events[1], events[-1]
    assert isinstance(head, HeadArrived)
    assert head.tls.startswith("TLSv1.")
    assert isinstance(finished, Finished)
    assert "tls" in [phase.name for phase in finished.timings.phases]


async def test_https_to_a_plain_port_hints_at_http() -> None:
    async def plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(plainly, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    problem = await failure_of(f"https://127.0.0.1:{port}/")
    listening.close()
    assert problem.kind == "tls"
    assert "http://" in problem.hint


async def test_redirects_are_followed_when_asked_and_secrets_stay_with_their_origin() -> None:
    async with serving(saying(plain(b"there"))) as other:
        location = other.url("/there").replace("127.0.0.1", "localhost").encode()
        said = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
        async with serving(saying(said)) as server:
            headers = (("Authorization", "Bearer canary"), ("X-Kept", "1"))
            request = HttpRequest("POST", server.url("/here"), headers, b"{}")
            events = await exchanged(request, redirects=3)
            stayed = await exchanged(request)
    hop = next(event for event in events if isinstance(event, Redirected))
    assert (hop.status, hop.method, hop.dropped) == (302, "GET", ("Authorization",))
    head = other.asked[0].head
    assert head.startswith(b"GET /there ")
    assert b"canary" not in head
    assert b"X-Kept: 1" in head
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.timings.phases[0].name == "redirect"
    assert [event.status for event in stayed if isinstance(event, HeadArrived)] == [302]


async def test_endless_redirects_end_with_the_last_answer() -> None:
    said = b"HTTP/1.1 307 Again\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    async with serving(saying(said)) as server:
        events = await exchanged(HttpRequest("GET", server.url()), redirects=4)
    assert sum(isinstance(event, Redirected) for event in events) == 4
    assert [event.status for event in events if isinstance(event, HeadArrived)] == [307]


async def test_cookies_of_an_answer_are_not_sent_again() -> None:
    said = plain(b"", b"Set-Cookie: session=canary; Path=/\r\n")
    async with serving(saying(said)) as server, HttpClient() as client:
        for _ in range(2):
            async for _event in client.exchange(HttpRequest("GET", server.url())):
                pass
    assert b"canary" not in server.asked[1].head


async def test_get_json_gives_the_value_or_says_why_not() -> None:
    async with HttpClient() as client:
        async with serving(saying(plain(b'{"a":[1]}'))) as server:
            assert await client.get_json(server.url()) == {"a": [1]}
        async with serving(saying(plain(b"<html>"))) as server:
            with pytest.raises(BackendError, match="no JSON"):
                await client.get_json(server.url())
        body = json.dumps({"detail": "Not today."}).encode()
        said = b"HTTP/1.1 503 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        async with serving(saying(said)) as server:
            with pytest.raises(BackendError, match=r"answered 503.*Not today"):
                await client.get_json(server.url("/x"))


async def test_server_sent_events_are_read_as_they_come() -> None:
    async def stream(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        await talk.say(b": hi\n\nevent: trace\ndata: {\ndata: }\nid: 7\n\nda")
        await talk.say(b"ta: two\r\n\r\n")
        talk.writer.close()

    async with serving(stream) as server, HttpClient() as client:
        events = [event async for event in client.server_sent_events(server.url())]
    assert [(e.event, e.data, e.id) for e in events] == [
        ("trace", "{\n}", "7"),
        ("message", "two", "7"),
    ]


async def test_300_mb_pass_through_without_being_held() -> None:
    size = 300 * 1024 * 1024

    async def large(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        block = b"x" * (1 << 20)
        for _ in range(300):
            await talk.say(block)

    total = largest = 0
    async with serving(large) as server, HttpClient() as client:
        async for event in client.exchange(HttpRequest("GET", server.url())):
            if isinstance(event, ChunkArrived):
                total += len(event.data)
                largest = max(largest, len(event.data))
    assert total == size
    assert largest <= 1 << 20


@settings(max_examples=40, deadline=None)
@given(
    junk=st.binary(max_size=300), lead=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 "])
)
def test_any_bytes_are_an_answer_or_a_clean_failure(junk: bytes, lead: bytes) -> None:
    async def ask() -> None:
        async with serving(saying(lead + junk, close=True)) as server, HttpClient() as client:
            request, words = HttpRequest("GET", server.url()), ""
            try:
                async for event in client.exchange(request, Timeouts(read=1)):
                    if isinstance(event, HeadArrived):
                        assert is_clean(event.reason)
                        assert all(is_clean(n) and is_clean(v) for n, v in event.headers)
            except HttpError as problem:
                words = str(problem)
            assert is_clean(words)

    asyncio.run(ask())


@settings(max_examples=60, deadline=None)
@given(
    url=st.text(max_size=60),
    lead=st.sampled_from(["", "http://", "http://127.0.0.1:1/", "https://["]),
)
def test_any_text_as_url_is_a_clean_failure(url: str, lead: str) -> None:
    async def ask() -> None:
        words = ""
        async with HttpClient() as client:
            try:
                events = client.exchange(HttpRequest("GET", lead + url), Timeouts(connect=0.2))
                async for _ in events:
                    return
            except HttpError as problem:
                words = str(problem)
            assert is_clean(words)

    if lead != "http://":
        asyncio.run(ask())
