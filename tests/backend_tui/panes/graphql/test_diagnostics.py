"""What is found wrong in documents, and that nothing a person pastes hangs or breaks it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_tui.core.text import is_clean
from backend_tui.panes.graphql.diagnosis import Diagnosis, Lines
from backend_tui.panes.graphql.diagnostics import diagnose, diagnosed
from tests.backend_tui.panes.graphql.shop_schema import SDL, SHOP, schema_of
from tests.backend_tui.panes.graphql.test_completion import ALPHABET


def marked(document: str, found: Diagnosis) -> list[str]:
    return [document[each.start : each.end] for each in found.problems]


@pytest.mark.parametrize(
    ("document", "words", "places"),
    [
        ("{ me { nope } }", "Cannot query field 'nope'", ["nope"]),
        ("{ products(first: true) { total } }", "Int cannot represent", ["true"]),
        ("{ product { id } }", "of type 'ID!' is required", ["product"]),
        ("query ($a: Nope) { me { id } }", "Unknown type 'Nope'", ["Nope"]),
        ("query Q($a: Int) { me { id } }", "never used", ["$"]),
        ("{ me { ...F } }", "Unknown fragment 'F'", ["F"]),
        ("{ product(id: 1) { oldPrice } }", "deprecated", ["oldPrice"]),
        ("{ me { id }", "Expected Name, found <EOF>", [""]),
        ("{ me { id } } }", "Unexpected '}'", ["}"]),
        ('{ product(id: "open) { id } }', "Unterminated string", []),
    ],
)
def test_findings_have_words_and_a_range(document: str, words: str, places: list[str]) -> None:
    found = diagnose(document, SHOP)
    assert any(words in each.message for each in found.problems), found
    if places:
        assert set(places) & set(marked(document, found))


def test_lines_and_columns_count_from_one() -> None:
    found = diagnose("query A {\r\n  me { id }\r\n  nope\r\n}", SHOP)
    assert [(each.line, each.column, each.end_column) for each in found.problems] == [(3, 3, 7)]


def test_circular_fragments_are_named() -> None:
    document = """{ me { ...A } }
fragment A on User { ...B }
fragment B on User { ...A }"""
    found = diagnose(document, SHOP)
    assert any("Cannot spread fragment 'A' within itself" in e.message for e in found.problems)


def test_without_a_schema_the_syntax_is_checked() -> None:
    assert diagnose("{ anything { at all } }", None) == Diagnosis()
    assert diagnose("{ anything", None).errors == 1
    assert diagnose("  # only words\n", SHOP) == Diagnosis()


@pytest.mark.parametrize("opening", ["{a", "{a(b:{c:", "{a(b:[", "query($a:[", "{...{"])
def test_ten_thousand_levels_are_told_and_not_followed(opening: str) -> None:
    began = time.perf_counter()
    found = diagnose(opening * 10_000, SHOP)
    assert time.perf_counter() - began < 1
    assert len(found.problems) == 1
    assert "levels" in found.problems[0].message or "Expected" in found.problems[0].message


async def test_five_megabytes_are_not_checked_while_typing() -> None:
    began = time.perf_counter()
    found = await diagnosed("query A { me { id } }\n" * 240_000, SHOP)
    assert time.perf_counter() - began < 1
    assert found.problems == ()
    assert "too many" in found.note


@pytest.mark.parametrize(
    "document",
    [
        "{ " + "me { id } " * 4_900 + "}",
        "{ " + " ".join(f"a{i}: product(id: {i}) {{ name }}" for i in range(1_500)) + " }",
        "{ " + " ".join(f"nope{i}" for i in range(19_000)) + " }",
        "{ me { "
        + " ".join(f"...F{i}" for i in range(400))
        + " } }"
        + "".join(f" fragment F{i} on User {{ id ...F{i + 1} }}" for i in range(400)),
    ],
    ids=["same", "aliases", "unknown", "fragments"],
)
def test_expensive_documents_end(document: str) -> None:
    began = time.perf_counter()
    found = diagnose(document, SHOP)
    assert time.perf_counter() - began < 12
    assert len(found.problems) <= 200


def test_hostile_names_and_an_invalid_schema_are_survived() -> None:
    assert all(
        is_clean(each.message) for each in diagnose('{ me { id(x: "\u202e\x1b") } }', SHOP).problems
    )
    empty = schema_of(SDL + "\ntype Lonely implements Node { name: String }")
    found = diagnose("{ me { id } }", empty)
    assert found.problems == ()
    assert "schema itself" in found.note


def test_next_and_previous_go_round() -> None:
    found = diagnose("{ one two three }", SHOP)
    starts = [each.start for each in found.problems]
    assert [found.next_after(at).start for at in (0, 2, 10)] == starts[:2] + starts[:1]  # type: ignore[union-attr]
    assert found.next_before(2).start == starts[-1]  # type: ignore[union-attr]
    assert Diagnosis().next_after(0) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(ALPHABET, max_size=60).map("".join))
def test_any_text_gets_findings_within_it(document: str) -> None:
    found = diagnose(document, SHOP)
    for each in found.problems:
        assert 0 <= each.start <= each.end <= len(document) + 1
        assert each.line >= 1
        assert each.column >= 1
        assert is_clean(each.message)


@given(st.text("ab\n\r"), st.integers(0, 50))
def test_places_and_offsets_are_each_others_inverse(text: str, offset: int) -> None:
    lines = Lines(text)
    at = min(offset, len(text))
    assert lines.offset(*lines.place(at)) == at
