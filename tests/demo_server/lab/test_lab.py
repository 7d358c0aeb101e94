"""The lab against the real server: what it promises to do wrong, it does."""

import gzip
import json
from hashlib import sha256

import httpx
import pytest

from demo_server.lab.hostile import ATTACKS


def test_slow_waits(shop: httpx.Client) -> None:
    answer = shop.get("/lab/slow", params={"ms": 150})
    assert answer.json() == {"waited_ms": 150}
    assert answer.elapsed.total_seconds() >= 0.15


def test_slow_gives_up_nothing_else_meanwhile(shop: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        shop.get("/lab/slow", params={"ms": 60_000}, timeout=0.2)
    assert shop.get("/lab/slow", params={"ms": 0}).status_code == 200


@pytest.mark.parametrize(("rate", "statuses"), [(0, {200}), (1, {503}), (0.5, {200, 503})])
def test_flaky_fails_at_its_rate(shop: httpx.Client, rate: float, statuses: set[int]) -> None:
    answers = [shop.get("/lab/flaky", params={"rate": rate}) for _ in range(60)]
    assert {answer.status_code for answer in answers} == statuses
    failed = [answer for answer in answers if answer.status_code == 503]
    assert all(answer.headers["Retry-After"] == "1" for answer in failed)


@pytest.mark.parametrize("code", [200, 204, 299, 301, 304, 401, 405, 418, 429, 500, 503, 599])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_status_can_be_had(shop: httpx.Client, code: int, method: str) -> None:
    answer = shop.request(method, f"/lab/status/{code}")
    assert answer.status_code == code
    if code == 401:
        assert "WWW-Authenticate" in answer.headers
    if code in {204, 304}:
        assert answer.content == b""


@pytest.mark.parametrize("code", [0, 100, 199, 600, 99999])
def test_what_is_no_final_status_is_not_found(shop: httpx.Client, code: int) -> None:
    assert shop.get(f"/lab/status/{code}").status_code == 404


def test_large_is_json_of_exactly_its_length(shop: httpx.Client) -> None:
    answer = shop.get("/lab/large", params={"mb": 3})
    assert answer.headers["Content-Length"] == "3000000"
    assert len(answer.content) == 3_000_000
    rows = json.loads(answer.content)
    assert rows[0]["id"] == "000000000"
    assert rows[-1] == {"id": "last"}
    assert len(rows) > 29_000


def test_large_can_be_left_in_the_middle(shop: httpx.Client) -> None:
    with shop.stream("GET", "/lab/large", params={"mb": 2048}) as answer:
        assert answer.headers["Content-Length"] == "2048000000"
        first = next(answer.iter_bytes(chunk_size=16))
        assert first.startswith(b'[\n{"id"')
    assert shop.head("/lab/large", params={"mb": 2048}).status_code == 200


def test_binary_has_every_byte_packed_or_not(shop: httpx.Client) -> None:
    plain = shop.get("/lab/binary", params={"size": 300})
    assert plain.content == bytes(range(256)) + bytes(range(44))
    with shop.stream("GET", "/lab/binary", params={"size": 300, "encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
        assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content


@pytest.mark.parametrize(
    ("accept", "parameters", "media"),
    [
        ("*/*", {}, "application/x-ndjson"),
        ("text/event-stream", {}, "text/event-stream"),
        ("*/*", {"format": "sse"}, "text/event-stream"),
        ("text/event-stream", {"format": "ndjson"}, "application/x-ndjson"),
    ],
)
def test_stream_speaks_what_is_asked(
    shop: httpx.Client, accept: str, parameters: dict[str, str], media: str
) -> None:
    wanted = {"count": "3", "every_ms": "1", **parameters}
    answer = shop.get("/lab/stream", params=wanted, headers={"Accept": accept})
    assert answer.headers["Content-Type"] == media
    lines = answer.text.splitlines()
    if media == "text/event-stream":
        lines = [line.removeprefix("data: ") for line in lines if line.startswith('data: {"n')]
    assert [json.loads(line)["n"] for line in lines] == [1, 2, 3]


def test_stream_arrives_piece_by_piece(shop: httpx.Client) -> None:
    wanted = {"count": "1000", "every_ms": "10000"}
    with shop.stream("GET", "/lab/stream", params=wanted) as answer:
        assert json.loads(next(answer.iter_lines()))["n"] == 1


def test_redirects_lead_to_the_end_and_no_further(shop: httpx.Client) -> None:
    answer = shop.get("/lab/redirect/5", params={"status": 307}, follow_redirects=True)
    assert answer.json()["arrived"] is True
    assert [step.status_code for step in answer.history] == [307] * 5
    assert shop.get("/lab/redirect/101").status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_echo_tells_what_arrived(shop: httpx.Client, method: str) -> None:
    headers = [("X-Twice", "one"), ("X-Twice", "two")]
    answer = shop.request(method, "/lab/echo?a=1&a=2", headers=headers, content=b"\xffbody")
    echoed = answer.json()
    assert (echoed["method"], echoed["query"], echoed["bytes"]) == (method, "a=1&a=2", 5)
    assert (echoed["text"], echoed["base64"]) == (None, "/2JvZHk=")
    twice = [pair["value"] for pair in echoed["headers"] if pair["name"] == "x-twice"]
    assert twice == ["one", "two"]
    assert answer.headers.get_list("X-Lab") == ["first", "second", "third, with a comma"]


def test_upload_tells_names_sizes_and_digests(shop: httpx.Client) -> None:
    body = bytes(range(256)) * 4000
    files = [
        ("one", ("ä.bin", body, "application/x-one")),
        ("two", ("empty.txt", b"", "text/plain")),
    ]
    received = shop.post("/lab/upload", files=files, data={"note": "hello"}).json()
    first, second = received["files"]
    assert (first["name"], first["bytes"]) == ("ä.bin", len(body))
    assert first["sha256"] == sha256(body).hexdigest()
    assert (second["field"], second["bytes"]) == ("two", 0)
    assert received["fields"] == [{"name": "note", "value": "hello"}]


def test_upload_refuses_what_is_no_form(shop: httpx.Client) -> None:
    assert shop.post("/lab/upload", json={}).status_code == 415
    broken = {"Content-Type": "multipart/form-data"}
    assert shop.post("/lab/upload", content=b"x", headers=broken).status_code == 400


@pytest.mark.parametrize("how", ["short", "chunked"])
def test_broken_breaks_off(shop: httpx.Client, how: str) -> None:
    with shop.stream("GET", "/lab/broken", params={"how": how}) as answer:
        chunks = answer.iter_bytes()
        assert next(chunks).startswith(b"line 0 of 100\n")
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)


@pytest.mark.parametrize("kind", ATTACKS)
def test_hostile_bytes_arrive_as_they_are(shop: httpx.Client, kind: str) -> None:
    answer = shop.get("/lab/hostile", params={"kind": kind})
    assert answer.status_code == 200
    assert answer.content == ATTACKS[kind].body
    raw = dict(answer.headers.raw)
    for name, value in ATTACKS[kind].headers.items():
        found = {each.lower(): sent for each, sent in raw.items()}[name.lower().encode()]
        assert found == value.encode("latin-1")


def test_the_lab_describes_itself(shop: httpx.Client) -> None:
    document = shop.get("/lab/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/lab/status/{code}" in document["paths"]
    identifiers = [
        operation["operationId"]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    assert len(identifiers) == len(set(identifiers))
