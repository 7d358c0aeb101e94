"""Frames and raw text of logs into lines, however the stream is cut, and never without bound."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend_tui.panes.docker.logs.frames import LONGEST, PIECE, FrameDecoder, RawDecoder
from backend_tui.panes.docker.logs.lines import ERR, OUT, LogLine, instant

STAMP = b"2026-01-02T03:04:05.123456789Z "
AT = 1_767_323_045_123_456_789


def frame(payload: bytes, source: int = OUT) -> bytes:
    return bytes((source, 0, 0, 0)) + len(payload).to_bytes(4) + payload


def fed(decoder: FrameDecoder | RawDecoder, data: bytes, size: int) -> list[LogLine]:
    lines: list[LogLine] = []
    for at in range(0, len(data), size):
        lines += decoder(data[at : at + size])
    return lines + decoder.rest()


def pieces(text: bytes) -> list[bytes]:
    parts = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
    return [STAMP + part for part in parts]


@given(
    st.lists(st.tuples(st.sampled_from((OUT, ERR)), st.binary(max_size=40)), max_size=20),
    st.integers(1, 97),
)
def test_frames_come_out_as_they_went_in(rows: list[tuple[int, bytes]], size: int) -> None:
    rows = [(source, text.replace(b"\n", b"")) for source, text in rows]
    data = b"".join(frame(STAMP + text + b"\n", source) for source, text in rows)
    assert fed(FrameDecoder(), data, size) == [LogLine(AT, *row) for row in rows]


def test_a_line_in_pieces_is_one_line_without_their_times() -> None:
    text = b"x" * (2 * PIECE + 7_000)
    first, second, third = pieces(text)
    data = frame(first) + frame(STAMP + b"warn\n", ERR) + frame(second) + frame(third + b"\n")
    assert fed(FrameDecoder(), data, 1_000) == [LogLine(AT, ERR, b"warn"), LogLine(AT, OUT, text)]


def test_a_line_of_exactly_whole_pieces_ends() -> None:
    text = b"y" * (2 * PIECE)
    first, second = pieces(text)
    data = frame(first) + frame(second + b"\n") + frame(STAMP + b"next\n")
    assert [line.data for line in fed(FrameDecoder(), data, 999)] == [text, b"next"]


def test_a_last_line_without_an_end_is_a_line() -> None:
    data = frame(STAMP + b"no end") + frame(STAMP + b"next run\n")
    assert [line.data for line in fed(FrameDecoder(), data, 5)] == [b"no end", b"next run"]


def test_line_breaks_inside_of_an_entry_make_lines() -> None:
    data = frame(STAMP + b"one\ntwo\n")
    assert fed(FrameDecoder(), data, 64) == [LogLine(AT, OUT, b"one"), LogLine(AT, OUT, b"two")]


def test_what_is_no_frame_is_read_as_text() -> None:
    assert [line.data for line in fed(FrameDecoder(), STAMP + b"plain text\n", 9_999)] == [
        b"plain text"
    ]


@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(1, 97))
def test_a_terminals_lines_come_out_as_they_went_in(rows: list[bytes], size: int) -> None:
    rows = [text.replace(b"\n", b"").rstrip(b"\r") for text in rows]
    data = b"".join(STAMP + text + b"\r\n" for text in rows)
    assert fed(RawDecoder(), data, size) == [LogLine(AT, OUT, text) for text in rows]


def test_a_terminals_long_line_is_joined() -> None:
    text = b"z" * (2 * PIECE + 5)
    data = b"".join(pieces(text)) + b"\r\n"
    assert fed(RawDecoder(), data, 4_096) == [LogLine(AT, OUT, text)]


def test_a_line_without_end_is_bounded_and_what_is_lost_is_counted() -> None:
    size = LONGEST + 10 * PIECE
    parts = [frame(STAMP + b"a" * PIECE) for _ in range(size // PIECE)]
    (line,) = fed(FrameDecoder(), b"".join(parts) + frame(STAMP + b"\n"), 65_536)
    assert (len(line.data), line.lost) == (LONGEST, 10 * PIECE)
    (raw,) = fed(RawDecoder(), STAMP + b"b" * size + b"\n", 65_536)
    assert len(raw.data) <= LONGEST
    assert len(raw.data) + raw.lost == size


def test_times_are_exact_and_none_is_none() -> None:
    assert instant("2026-01-02T03:04:05.123456789Z") == AT
    assert instant("2026-01-02T04:04:05.1+01:00") == AT // 10**9 * 10**9 + 100_000_000
    assert instant("0001-01-01T00:00:00Z") == 0
    assert instant("yesterday") == 0
