"""Parts of multipart bodies, and the three formats of incremental results merged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.text import is_clean
from backend_tui.panes.graphql.incremental import Merging
from backend_tui.panes.graphql.multipart import PartParser, boundary_of

WHOLE = {"data": {"me": {"id": "1", "bio": "b", "posts": [{"n": 1}, {"n": 2}, {"n": 3}]}}}
FIRST: dict[str, Any] = {"data": {"me": {"id": "1", "posts": [{"n": 1}]}}, "hasNext": True}


@pytest.mark.parametrize(
    "parts",
    [
        [
            FIRST,
            {"path": ["me"], "label": "L", "data": {"bio": "b"}, "hasNext": True},
            {"path": ["me", "posts", 1], "data": {"n": 2}, "hasNext": True},
            {"path": ["me", "posts", 2], "data": {"n": 3}, "hasNext": False},
        ],
        [
            FIRST,
            {
                "incremental": [
                    {"path": ["me"], "label": "L", "data": {"bio": "b"}},
                    {"path": ["me", "posts", 1], "items": [{"n": 2}, {"n": 3}]},
                ],
                "hasNext": False,
            },
        ],
        [
            FIRST
            | {
                "pending": [
                    {"id": "0", "path": ["me"], "label": "L"},
                    {"id": "1", "path": ["me", "posts"]},
                ]
            },
            {"incremental": [{"id": "1", "items": [{"n": 2}]}], "hasNext": True},
            {
                "incremental": [
                    {"id": "0", "data": {"bio": "b"}},
                    {"id": "1", "items": [{"n": 3}]},
                ],
                "completed": [{"id": "0"}, {"id": "1"}],
                "hasNext": False,
            },
        ],
    ],
    ids=["paths at the top", "a list of increments", "pending and completed"],
)
def test_every_format_ends_in_the_whole_result(parts: list[dict[str, Any]]) -> None:
    merging = Merging()
    patches = [merging.take(json.dumps(part).encode(), 10 * i) for i, part in enumerate(parts)]
    assert json.loads(merging.text()) == WHOLE
    assert merging.is_complete
    assert merging.notes == []
    assert patches[-1].is_last
    assert [each.number for each in patches] == list(range(1, len(parts) + 1))
    assert "L" in [label for patch in patches for label in patch.labels]
    assert "me" in [path for patch in patches for path in patch.paths]


def test_numbers_keep_their_digits() -> None:
    merging = Merging()
    merging.take(b'{"data": {"a": 1.10, "b": 12345678901234567890, "c": 1E400}}', 0)
    assert merging.text() == b'{"data":{"a":1.10,"b":12345678901234567890,"c":1E400}}'


def test_failed_parts_bring_their_errors() -> None:
    merging = Merging()
    merging.take(json.dumps(FIRST | {"pending": [{"id": "0", "path": ["me"]}]}).encode(), 0)
    done = {"completed": [{"id": "0", "errors": [{"message": "no"}]}], "hasNext": False}
    patch = merging.take(json.dumps(done).encode(), 1)
    assert patch.problem_count == 1
    assert json.loads(merging.text())["errors"] == [{"message": "no"}]


@pytest.mark.parametrize(
    "part",
    [
        b"nonsense",
        b"[]",
        b"null",
        b'{"path": ["x", 99999999999], "data": {"a": 1}}',
        b'{"incremental": [{"id": "9", "items": [1]}]}',
        b'{"incremental": "x", "pending": 3}',
    ],
)
def test_parts_that_do_not_fit_are_kept_and_noted(part: bytes) -> None:
    merging = Merging()
    merging.take(json.dumps(FIRST).encode(), 0)
    patch = merging.take(part, 1)
    assert patch.number == 2
    assert json.loads(merging.text())["data"] == FIRST["data"]
    assert all(is_clean(note) for note in merging.notes)


MEMBERS = ["data", "path", "items", "incremental", "pending", "completed", "id", "label"]
MEMBERS += ["errors", "hasNext", "extensions", "subPath", "me", "posts"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["me", "posts", "id", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(MEMBERS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=5))
def test_any_json_is_taken(parts: list[Any]) -> None:
    merging = Merging()
    for part in parts:
        merging.take(json.dumps(part).encode(), 0)
    json.loads(merging.text())


@given(st.lists(st.integers(1, 40), max_size=12))
def test_parts_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    head = b"Content-Type: application/json\r\n\r\n"
    body = b"preamble\r\n---\r\n" + head + b'{"a":"--"}\r\n---\r\n' + head + b"{}\r\n-----\r\ntail"
    found: list[bytes] = []
    parser, at = PartParser("-"), 0
    for cut in [*cuts, len(body)]:
        found += parser.feed(body[at : at + cut])
        at += cut
    assert found == [b'{"a":"--"}', b"{}"]
    assert parser.is_complete
    assert parser.rest() is None


def test_the_boundary_is_read_from_the_header() -> None:
    assert boundary_of('multipart/mixed; boundary="graphql"; deferSpec=20220824') == "graphql"
    assert boundary_of("multipart/mixed; boundary=-") == "-"
    assert boundary_of("multipart/mixed") == "-"
