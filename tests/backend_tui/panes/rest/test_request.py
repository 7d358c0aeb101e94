"""What a person writes becomes the request that leaves, or a sentence about what is wrong."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import UsageError
from backend_tui.core.text import is_clean
from backend_tui.panes.rest.request import (
    BasicAuth,
    BearerAuth,
    Draft,
    Pair,
    is_loopback,
    is_relative,
    path_parameters,
    prepare,
    resolved_url,
)

BASE = "http://127.0.0.1:8765"


def test_path_goes_to_the_base_and_a_host_does_not() -> None:
    assert resolved_url(Draft(url="/api/x"), BASE) == f"{BASE}/api/x"
    assert resolved_url(Draft(url="api/x"), BASE + "/") == f"{BASE}/api/x"
    assert resolved_url(Draft(url=" https://h.test/x "), BASE) == "https://h.test/x"
    assert resolved_url(Draft(url="h.test/x"), BASE) == "https://h.test/x"
    assert resolved_url(Draft(url="localhost:3000/x"), BASE) == "http://localhost:3000/x"
    assert [is_relative(url) for url in ("/x", "http://h/x", "h.test")] == [True, False, False]


def test_query_of_the_url_and_pairs_are_joined_with_repeats() -> None:
    query = (Pair("a", "1"), Pair("a", "2 &"), Pair("off", "x", is_on=False), Pair("", "y"))
    url = resolved_url(Draft(url="/x?z=0#part", query=query), BASE)
    assert url == f"{BASE}/x?z=0&a=1&a=2+%26"


def test_path_parameters_are_filled_and_escaped() -> None:
    draft = Draft(url="/api/{kind}/{id}", path=(Pair("kind", "a/b?"), Pair("id", "7")))
    assert resolved_url(draft, BASE) == f"{BASE}/api/a%2Fb%3F/7"
    with pytest.raises(UsageError, match=r"\{id\} has no value"):
        resolved_url(Draft(url="/api/{id}"), BASE)


def test_values_of_parameters_survive_an_edited_url() -> None:
    draft = Draft(url="/a/{id}").with_url("/a/{id}")
    draft = Draft(url=draft.url, path=(Pair("id", "7"),)).with_url("/b/{id}/{sub}")
    assert draft.path == (Pair("id", "7"), Pair("sub"))


def test_braces_in_a_query_are_no_parameters() -> None:
    assert path_parameters("/x/{a}/{a}/{b-c}?filter={d}") == ("a", "b-c")
    assert resolved_url(Draft(url="/x?q={d}"), BASE) == f"{BASE}/x?q={{d}}"


def test_json_body_gets_its_type_unless_one_is_given() -> None:
    request = prepare(Draft("post", "/x", body='{"a":1.10}'), BASE)
    assert request.method == "POST"
    assert request.body == b'{"a":1.10}'
    assert ("Content-Type", "application/json") in request.headers
    own = Draft("POST", "/x", headers=(Pair("content-type", "text/csv"),), body="a,b")
    assert prepare(own, BASE).headers == (("content-type", "text/csv"),)


def test_auth_becomes_a_header_unless_one_is_written() -> None:
    basic = prepare(Draft(url="/x", auth=BasicAuth("ada", "ü:x")), BASE)
    assert basic.headers == (("Authorization", "Basic YWRhOsO8Ong="),)
    bearer = prepare(Draft(url="/x", auth=BearerAuth(" t ")), BASE)
    assert bearer.headers == (("Authorization", "Bearer t"),)
    written = Draft(url="/x", headers=(Pair("authorization", "Own"),), auth=BearerAuth("t"))
    assert prepare(written, BASE).headers == (("authorization", "Own"),)


def test_secrets_are_in_no_repr() -> None:
    shown = repr(Draft(auth=BasicAuth("ada", "canary"))) + repr(BearerAuth("canary"))
    assert "canary" not in shown


@pytest.mark.parametrize(
    "draft",
    [
        Draft("GE T", "/x"),
        Draft("", "/x"),
        Draft(url=""),
        Draft(url="/x\n/y"),
        Draft(url="/x", headers=(Pair("a b", "1"),)),
        Draft(url="/x", headers=(Pair("a", "1\r\nEvil: 2"),)),
    ],
)
def test_what_cannot_be_sent_is_said(draft: Draft) -> None:
    with pytest.raises(UsageError) as caught:
        prepare(draft, BASE)
    assert caught.value.hint
    assert is_clean(caught.value.what)


@given(url=st.text(max_size=60), value=st.text(max_size=20), method=st.text(max_size=8))
def test_any_text_is_a_request_or_a_sentence(url: str, value: str, method: str) -> None:
    pairs = (Pair("n", value),)
    draft = Draft(method, url, query=pairs, headers=pairs, body=value).with_url(url)
    try:
        request = prepare(draft, BASE)
    except UsageError as problem:
        what = problem.what
    else:
        what = request.method
        assert isinstance(request.body, bytes)
        is_loopback(request.url)
    assert is_clean(what)


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_a_parameter_of_any_text_comes_out_as_it_went_in(value: str) -> None:
    draft = Draft(url="/a/{id}/b", path=(Pair("id", value),), query=(Pair("q", value),))
    parts = urlsplit(resolved_url(draft, BASE))
    assert unquote(parts.path.split("/")[2]) == value
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", value)]
