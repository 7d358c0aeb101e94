"""The OpenAPI document is whole, and good enough to make a menu and body templates from it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture
def document(shop: httpx.Client) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = shop.get("/api/openapi.json").raise_for_status().json()
    return found


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, operation


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)


def test_every_operation_is_named_described_and_grouped(document: dict[str, Any]) -> None:
    groups = {tag["name"] for tag in document["tags"]}
    names = []
    for path, method, operation in _operations(document):
        assert operation["summary"], (path, method)
        assert operation["description"], (path, method)
        assert set(operation["tags"]) <= groups, (path, method)
        names.append(operation["operationId"])
    assert len(names) == len(set(names)) > 50


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(_references(document)) <= known


def test_every_json_body_has_an_example_that_the_server_reads(
    document: dict[str, Any], staff: httpx.Client
) -> None:
    for path, method, operation in _operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        for media_type, media in content.items():
            if "json" not in media_type:
                continue
            address = path
            for name in ("product_id", "category_id", "tag_id", "user_id", "order_id", "review_id"):
                address = address.replace(f"{{{name}}}", "999999999")
            headers = {"Content-Type": media_type, "If-Match": '"none"'}
            if method == "post":
                assert media["example"], (path, method)
                continue
            answer = staff.request(method, address, json=media["example"], headers=headers)
            assert answer.status_code == 404, (path, method, answer.text)


def test_errors_are_documented_as_problems(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, method)


def test_conditions_and_keys_stand_in_the_document(document: dict[str, Any]) -> None:
    item = document["paths"]["/api/products/{product_id}"]
    assert "304" in item["get"]["responses"]
    assert "ETag" in item["get"]["responses"]["200"]["headers"]
    assert "412" in item["patch"]["responses"]
    post = document["paths"]["/api/products"]["post"]
    assert "Location" in post["responses"]["201"]["headers"]
    assert "Idempotency-Key" in {parameter["name"] for parameter in post["parameters"]}


def test_the_document_is_not_sent_twice(shop: httpx.Client) -> None:
    first = shop.get("/api/openapi.json")
    headers = {"If-None-Match": first.headers["ETag"]}
    assert shop.get("/api/openapi.json", headers=headers).status_code == 304
