"""What every address of the API does alike: methods, media types, parameters, problems."""

from typing import Any

import httpx
import pytest


def test_an_unknown_address_is_a_problem(anyone: httpx.Client) -> None:
    for address in (
        "/api/nothing",
        "/api/products/0",
        "/api/products/99999999999999999999",
        "/lab/x",
    ):
        answer = anyone.get(address)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["instance"] == address


def test_a_problem_tells_its_trace_and_its_type_is_explained(anyone: httpx.Client) -> None:
    answer = anyone.get("/api/products/999999999")
    problem = answer.json()
    assert problem["trace_id"] == answer.headers["X-Trace-Id"]
    explained = anyone.get(problem["type"]).json()
    assert (explained["status"], explained["title"]) == (404, problem["title"])


def test_a_method_that_does_nothing_here_is_refused_with_those_that_do(
    anyone: httpx.Client,
) -> None:
    answer = anyone.post("/api/products/7", json={})
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"


def test_options_tells_methods_and_media_types(anyone: httpx.Client) -> None:
    answer = anyone.options("/api/products/7")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Allow"] == "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
    assert answer.headers["Accept-Patch"] == "application/merge-patch+json, application/json"


def test_head_is_get_without_its_body(anyone: httpx.Client) -> None:
    got, head = anyone.get("/api/products"), anyone.head("/api/products")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
        assert head.headers[name] == got.headers[name]


def test_an_answer_that_the_client_refuses_is_not_sent(anyone: httpx.Client) -> None:
    assert anyone.get("/api/products", headers={"Accept": "text/html"}).status_code == 406
    assert anyone.get("/api/products", headers={"Accept": "application/*"}).status_code == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "multipart/form-data", "application/json; charset=latin-1", ""]
)
def test_a_body_of_another_type_is_not_read(staff: httpx.Client, content_type: str) -> None:
    answer = staff.post("/api/tags", content=b"{}", headers={"Content-Type": content_type})
    assert answer.status_code == 415
    assert answer.headers["Accept-Post"] == "application/json"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"name":"\\ud800"}', b"[" * 50_000])
def test_a_body_that_is_no_json_is_malformed(staff: httpx.Client, body: bytes) -> None:
    answer = staff.post("/api/tags", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["type"] in {"/api/problems/malformed-body", "/api/problems/invalid-body"}


def test_a_parameter_that_is_not_known_is_named(anyone: httpx.Client) -> None:
    answer = anyone.get("/api/products", params={"colour": "red", "page": "x"})
    assert answer.status_code == 400
    assert {error["parameter"] for error in answer.json()["errors"]} == {"colour", "page"}


@pytest.mark.parametrize("etag", ["", "abc", '"a', "*, *"])
def test_a_malformed_condition_matches_nothing(
    staff: httpx.Client, product: dict[str, Any], etag: str
) -> None:
    here = product["_links"]["self"]["href"]
    assert staff.get(here, headers={"If-None-Match": etag}).status_code == 200
    assert staff.delete(here, headers={"If-Match": etag}).status_code == 412
    assert staff.get(here).status_code == 200


def test_a_post_with_a_key_is_done_once(staff: httpx.Client, product: dict[str, Any]) -> None:
    slug = f"once-{product['id']}"
    body, key = {"name": slug, "slug": slug}, {"Idempotency-Key": slug}
    first = staff.post("/api/tags", json=body, headers=key)
    again = staff.post("/api/tags", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = staff.post("/api/tags", json={**body, "name": "other"}, headers=key)
    assert (other.status_code, other.json()["title"]) == (422, "Idempotency-Key reused")
    assert staff.get("/api/tags", params={"q": slug}).json()["total"] == 1


def test_a_post_that_failed_may_be_sent_again_with_its_key(
    staff: httpx.Client, product: dict[str, Any]
) -> None:
    slug = f"retry-{product['id']}"
    key = {"Idempotency-Key": slug}
    taken = staff.post("/api/tags", json={"name": slug, "slug": slug}).json()
    body = {"name": f"{slug} b", "slug": slug}
    assert staff.post("/api/tags", json=body, headers=key).status_code == 409
    staff.delete(taken["_links"]["self"]["href"])
    assert staff.post("/api/tags", json=body, headers=key).status_code == 201


def test_the_entry_leads_everywhere(staff: httpx.Client) -> None:
    entry = staff.get("/api/").json()
    for rel, link in entry["_links"].items():
        if rel not in {"token", "login"}:
            assert staff.get(link["href"]).status_code == 200, rel
