"""Nothing that a container writes drives the terminal; its colours stay."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from backend_tui.core.text import is_clean
from backend_tui.panes.docker.logs.drawing import drawn, wrapped
from backend_tui.panes.docker.logs.lines import OUT, LogLine


@given(st.binary(max_size=200))
@example(b"\x1b]52;c;Zm9v\x07\x1b[2J\xc2\x9b31m\r\x00\xe2\x80\xae\x1b[38;5;900;48;2;999m\x1b[38m")
def test_no_control_is_left(data: bytes) -> None:
    text = drawn(LogLine(1, OUT, data)).text
    assert is_clean(text)
    assert not {"\n", "\t", "\r", "\x1b"} & set(text)


def test_colours_are_kept_where_they_stand() -> None:
    shown = drawn(LogLine(1, OUT, b"\x1b[31merr\x1b[0m then \x1b[1;38;5;208mwarm\x1b[m"))
    assert shown.text == "err then warm"
    (start, stop, red), (_, _, warm) = shown.spans
    assert (start, stop) == (0, 3)
    assert red.color is not None
    assert red.color.name == "red"
    assert warm.bold


def test_a_return_hides_no_beginning() -> None:
    assert drawn(LogLine(1, OUT, b"secret\rharmless")).text == "secret␍harmless"


def test_a_long_line_is_cut_and_says_by_how_much() -> None:
    shown = drawn(LogLine(1, OUT, b"x" * 100_000, 50), 65_536)
    assert (len(shown.text), shown.more) == (65_536, 100_000 - 65_536 + 50)


@given(st.text(alphabet="ab 日本e\u0301", max_size=120), st.integers(2, 20), st.integers(1, 6))
def test_rows_fit_and_leave_nothing_out(text: str, width: int, most: int) -> None:
    rows = wrapped(text, width, most)
    assert 1 <= len(rows) <= most
    assert all(cell_len(text[start:stop]) <= width for start, stop in rows)
    joined = "".join(text[start:stop] for start, stop in rows)
    assert text.startswith(joined)
    if len(rows) < most:
        assert joined == text
