"""GraphQL over HTTP beyond the audits: methods, media types, batches, persisted queries, a page."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest

from demo_server.graphql_api.negotiation import wanted
from tests.demo_server.graphql_api.conftest import GRAPHQL, JSON, Graph

CHANGE = "mutation { setStock(id: 1, stock: 1) { __typename } }"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "json_type", "streams", "page"),
    [
        ("", JSON, (), False),
        ("*/*", JSON, (), False),
        (JSON, JSON, (), False),
        (GRAPHQL, GRAPHQL, (), False),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL, (), False),
        (f"{JSON}, {GRAPHQL}", JSON, (), False),
        (f"{GRAPHQL};q=0.1, {JSON}", JSON, (), False),
        (f"{JSON};q=0, {GRAPHQL}", GRAPHQL, (), False),
        ("APPLICATION/JSON", JSON, (), False),
        ("text/event-stream", None, ("text/event-stream",), False),
        (f"multipart/mixed; deferSpec=20220824, {JSON}", JSON, ("multipart/mixed",), False),
        ("text/event-stream, multipart/mixed;q=0.5", None,
         ("text/event-stream", "multipart/mixed"), False),
        (BROWSER, JSON, (), True),
        ("text/html;q=0.1, application/json", JSON, (), False),
        ("image/png", None, (), False),
        ("application/json;q=nonsense", None, (), False),
    ],
)  # fmt: skip
def test_the_accept_header_decides(
    accept: str, json_type: str | None, streams: tuple[str, ...], page: bool
) -> None:
    found = wanted(accept)
    assert (found.json, found.streams, found.prefers_page) == (json_type, streams, page)


@pytest.mark.parametrize("media", [JSON, GRAPHQL])
@pytest.mark.parametrize(
    ("query", "variables", "code", "status"),
    [
        ("{ __typename }", None, None, (200, 200)),
        ("{", None, "GRAPHQL_PARSE_FAILED", (200, 400)),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED", (200, 400)),
        ("query($id: ID!) { product(id: $id) { id } }", None, "BAD_USER_INPUT", (200, 400)),
        ("query($n: Int) { products(first: $n) { totalCount } }", {"n": "x"}, "BAD_USER_INPUT",
         (200, 400)),
        ("query A { __typename } query B { __typename }", None, "BAD_USER_INPUT", (200, 400)),
        ("{ lab { crash } }", None, "INTERNAL_SERVER_ERROR", (200, 294)),
        ("{ lab { wait(milliseconds: 1) } users { totalCount } }", None, "UNAUTHENTICATED",
         (200, 294)),
    ],
)  # fmt: skip
def test_status_and_code_of_what_may_happen(
    graph: Graph, media: str, query: str, variables: Any, code: str | None, status: tuple[int, int]
) -> None:
    answer = graph.post(query, variables, headers={"Accept": media})
    assert answer.status_code == status[media == GRAPHQL]
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert ("data" in body) is (status[1] != 400)
    assert [each["extensions"]["code"] for each in body.get("errors", ())] == [code] * bool(code)


@pytest.mark.parametrize(
    ("method", "options", "status"),
    [
        ("PUT", {}, 405),
        ("DELETE", {}, 405),
        ("OPTIONS", {}, 405),
        ("POST", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", {"content": b"{}", "headers": {"Content-Type": "application/graphql"}}, 415),
        ("POST", {"content": b"{}", "headers": {"Content-Type": f"{JSON}; charset=utf-16"}}, 415),
        ("POST", {"content": b"", "headers": {"Content-Type": JSON}}, 400),
        ("POST", {"content": b"\xff", "headers": {"Content-Type": JSON}}, 400),
        ("POST", {"content": b"[" * 50_000, "headers": {"Content-Type": JSON}}, 400),
        ("POST", {"json": {"query": "{ __typename }"}, "headers": {"Accept": "image/png"}}, 406),
        ("POST", {"json": {"query": "subscription { countdown }"}}, 406),
        ("POST", {"json": 7}, 400),
        ("POST", {"json": []}, 400),
        ("GET", {}, 400),
        (
            "GET",
            {"params": {"query": CHANGE}},
            405,
        ),
        ("GET", {"params": {"query": "{ __typename }", "variables": "[1]"}}, 400),
        ("GET", {"params": [("query", "{a}"), ("query", "{b}")]}, 400),
        ("GET", {"params": {"query": "{ __typename }", "variables": "{not json"}}, 400),
    ],
)
def test_what_is_no_graphql_request_says_why(
    graph: Graph, method: str, options: dict[str, Any], status: int
) -> None:
    answer = graph.http.request(method, "/graphql", **options)
    assert answer.status_code == status
    error = answer.json()["errors"][0]
    assert error["message"].endswith(".")
    assert "data" not in answer.json()
    if status == 405:
        assert "POST" in answer.headers["allow"]


def test_a_query_by_get(graph: Graph) -> None:
    answer = graph.http.get(
        "/graphql",
        params={
            "query": "query A($id: ID!) { product(id: $id) { id } } query B { __typename }",
            "operationName": "A",
            "variables": '{"id": "7"}',
            "extensions": "{}",
        },
    )
    assert answer.json() == {"data": {"product": {"id": "7"}}}


def test_a_batch_answers_each_in_its_place(graph: Graph) -> None:
    batch = [
        {"query": "{ product(id: 7) { id } }"},
        {"query": "{ nothing }"},
        {"query": "{ __typename ... @defer { tags { id } } }"},
        {"query": "subscription { countdown }"},
        {"query": "query($id: ID!) { product(id: $id) { id } }", "variables": {"id": 8}},
    ]
    told = graph.http.post("/graphql", json=batch).json()
    assert told[0] == {"data": {"product": {"id": "7"}}}
    assert told[1]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert told[2]["data"]["tags"]
    assert told[3]["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert told[4] == {"data": {"product": {"id": "8"}}}


def test_a_batch_has_a_limit(graph: Graph) -> None:
    answer = graph.http.post("/graphql", json=[{"query": "{ __typename }"}] * 11)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


def apq(text: str) -> dict[str, Any]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


def test_a_persisted_query_is_known_after_it_was_sent_once(graph: Graph) -> None:
    text = "query Persisted { product(id: 7) { id } }"
    alone = {"extensions": apq(text)}
    unknown = graph.http.post("/graphql", json=alone).json()
    assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    expected = {"data": {"product": {"id": "7"}}}
    assert graph.http.post("/graphql", json={"query": text, **alone}).json() == expected
    assert graph.http.post("/graphql", json=alone).json() == expected
    by_get = graph.http.get("/graphql", params={"extensions": json.dumps(alone["extensions"])})
    assert by_get.json() == expected


@pytest.mark.parametrize(
    "persisted",
    [
        apq("another text")["persistedQuery"],
        {"version": 2, "sha256Hash": "0" * 64},
        {"version": 1, "sha256Hash": "0" * 63},
        {"version": 1, "sha256Hash": "Z" * 64},
        {"version": 1},
        "text",
    ],
)
def test_a_persisted_query_with_a_wrong_hash_is_refused(graph: Graph, persisted: Any) -> None:
    body = {"query": "{ __typename }", "extensions": {"persistedQuery": persisted}}
    answer = graph.http.post("/graphql", json=body)
    assert answer.status_code == 400


def test_an_invalid_document_is_not_persisted(graph: Graph) -> None:
    text = "{ nothingAtAll }"
    graph.http.post("/graphql", json={"query": text, "extensions": apq(text)})
    again = graph.http.post("/graphql", json={"extensions": apq(text)}).json()
    assert again["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


def test_a_browser_gets_a_page_that_loads_nothing(graph: Graph) -> None:
    answer = graph.http.get("/graphql", headers={"Accept": BROWSER})
    assert answer.headers["content-type"].startswith("text/html")
    for outside in ("<script", "<link", "src=", "http://", "@import", "url("):
        if outside == "url(":
            assert "url(" not in answer.text.split("</style>")[0]
        else:
            assert outside not in answer.text
    assert "type Query" in answer.text
    asked = graph.http.get(
        "/graphql", params={"query": "{ __typename }"}, headers={"Accept": BROWSER}
    )
    assert asked.json() == {"data": {"__typename": "Query"}}


def test_a_defect_tells_its_trace_and_nothing_else(graph: Graph) -> None:
    answer = graph.post("{ lab { crash } }")
    text = answer.text
    error = answer.json()["errors"][0]
    assert error["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "traceId": answer.headers["x-trace-id"],
    }
    assert error["path"] == ["lab", "crash"]
    for inside in ("hunter2", "RuntimeError", "Traceback", ".py"):
        assert inside not in text
    journey = graph.journey(answer)
    failed = [span for span in journey["spans"] if span["status"] == "error"]
    assert failed[0]["name"] == "Lab.crash"


def test_hostile_text_comes_as_it_is(graph: Graph) -> None:
    assert "\x1b]0;" in graph.data("{ lab { hostile } }")["lab"]["hostile"]


def test_a_foreign_page_may_not_ask(graph: Graph) -> None:
    answer = graph.post("{ __typename }", headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_the_schema_describes_everything(graph: Graph) -> None:
    from graphql import build_client_schema, get_introspection_query

    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True,
        one_of=True,
    )  # fmt: skip
    told = graph.data(query)
    build_client_schema(told)
    bare = []
    for kind in told["__schema"]["types"]:
        if kind["name"].startswith("__"):
            continue
        parts = [(kind["name"], kind)]
        for field in kind["fields"] or ():
            parts.append((f"{kind['name']}.{field['name']}", field))
            parts += [(f"{kind['name']}.{field['name']}({a['name']})", a) for a in field["args"]]
        parts += [(f"{kind['name']}.{v['name']}", v) for v in kind["enumValues"] or ()]
        parts += [(f"{kind['name']}.{v['name']}", v) for v in kind["inputFields"] or ()]
        bare += [name for name, part in parts if not part["description"]]
    assert bare == []


def test_the_trace_of_a_request_goes_on(graph: Graph) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    assert graph.post("{ __typename }", headers=headers).headers["x-trace-id"] == trace


def test_head_is_answered_without_a_body(shop: httpx.Client) -> None:
    answer = shop.head("/graphql", params={"query": "{ __typename }"})
    assert (answer.status_code, answer.content) == (200, b"")
