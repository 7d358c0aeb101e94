"""Routes and body templates from OpenAPI documents, good ones and hostile ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError
from backend_tui.core.text import is_clean
from backend_tui.panes.rest.request import Pair
from backend_tui.panes.rest.routes import grouped, matching, read_routes
from backend_tui.panes.rest.template import Template, follow

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "security": [{"token": []}],
    "paths": {
        "/api/items": {
            "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
            "get": {
                "summary": "List items",
                "tags": ["Items"],
                "security": [],
                "parameters": [
                    {"name": "sort", "in": "query", "schema": {"enum": ["name", "-name"]}},
                    {"$ref": "#/components/parameters/Match"},
                ],
            },
            "post": {
                "tags": ["Items"],
                "requestBody": {"$ref": "#/components/requestBodies/Item"},
            },
        },
        "/api/items/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "example": 7, "schema": {}}
            ],
            "delete": {"deprecated": True, "security": [{}, {"token": []}]},
        },
    },
    "components": {
        "parameters": {
            "Match": {"name": "If-Match", "in": "header", "required": True, "example": '"a"'}
        },
        "requestBodies": {
            "Item": {
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}
            }
        },
        "schemas": {
            "Named": {
                "type": "object",
                "properties": {"name": {"type": "string", "default": "Ada"}},
            },
            "Item": {
                "allOf": [
                    {"$ref": "#/components/schemas/Named"},
                    {
                        "properties": {
                            "id": {"type": "integer", "readOnly": True},
                            "price": {"type": ["null", "number"], "minimum": 1.5},
                            "kind": {"enum": ["a", "b"]},
                            "at": {"type": "string", "format": "date"},
                            "choice": {"oneOf": [{"type": "null"}, {"type": "boolean"}]},
                            "parent": {"$ref": "#/components/schemas/Item"},
                            "tags": {"type": "array", "items": {"example": "new"}},
                        }
                    },
                ]
            },
        },
    },
}


def test_routes_have_parameters_bodies_and_their_group() -> None:
    listed, created, deleted = read_routes(DOCUMENT)
    assert [r.key for r in (listed, created, deleted)] == [
        "GET /api/items",
        "POST /api/items",
        "DELETE /api/items/{id}",
    ]
    assert [(p.name, p.place, p.example) for p in listed.parameters] == [
        ("page", "query", "1"),
        ("sort", "query", "name"),
        ("If-Match", "header", '"a"'),
    ]
    assert listed.parameters[1].choices == ("name", "-name")
    assert (listed.needs_auth, created.needs_auth, deleted.needs_auth) == (False, True, False)
    assert (listed.group, deleted.group) == ("Items", "items")
    assert deleted.is_deprecated


def test_body_template_merges_all_of_and_stops_at_cycles() -> None:
    body = json.loads(read_routes(DOCUMENT)[1].body)
    assert body == {
        "name": "Ada",
        "price": 1.5,
        "kind": "a",
        "at": "2026-01-02",
        "choice": False,
        "parent": None,
        "tags": ["new"],
    }


def test_draft_of_a_route_sends_what_is_required_only() -> None:
    listed, _, deleted = read_routes(DOCUMENT)
    draft = listed.draft()
    assert draft.query == (Pair("page", "1", is_on=False), Pair("sort", "name", is_on=False))
    assert draft.headers == (Pair("If-Match", '"a"'),)
    assert deleted.draft().path == (Pair("id", "7"),)


def test_server_path_is_put_in_front() -> None:
    routes = read_routes({**DOCUMENT, "servers": [{"url": "https://h.test/v2/"}]})
    assert routes[0].path == "/v2/api/items"


def test_groups_keep_order_and_filter_takes_every_word() -> None:
    routes = read_routes(DOCUMENT)
    assert list(grouped(routes)) == ["Items", "items"]
    assert [route.key for route in matching(routes, "item delete")] == ["DELETE /api/items/{id}"]
    assert matching(routes, "nothing of that") == ()


@pytest.mark.parametrize("document", [None, [], {}, {"paths": []}, "x", 3])
def test_no_openapi_document_is_said(document: object) -> None:
    with pytest.raises(BackendError, match="no OpenAPI document"):
        read_routes(document)


def test_deep_wide_and_circular_schemas_stay_small() -> None:
    wide = {"type": "object", "properties": {f"p{i}": {"type": "string"} for i in range(9_000)}}
    assert len(Template({}).value(wide)) <= 500
    document = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}
    assert Template(document).value({"$ref": "#/a"}) is None
    bomb: dict[str, Any] = {f"s{i}": {"allOf": [{"$ref": f"#/s{i + 1}"}] * 9} for i in range(30)}
    assert Template(bomb).value({"$ref": "#/s0"}) is None
    fan = {"s": {"properties": {f"p{i}": {"$ref": "#/s"} for i in range(20)}}}
    assert Template(fan).value({"$ref": "#/s"}) == {f"p{i}": None for i in range(20)}


def test_reference_follows_escapes_and_indices_and_ends_nowhere_quietly() -> None:
    document = {"a/b": {"~": [10, 20]}}
    assert follow(document, "#/a~1b/~0/1") == 20
    for reference in ("#/a~1b/~0/9", "#/x/y", "other.json#/a", "#/a~1b/~0/-1", "#/a~1b/~0/²"):
        assert follow(document, reference) is None


KEYS = st.sampled_from(
    ["paths", "/a/{id}", "get", "post", "parameters", "name", "in", "schema", "$ref", "allOf"]
)
KEYS |= st.sampled_from(["oneOf", "anyOf", "enum", "example", "examples", "default", "type"])
KEYS |= st.sampled_from(["properties", "items", "requestBody", "content", "application/json"])
KEYS |= st.sampled_from(["tags", "servers", "url", "security"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["#/paths", "#/", "path", "query", "object", "array", "string", "\x1b[2J"])
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5)
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5).map(lambda t: "/" + t), ANYTHING, max_size=3), ANYTHING)
def test_any_document_gives_clean_routes_or_a_sentence(paths: Any, rest: Any) -> None:
    document = {**(rest if isinstance(rest, dict) else {}), "paths": paths}
    for route in read_routes(document):
        assert is_clean(route.path + route.group + route.summary + route.body)
        for parameter in route.parameters:
            assert is_clean(parameter.name + parameter.example + parameter.description)
        route.draft()


@settings(deadline=None)
@given(ANYTHING)
def test_any_schema_has_a_template(schema: Any) -> None:
    document = schema if isinstance(schema, dict) else {}
    made = Template(document).value(schema)
    assert Template(document).value(schema) == made or made != made or isinstance(made, list | dict)
