"""Problem details, indentation, curl commands: small readings of foreign text."""

from __future__ import annotations

import json
import shlex
import subprocess

from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.exchange import HttpRequest
from backend_tui.core.text import is_clean
from backend_tui.panes.rest.curl import curl_command
from backend_tui.panes.rest.indent import indented
from backend_tui.panes.rest.problem import read_problem

PROBLEM = "application/problem+json; charset=utf-8"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
)


def test_problem_is_read_with_its_violations_and_extensions() -> None:
    body = b"""{"type":"/p/x","title":"Invalid","status":422,"detail":"Two rules.","balance":30,
        "errors":[{"pointer":"#/name","detail":"Is required"},{"field":"sku","message":"Taken"}]}"""
    problem = read_problem(PROBLEM, body)
    assert problem is not None
    assert (problem.type, problem.title, problem.status) == ("/p/x", "Invalid", 422)
    assert [(v.pointer, v.detail) for v in problem.violations] == [
        ("#/name", "Is required"),
        ("sku", "Taken"),
    ]
    assert problem.extensions == (("balance", "30"),)


def test_members_of_wrong_type_are_left_out() -> None:
    problem = read_problem(PROBLEM, b'{"title":7,"status":"422","type":null,"errors":3}')
    assert problem is not None
    assert (problem.title, problem.status, problem.type) == ("", None, "about:blank")
    assert read_problem(PROBLEM, b"[]") is None
    assert read_problem("application/json", b"{}") is None


@given(JSON | st.binary(max_size=80))
def test_any_problem_is_clean(said: object) -> None:
    body = said if isinstance(said, bytes) else json.dumps({"title": said, "x": said}).encode()
    problem = read_problem(PROBLEM, body)
    if problem is not None:
        assert is_clean(problem.title + problem.detail)
        assert all(is_clean(name + value) for name, value in problem.extensions)


@given(JSON, st.sampled_from([None, 1, 3]))
def test_indenting_changes_no_value(value: object, indent: int | None) -> None:
    assert json.loads(indented(json.dumps(value, indent=indent))) == value


def test_indenting_keeps_numbers_order_duplicates_and_escapes() -> None:
    text = r'{"b":1.10,"a":1E400,"a":"\u00e9\"","e":[],"o":{},"l":[1,{"x":2}]}'
    assert indented(text).split("\n") == [
        "{",
        '  "b": 1.10,',
        '  "a": 1E400,',
        r'  "a": "\u00e9\"",',
        '  "e": [],',
        '  "o": {},',
        '  "l": [',
        "    1,",
        "    {",
        '      "x": 2',
        "    }",
        "  ]",
        "}",
    ]


@given(st.text(max_size=60))
def test_any_text_is_indented_to_its_own_pieces(text: str) -> None:
    assert "".join(indented(text).split()) == "".join(text.split()) or '"' in text


def test_curl_is_taken_by_a_shell_piece_by_piece() -> None:
    body = """{"it's": "$HOME `x` \\\\ \\n"}"""
    request = HttpRequest(
        "PUT", "http://h/x?a=1&b='", (("X-A", "1 '2'"), ("X-E", "")), body.encode()
    )
    words = shlex.split(curl_command(request).replace("\\\n", ""))
    expected = ["curl", "-L", "http://h/x?a=1&b='", "-X", "PUT", "-H", "X-A: 1 '2'", "-H", "X-E;"]
    assert words == [*expected, "--data-binary", body]
    echoed = curl_command(request).replace("curl", "printf '%s\\0'", 1)
    shell = subprocess.run(["sh", "-c", echoed], capture_output=True, check=True)
    assert shell.stdout.decode().split("\0")[:-1] == words[1:]
