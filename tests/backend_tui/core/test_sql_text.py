"""Formatting SQL moves white space and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.sql_text import sql_lines

WORDS = st.sampled_from(
    [
        "SELECT",
        "a",
        "FROM",
        "t",
        "WHERE",
        "x",
        "=",
        "'it''s from'",
        "(",
        ")",
        ",",
        "AND",
        "1",
        "JOIN",
    ]
)


@given(st.lists(WORDS, max_size=30), st.integers(10, 100))
def test_words_stay_as_they_are(words: list[str], width: int) -> None:
    text = " ".join(words)
    joined = "".join("".join(sql_lines(text, width)).split())
    assert joined == "".join(text.split())


@given(st.text(max_size=60))
def test_any_text_keeps_its_characters(text: str) -> None:
    joined = "".join("".join(sql_lines(text)).split())
    assert joined == "".join(text.split())


def test_clauses_begin_lines_and_strings_stay_whole() -> None:
    text = (
        "SELECT a, COUNT(*) FROM t INNER JOIN u ON (t.id = u.t_id) "
        "WHERE x = 'select from' AND y IN (SELECT z FROM v) ORDER BY a"
    )
    assert sql_lines(text) == [
        "SELECT a, COUNT(*)",
        "FROM t",
        "INNER JOIN u",
        "  ON (t.id = u.t_id)",
        "WHERE x = 'select from'",
        "  AND y IN (",
        "  SELECT z",
        "  FROM v)",
        "ORDER BY a",
    ]
