"""A journey shows every step of a request, with exact counters, and never a secret."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.demo_server.tracing.conftest import Server


def steps(journey: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [span for span in journey["spans"] if span["kind"] == kind]


def assert_well_formed(journey: dict[str, Any]) -> None:
    """One root, first; every parent is there; every step lies inside the root; in order."""
    spans = journey["spans"]
    ids = {span["id"] for span in spans}
    assert len(ids) == len(spans)
    assert spans[0]["id"] == journey["root_id"]
    assert [span["kind"] for span in spans].count("server") == 1
    assert all(span["parent"] in ids for span in spans[1:])
    assert spans[0]["parent"] is None
    starts = [span["start_us"] for span in spans]
    assert starts == sorted(starts)
    for span in spans:
        assert re.fullmatch("[0-9a-f]{16}", span["id"])
        assert span["duration_us"] >= 0
        assert span["start_us"] + span["duration_us"] <= journey["duration_us"] + 2


async def test_second_request_hits_the_cache_and_runs_no_sql(
    server: Server, client: httpx.AsyncClient
) -> None:
    _, first = await server.follow(client, "GET", "/things/7")
    _, second = await server.follow(client, "GET", "/things/7")
    assert first["counters"] | {"sql": 1, "rows": 1, "cache_misses": 1} == first["counters"]
    assert second["counters"] | {"sql": 0, "rows": 0, "cache_hits": 1} == second["counters"]
    assert steps(second, "db") == []
    lookup = steps(second, "cache")[0]["attributes"]
    assert lookup["cache.key"] == "t:thing:7"
    assert lookup["cache.hit"] is True
    assert lookup["cache.strategy"] == "cache-aside"
    for journey in (first, second):
        assert_well_formed(journey)


async def test_every_layer_is_there_and_nested_as_it_ran(
    server: Server, client: httpx.AsyncClient
) -> None:
    answer, journey = await server.follow(client, "GET", "/things/8?page=2")
    by_id = {span["id"]: span for span in journey["spans"]}

    def way_up(span: dict[str, Any]) -> list[str]:
        return [span["name"], *(way_up(by_id[span["parent"]]) if span["parent"] else [])]

    assert way_up(steps(journey, "db")[0]) == [
        "SELECT thing",
        "one",
        "Guarding",
        "ConditionalGetMiddleware",
        "native",
        "GET /things/{number}",
    ]
    assert steps(journey, "setup")[0]["start_us"] == 0
    assert steps(journey, "routing")[0]["attributes"]["http.route"] == "/things/{number}"
    assert steps(journey, "send")[0]["attributes"]["http.response.body.size"] == len(answer.content)
    native = steps(journey, "middleware")[0]
    assert native["attributes"]["in_us"] >= 2000
    inside = native["attributes"]["in_us"] + native["attributes"]["out_us"]
    assert inside < native["duration_us"]
    assert (journey["method"], journey["path"], journey["query"]) == ("GET", "/things/8", "page=2")
    assert journey["counters"]["response_bytes"] == len(answer.content)


async def test_repeated_statements_are_marked_as_duplicates(
    server: Server, client: httpx.AsyncClient
) -> None:
    _, journey = await server.follow(client, "GET", "/each")
    statements = [span["attributes"] for span in steps(journey, "db")]
    assert [each["db.duplicate"] for each in statements] == [False, *[True] * 4, False]
    assert journey["counters"]["sql"] == 6
    assert journey["counters"]["duplicates"] == 4
    assert statements[2]["db.query.parameters"] == "[3]"
    assert statements[-1]["db.response.returned_rows"] >= 50
    assert journey["counters"]["rows"] == 5 + statements[-1]["db.response.returned_rows"]


async def test_secrets_never_enter_a_span(server: Server, client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer swordfish", "Cookie": "sessionid=marlin"}
    _, journey = await server.follow(client, "GET", "/secrets", headers=headers)
    text = str(journey)
    assert "•••" in text
    for secret in ("hunter2", "abcdefsecret", "swordfish", "marlin"):
        assert secret not in text


async def test_failing_view_gives_a_whole_journey_with_its_reason(
    server: Server, client: httpx.AsyncClient
) -> None:
    answer, journey = await server.follow(client, "GET", "/broken")
    assert answer.status_code == journey["status"] == 500
    assert_well_formed(journey)
    assert journey["spans"][0]["status"] == "error"
    view = steps(journey, "view")[0]
    assert view["status"] == "error"
    assert view["attributes"]["exception.type"] == "django.db.utils.OperationalError"
    assert "Traceback" not in str(journey)
    assert steps(journey, "db")[0]["status"] == "error"


async def test_unknown_path_and_short_circuit_are_journeys_too(
    server: Server, client: httpx.AsyncClient
) -> None:
    _, lost = await server.follow(client, "GET", "/nowhere")
    assert lost["status"] == 404
    assert lost["route"] is None
    assert steps(lost, "routing")[0]["status"] == "error"
    _, stopped = await server.follow(client, "GET", "/each?stop")
    assert stopped["status"] == 403
    assert steps(stopped, "view") == []
    guarding = steps(stopped, "middleware")[-1]["attributes"]
    assert guarding["out_us"] == 0
    for journey in (lost, stopped):
        assert_well_formed(journey)


async def test_ten_thousand_steps_are_capped_and_counted(
    server: Server, client: httpx.AsyncClient
) -> None:
    _, journey = await server.follow(client, "GET", "/many")
    assert_well_formed(journey)
    total = len(journey["spans"]) + journey["counters"]["spans_dropped"]
    assert len(journey["spans"]) <= 2001
    assert total > 10_000


async def test_traceparent_is_honoured_only_when_it_is_valid(
    server: Server, client: httpx.AsyncClient
) -> None:
    trace_id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    header = {"traceparent": f"00-{trace_id}-{parent}-01"}
    _, journey = await server.follow(client, "GET", "/each", headers=header)
    assert (journey["trace_id"], journey["parent_id"]) == (trace_id, parent)
    for broken in (
        f"00-{'0' * 32}-{parent}-01",
        f"00-{trace_id}-{'0' * 16}-01",
        f"ff-{trace_id}-{parent}-01",
        f"00-{trace_id.upper()}-{parent}-01",
        "nonsense",
    ):
        answer = await client.get("/each", headers={"traceparent": broken})
        assert answer.headers["x-trace-id"] != trace_id
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-trace-id"])


async def test_server_timing_names_the_phases(server: Server, client: httpx.AsyncClient) -> None:
    await client.get("/things/9")
    timing = (await client.get("/things/9")).headers["server-timing"]
    assert re.fullmatch(r"mw;dur=[\d.]+, view;dur=[\d.]+, cache;desc=hit;dur=[\d.]+", timing), (
        timing
    )
    timing = (await client.get("/each")).headers["server-timing"]
    assert re.search(r'db;dur=[\d.]+;desc="6 queries"', timing), timing


async def test_streamed_answer_ends_its_journey_with_the_stream(
    server: Server, client: httpx.AsyncClient
) -> None:
    answer, journey = await server.follow(client, "GET", "/ticking?ticks=5")
    assert_well_formed(journey)
    assert [span["name"] for span in steps(journey, "task")] == [f"tick {n}" for n in range(5)]
    assert journey["duration_us"] >= 50_000
    assert journey["counters"]["response_bytes"] == len(answer.content) == 25


async def test_client_that_leaves_ends_its_journey(
    server: Server, client: httpx.AsyncClient
) -> None:
    async with client.stream("GET", "/ticking?ticks=100000") as answer:
        trace_id = answer.headers["x-trace-id"]
        await anext(answer.aiter_raw())
    journey = await server.journey(client, trace_id)
    assert_well_formed(journey)
    assert journey["spans"][0]["attributes"]["http.client_left"] is True


async def test_journeys_of_concurrent_requests_do_not_mix(
    server: Server, client: httpx.AsyncClient
) -> None:
    paths = ["/each", "/things/11", "/things/12", "/ticking?ticks=3", "/many", "/broken"] * 5
    await asyncio.gather(client.get("/things/11"), client.get("/things/12"))
    found = await asyncio.gather(*(server.follow(client, "GET", path) for path in paths))
    for path, (_, journey) in zip(paths, found, strict=True):
        assert_well_formed(journey)
        counters = journey["counters"]
        expected = {"/each": (6, 0), "/broken": (1, 0)}.get(path, (0, int("things" in path)))
        assert (counters["sql"], counters["cache_hits"]) == expected, path


@pytest.mark.parametrize("path", ["/each", "/things/20", "/nowhere", "/each?stop", "/echo"])
async def test_tracing_changes_no_answer(
    server: Server, client: httpx.AsyncClient, untraced: Server, path: str
) -> None:
    async with untraced.client() as plain_client:
        for method in ("GET", "POST"):
            plain = await plain_client.request(method, path, content=b"body")
            traced = await client.request(method, path, content=b"body")
            for own in ("x-trace-id", "server-timing"):
                assert own not in plain.headers
                del traced.headers[own]
            for moving in ("date",):
                plain.headers.pop(moving)
                traced.headers.pop(moving)
            assert traced.status_code == plain.status_code
            assert traced.headers == plain.headers
            if path != "/each":
                assert traced.content == plain.content


@pytest.mark.parametrize("path", ["/things/7", "/things/8?page=2"])
async def test_a_journey_ends_with_the_last_byte_of_its_answer(
    server: Server, client: httpx.AsyncClient, path: str
) -> None:
    _, journey = await server.follow(client, "GET", path)
    (sent,) = steps(journey, "send")
    assert abs(sent["start_us"] + sent["duration_us"] - journey["duration_us"]) <= 2
