"""Pretty JSON is the original in other lines: no token lost, changed or moved, whatever comes."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.body.json_path import child_count, json_path, value_span
from backend_tui.core.body.json_rows import BROKEN, CONTINUED, JsonRows, JsonScanner
from backend_tui.core.body.text_rows import ROW_BYTES

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)
NEARLY = st.text(alphabet='{}[]:,"\\ \n\t0123456789.eE+-truefalsn é').map(str.encode)
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


def rows_of(data: bytes, *, many: bool = False, most: int = 64) -> JsonRows:
    scanner = JsonScanner(many=many)
    while not scanner.advance(data, len(data), is_final=True, most=most):
        continue
    return scanner.rows


def as_values(rows: JsonRows) -> tuple[object, ...]:
    problem = rows.problem
    return (
        list(rows.starts),
        list(rows.depths),
        list(rows.parents),
        list(rows.ordinals),
        list(rows.closers),
        problem,
    )


BLANK = b" \t\r\n\xef\xbb\xbf"


def texts(data: bytes, rows: JsonRows) -> list[bytes]:
    return [data[slice(*rows.bounds(row))] for row in range(rows.count)]


@given(VALUES, st.sampled_from([None, 1, 2]), st.booleans())
def test_every_token_stays_in_place(value: object, indent: int | None, ascii_only: bool) -> None:
    data = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "replace")
    rows = rows_of(data)
    assert rows.problem is None
    assert TOKEN.findall(b"\n".join(texts(data, rows))) == TOKEN.findall(data)
    assert not rows.count or rows.depths[rows.count - 1] == 0


@given(NEARLY | st.binary())
def test_rows_cover_any_bytes_in_order(data: bytes) -> None:
    rows = rows_of(data)
    assert list(rows.starts) == sorted(set(rows.starts))
    end = rows.starts[0] if rows.count else 0
    assert not data[:end].strip(BLANK)
    assert b"".join(texts(data, rows)) == data[end:] or not data[end:].strip(BLANK)


@given(NEARLY)
def test_the_verdict_is_that_of_a_strict_parser(data: bytes) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(data, parse_constant=refuse)
    except ValueError:
        assert rows_of(data).problem is not None
    else:
        assert rows_of(data).problem is None


@given(st.one_of(NEARLY, VALUES.map(lambda v: json.dumps(v, indent=1).encode())), st.data())
def test_a_text_that_arrives_in_parts_gets_the_rows_of_the_whole(
    data: bytes, draw: st.DataObject
) -> None:
    scanner = JsonScanner()
    at = 0
    while at < len(data):
        at = min(at + draw.draw(st.integers(1, 7)), len(data))
        while not scanner.advance(data[:at], at, is_final=False, most=3):
            continue
    while not scanner.advance(data, len(data), is_final=True, most=3):
        continue
    whole = rows_of(data)
    if whole.problem is None:
        assert as_values(scanner.rows) == as_values(whole)
    else:
        assert scanner.rows.problem == whole.problem


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"a": tru}', 1, 7, "tru is not JSON"),
        ("[1,\n 2,\n]", 3, 1, "comma too many"),
        ('{"ä" 1}', 1, 6, "A colon was expected"),
        ('{"a": "x\ny"}', 1, 9, "closing quote missing"),
        ("{'a': 1}", 1, 2, "double quotes"),
        ("[NaN]", 1, 2, "null is"),
        ("[01]", 1, 2, "does not begin with 0"),
        ("[1 2]", 1, 4, "A comma or ]"),
        ('{"a": 1]', 1, 8, "} was expected"),
        ("[1", 1, 3, "before the closing ]"),
        ("[1] x", 1, 5, "The JSON ended"),
        ('["\\q"]', 1, 3, "no escape"),
        ("", 1, 1, "no JSON"),
    ],
)
def test_a_problem_has_its_place_and_plain_words(
    text: str, line: int, column: int, words: str
) -> None:
    problem = rows_of(text.encode()).problem
    assert problem is not None
    assert (problem.line, problem.column) == (line, column)
    assert words in problem.words


def test_what_follows_a_problem_is_shown_as_it_stands() -> None:
    data = b'{"a": 1, "b": oops,\n"c": [2]}\n'
    rows = rows_of(data)
    assert texts(data, rows) == [b"{", b'"a": 1, ', b'"b": oops,\n', b'"c": [2]}\n']
    assert list(rows.ordinals[2:4]) == [BROKEN, BROKEN]


def test_depth_knows_no_recursion() -> None:
    data = b"[" * 65_535 + b"]" * 65_535
    rows = rows_of(data, most=1 << 20)
    assert rows.problem is None
    assert rows.count == 2 * 65_535 - 1
    assert json_path(rows, data, 65_533).startswith("$…[0]")


def test_one_long_text_is_cut_into_rows_that_fold_under_the_first() -> None:
    data = json.dumps(["é" * 5_000, 1], ensure_ascii=False).encode()
    rows = rows_of(data)
    assert rows.problem is None
    assert list(rows.long_texts) == [1]
    assert rows.ordinals[rows.closers[1]] == CONTINUED
    for text in texts(data, rows):
        assert len(text) <= ROW_BYTES
        text.decode("utf-8")
    start, stop = value_span(rows, data, 3)
    assert json.loads(data[start:stop]) == "é" * 5_000


def test_ndjson_is_many_values() -> None:
    data = b'{"a":1}\n{"a":2}\n[]\n'
    rows = rows_of(data, many=True)
    assert rows.problem is None
    assert [rows.depths[row] for row in range(rows.count)] == [0, 1, 0, 0, 1, 0, 0]


@given(st.dictionaries(st.text(), st.lists(VALUES, max_size=3), min_size=1, max_size=4))
def test_the_value_under_every_row_can_be_read_alone(value: dict[str, object]) -> None:
    data = json.dumps(value, indent=1).encode()
    rows = rows_of(data)
    for row in range(rows.count):
        start, stop = value_span(rows, data, row)
        json.loads(data[start:stop])
        assert json_path(rows, data, row).startswith("$")
    assert json.loads(data[slice(*value_span(rows, data, 0))]) == value
    assert child_count(rows, 0) == len(value) or rows.count == 1


def test_a_path_leads_to_the_value() -> None:
    data = b'{"items": [{"unit price": 1.50, "n": [0, [true]]}]}'
    rows = rows_of(data)
    found = {
        json_path(rows, data, row): data[slice(*value_span(rows, data, row))]
        for row in range(rows.count)
    }
    assert found['$.items[0]["unit price"]'] == b"1.50"
    assert found["$.items[0].n[1][0]"] == b"true"
    assert found["$.items"] == b'[{"unit price": 1.50, "n": [0, [true]]}]'
    assert found["$"] == data
