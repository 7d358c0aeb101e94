"""The small parts of a body: lines, folds, search, charset, kind, names, layout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.body.charset import choose
from backend_tui.core.body.file_name import create_new, safe_file_name
from backend_tui.core.body.folds import Folds
from backend_tui.core.body.hexdump import HexRows, hex_parts
from backend_tui.core.body.json_format import check, format_json
from backend_tui.core.body.json_rows import JsonScanner
from backend_tui.core.body.kind import kind_of
from backend_tui.core.body.search import Search
from backend_tui.core.body.text_rows import ROW_BYTES, TextRows
from backend_tui.core.text import is_clean


@given(st.lists(st.binary(max_size=5000), max_size=12), st.integers(1, 9))
def test_lines_cover_any_bytes_and_are_found_again(parts: list[bytes], most: int) -> None:
    data = b"\n".join(parts)
    rows = TextRows()
    half = len(data) // 2
    while not rows.advance(data[:half], half, is_final=False, most=most):
        continue
    while not rows.advance(data, len(data), is_final=True, most=most):
        continue
    bounds = [rows.bounds(row) for row in range(rows.count)]
    assert b"".join(data[start:stop] for start, stop in bounds) == data
    assert all(0 < stop - start <= ROW_BYTES for start, stop in bounds)
    for row, (start, stop) in enumerate(bounds):
        assert rows.row_at(start) == rows.row_at(stop - 1) == row


@given(st.binary(max_size=300), st.sampled_from([8, 16]))
def test_hex_rows_give_the_bytes_back(data: bytes, width: int) -> None:
    rows = HexRows(width)
    rows.buffer, rows.size = data, len(data)
    back = b""
    for row in range(rows.count):
        start, stop = rows.bounds(row)
        offset, pairs, readable = hex_parts(data[start:stop], start, width)
        assert int(offset, 16) == start
        assert readable.isascii()
        assert readable.isprintable()
        back += bytes.fromhex(pairs)
    assert back == data


def _tree() -> JsonScanner:
    data = json.dumps([{"a": [1, 2], "b": {"c": 1}} for _ in range(3)]).encode()
    scanner = JsonScanner()
    assert scanner.advance(data, len(data), is_final=True, most=1000)
    return scanner


@given(st.lists(st.integers(0, 40), max_size=30), st.booleans())
def test_lines_and_rows_map_to_each_other_under_any_folds(toggled: list[int], deep: bool) -> None:
    rows = _tree().rows
    folds = Folds().fold_all(rows) if deep else Folds()
    for row in toggled:
        if row >= rows.count or not rows.closers[row]:
            continue
        if folds.is_folded(row):
            folds.unfold(row, rows)
        else:
            folds.reveal(row, rows)
            folds.fold(row, rows.closers[row])
            assert folds.is_folded(row)
    shown = [folds.row(line) for line in range(folds.count(rows.count))]
    assert shown == sorted(set(shown))
    assert [folds.line(row) for row in shown] == list(range(len(shown)))
    hidden = {
        r for row in shown if folds.is_folded(row) for r in range(row + 1, rows.closers[row] + 1)
    }
    assert set(shown) | hidden == set(range(rows.count))


def test_fold_all_leaves_the_outermost_and_opens_level_by_level() -> None:
    rows = _tree().rows
    folds = Folds().fold_all(rows)
    assert folds.count(rows.count) == 5
    first = folds.row(1)
    folds.unfold(first, rows)
    assert [folds.is_folded(folds.row(line)) for line in range(2, 4)] == [True, True]


@given(
    st.text(alphabet="abA\u00e9{", max_size=400),
    st.text(alphabet="abA\u00e9{", min_size=1, max_size=3),
)
def test_search_finds_what_a_plain_search_finds(text: str, needle: str) -> None:
    search = Search(needle)
    data = text.encode()
    while not search.advance(data, len(data)):
        continue
    hay, pin = data, needle.encode()
    if needle == needle.lower():
        hay, pin = hay.lower(), pin.lower()
    expected, at = [], hay.find(pin)
    while at >= 0:
        expected.append(at)
        at = hay.find(pin, at + len(pin))
    assert list(search.hits) == expected


def test_search_finds_across_slices_and_what_json_escapes() -> None:
    data = b"x" * ((1 << 17) - 3) + b"needle" + b"caf\\u00e9"
    search = Search("needle")
    while not search.advance(data, len(data)):
        continue
    assert list(search.hits) == [(1 << 17) - 3]
    escaped = Search("café", is_json=True)
    while not escaped.advance(data, len(data)):
        continue
    assert list(escaped.hits) == [(1 << 17) + 3]
    assert escaped.after(0) == 0
    assert escaped.before(0) == 0


@pytest.mark.parametrize(
    ("head", "content_type", "label"),
    [
        (b"{}", "application/json", "utf-8"),
        (b"{}", "text/plain; charset=ISO-8859-1", "latin-1"),
        (b"\xef\xbb\xbf{}", "", "utf-8 (BOM)"),
        (b"\xff\xfe{\x00", "application/json", "utf-16 (BOM)"),
        (b"{}", 'text/plain; charset="shift_jis"', "shift_jis"),
        (b"{}", "text/plain; charset=no-such", "utf-8"),
        (b"{}", "text/plain; charset=rot13", "utf-8"),
    ],
)
def test_the_charset_is_chosen_and_named(head: bytes, content_type: str, label: str) -> None:
    assert choose(head, content_type).label == label


@pytest.mark.parametrize(
    ("head", "content_type", "name"),
    [
        (b'{"a":1}', "application/problem+json", "json"),
        (b" [1]", "", "json"),
        (b'{"a":1}\n{"a":2}\n', "text/plain", "ndjson"),
        (b"{}", "application/x-ndjson", "ndjson"),
        (b"<?xml version='1.0'?>", "", "xml"),
        (b"<!DOCTYPE html>", "text/html; charset=utf-8", "html"),
        (b"hello", "text/plain", "text"),
        (b"\x89PNG\r\n\x1a\n\x00", "application/json", "binary"),
        (b"a\x00b", "", "binary"),
        (b"", "", "text"),
    ],
)
def test_the_kind_is_seen(head: bytes, content_type: str, name: str) -> None:
    assert kind_of(head, content_type).name == name


@pytest.mark.parametrize(
    ("disposition", "url", "name"),
    [
        ('attachment; filename="../../etc/passwd"', "", "passwd"),
        ("attachment; filename*=UTF-8''na%C3%AFve%20file.json", "", "naïve file.json"),
        ("attachment; filename=CON", "", "_CON"),
        ('attachment; filename="..\\\\..\\\\x.exe"', "", "x.exe"),
        ('attachment; filename="a\x1b[2J\u202e.txt"', "", "a_[2J_.txt"),
        ("", "https://host/api/products?page=1", "products.json"),
        ("", "https://host/", "body.json"),
        ('attachment; filename="..."', "", "body.json"),
    ],
)
def test_a_file_name_can_do_no_harm(disposition: str, url: str, name: str) -> None:
    assert safe_file_name(kind_of(b"{}", ""), disposition, url) == name


@given(st.text(), st.text())
def test_any_header_gives_a_plain_name(disposition: str, url: str) -> None:
    name = safe_file_name(kind_of(b"{}", ""), f"attachment; filename={disposition}", url)
    assert name
    assert name == Path(name).name
    assert is_clean(name)
    assert len(name.encode("utf-8", "replace")) <= 200


def test_a_taken_name_is_numbered_and_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    path, file = create_new(tmp_path, "a.json")
    file.close()
    assert path.name == "a-1.json"
    assert (tmp_path / "a.json").read_text() == "mine"


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_layout_is_that_of_a_dump_and_stays_when_repeated(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert format_json(text) == json.dumps(value, indent=2, ensure_ascii=False)
    assert format_json(format_json(text)) == format_json(text)


def test_layout_changes_no_number_order_or_duplicate() -> None:
    text = '{"z":1.10,"a":1E+400,"z":-0,"big":123456789012345678901234567890}'
    assert format_json(text).replace("\n", "").replace(" ", "") == text
    assert check(text) is None
    assert check("[" * 100_000) is not None
