"""How a journey is laid out as a waterfall: tree order, own time, bars in eighths of a cell.

Pure functions over a `Trace`; nothing here knows a colour or a widget. Times are µs, widths are
terminal cells. Wrong traces (cycles, unknown parents, ids used twice) still give every span a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.counting import CacheResult, cache_result, repeated_statements
from backend_tui.core.trace import Span, Trace

SYMBOLS: Final[dict[str, str]] = {
    "client": "⇄",
    "server": "◆",
    "setup": "◇",
    "middleware": "≡",
    "routing": "↳",
    "auth": "◈",
    "view": "ƒ",
    "cache": "◌",
    "db": "▤",
    "serialize": "▧",
    "send": "↗",
    "graphql": "✱",
    "task": "↻",
}
_RIGHT_EDGE: Final = " ▏▎▍▌▋▊▉█"
_LEFT_EDGE: Final = "██▐▐▐▐▕▕"


@dataclass(frozen=True, slots=True)
class Row:
    """One span in tree order; `below` counts all its descendants, which follow it directly."""

    span: Span
    depth: int
    own_us: int
    below: int
    busy: tuple[tuple[int, int], ...]
    is_critical: bool
    is_duplicate: bool
    cache: CacheResult | None

    @property
    def symbol(self) -> str:
        """What says the kind without colour; a cache lookup says hit ● or miss ○."""
        if self.cache is not None:
            return "●" if self.cache == "hit" else "○"
        return SYMBOLS.get(self.span.kind, "·")

    @property
    def mark(self) -> str:
        """✗ for an error, ▲ for a statement that ran before in this journey, else nothing."""
        return "✗" if self.span.is_error else "▲" if self.is_duplicate else ""


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that the bars' width shows."""

    start_us: int
    end_us: int

    @property
    def length_us(self) -> int:
        return max(self.end_us - self.start_us, 1)


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells for each column at one width; 0 means the column is left out."""

    name: int
    bar: int
    time: int
    own: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring cells of a bar with the same ink."""

    text: str
    ink: Literal["none", "thin", "solid"]


def rows(trace: Trace) -> tuple[Row, ...]:
    """Every span once: parents before children, siblings by start."""
    spans = trace.spans
    children, roots = _family(spans)
    critical = _critical(spans, children, roots)
    repeated = repeated_statements(spans)
    laid: list[Row] = []
    below: dict[int, int] = {}
    order = _preorder(children, roots)
    for index, _ in reversed(order):
        below[index] = sum(1 + below[child] for child in children[index])
    for index, depth in order:
        span = spans[index]
        busy: tuple[tuple[int, int], ...] = ()
        if children[index]:
            called = (spans[child] for child in children[index])
            busy = _clipped(_union((each.start_us, each.end_us) for each in called), span)
        covered = sum(end - start for start, end in busy)
        laid.append(
            Row(
                span,
                depth,
                max(span.duration_us - covered, 0),
                below[index],
                busy,
                index in critical,
                index in repeated,
                cache_result(span),
            )
        )
    return tuple(laid)


def visible(laid: Sequence[Row], folded: Iterable[str], within: int | None = None) -> list[int]:
    """Indices of the rows to draw: those under a folded span are left out.

    `within` is the index of a row; only it and what is below it are drawn then.
    """
    closed = frozenset(folded)
    index = within or 0
    end = len(laid) if within is None else within + laid[within].below + 1
    shown: list[int] = []
    while index < end:
        shown.append(index)
        index += 1 + (laid[index].below if laid[index].span.id in closed else 0)
    return shown


def window(trace: Trace, span: Span | None = None) -> Window:
    """The time of one span, or of all of them; never empty."""
    if span is not None:
        return Window(span.start_us, max(span.end_us, span.start_us + 1))
    if not trace.spans:
        return Window(0, max(trace.duration_us, 1))
    start = min(each.start_us for each in trace.spans)
    return Window(start, max(start + 1, *(each.end_us for each in trace.spans)))


def columns(width: int) -> Columns:
    """How the cells of a line are shared; name and time always stay readable."""
    own = 10 if width >= 96 else 0
    time = 9
    name = max(18, min(46, width * 2 // 5))
    bar = max(width - name - own - time - 4, 0)
    return Columns(name, bar, time, own)


def bar(row: Row, shown: Window, width: int) -> tuple[Piece, ...]:
    """The bar of a row: solid where the span itself works, thin where its children do.

    Exactly `width` cells; a span that lies in the window has at least an eighth of a cell of ink.
    """
    if width <= 0:
        return ()
    if row.span.end_us < shown.start_us or row.span.start_us > shown.end_us:
        return (Piece(" " * width, "none"),)
    eighths = width * 8
    start = (row.span.start_us - shown.start_us) * eighths // shown.length_us
    end = -((shown.start_us - row.span.end_us) * eighths // shown.length_us)
    start = min(max(start, 0), eighths - 1)
    end = min(max(end, start + 1), eighths)
    if row.busy:
        return _merged(_parent_cells(row, shown, width, start, end))
    return _merged(_leaf_cells(width, start, end))


def ruler(shown: Window, origin_us: int, width: int) -> str:
    """A scale of `width` cells with round times; empty when there is no room for two."""
    if width < 16:
        return " " * max(width, 0)
    step = _round_step(shown.length_us / max(width // 10, 1))
    first = -((origin_us - shown.start_us) // step) * step if shown.start_us > origin_us else 0
    cells = [" "] * width
    free = 0
    at = first
    while at + origin_us <= shown.end_us:
        place = (at + origin_us - shown.start_us) * width // shown.length_us
        label = "╷" + _tick_text(at)
        if 0 <= place >= free and place + len(label) <= width:
            cells[place : place + len(label)] = label
            free = place + len(label) + 1
        at += step
    return "".join(cells)


def _family(spans: Sequence[Span]) -> tuple[list[list[int]], list[int]]:
    """Children of each span by index, and the roots; a span in a cycle becomes a root."""
    first: dict[str, int] = {}
    for index, span in enumerate(spans):
        first.setdefault(span.id, index)
    parents = [first.get(span.parent) if span.parent is not None else None for span in spans]
    _cut_cycles(parents)
    children: list[list[int]] = [[] for _ in spans]
    roots: list[int] = []
    for index, parent in enumerate(parents):
        (roots if parent is None else children[parent]).append(index)
    for group in (*children, roots):
        group.sort(key=lambda i: (spans[i].start_us, -spans[i].duration_us))
    return children, roots


def _cut_cycles(parents: list[int | None]) -> None:
    walk = [0] * len(parents)
    for start in range(len(parents)):
        index: int | None = start
        while index is not None and not walk[index]:
            walk[index] = start + 1
            parent = parents[index]
            if parent is not None and walk[parent] == start + 1:
                parents[index] = None
            index = parents[index]


def _preorder(children: list[list[int]], roots: list[int]) -> list[tuple[int, int]]:
    waiting = [(root, 0) for root in reversed(roots)]
    order: list[tuple[int, int]] = []
    while waiting:
        index, depth = waiting.pop()
        order.append((index, depth))
        waiting.extend((child, depth + 1) for child in reversed(children[index]))
    return order


def _critical(spans: Sequence[Span], children: list[list[int]], roots: list[int]) -> frozenset[int]:
    """The spans that decided when the journey ended: from the end, always the last to finish."""
    if not roots:
        return frozenset()
    found: set[int] = set()
    last = max(roots, key=lambda i: spans[i].end_us)
    waiting = [(last, spans[last].end_us)]
    while waiting:
        index, limit = waiting.pop()
        found.add(index)
        at = min(limit, spans[index].end_us)
        for child in sorted(children[index], key=lambda i: spans[i].end_us, reverse=True):
            if spans[child].end_us <= at:
                waiting.append((child, at))
                at = spans[child].start_us
    return frozenset(found)


def _union(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif end > start:
            joined.append((start, end))
    return tuple(joined)


def _clipped(stretches: tuple[tuple[int, int], ...], span: Span) -> tuple[tuple[int, int], ...]:
    cut = ((max(start, span.start_us), min(end, span.end_us)) for start, end in stretches)
    return tuple((start, end) for start, end in cut if end > start)


def _leaf_cells(width: int, start: int, end: int) -> list[Piece]:
    cells: list[Piece] = []
    for cell in range(width):
        left = max(start - cell * 8, 0)
        right = min(end - cell * 8, 8)
        if left >= 8 or right <= 0:
            cells.append(Piece(" ", "none"))
        elif left == 0:
            cells.append(Piece(_RIGHT_EDGE[right], "solid"))
        elif right == 8:
            cells.append(Piece(_LEFT_EDGE[left], "solid"))
        else:
            cells.append(Piece("▕" if left >= 4 else "▏", "solid"))
    return cells


def _parent_cells(row: Row, shown: Window, width: int, start: int, end: int) -> list[Piece]:
    """A cell is solid when the span itself works in at least half of the bar's part of it."""
    scale = shown.length_us
    busy = [
        ((a - shown.start_us) * width * 8 / scale, (b - shown.start_us) * width * 8 / scale)
        for a, b in row.busy
    ]
    whole = _leaf_cells(width, start, end)
    cells: list[Piece] = []
    position = 0
    for cell in range(width):
        low, high = max(start, cell * 8), min(end, cell * 8 + 8)
        if low >= high:
            cells.append(Piece(" ", "none"))
            continue
        while position < len(busy) and busy[position][1] <= low:
            position += 1
        covered, at = 0.0, position
        while at < len(busy) and busy[at][0] < high:
            covered += min(busy[at][1], high) - max(busy[at][0], low)
            at += 1
        cells.append(whole[cell] if covered * 2 <= high - low else Piece("─", "thin"))
    return cells


def _merged(cells: list[Piece]) -> tuple[Piece, ...]:
    merged: list[Piece] = []
    for piece in cells:
        if merged and merged[-1].ink == piece.ink:
            merged[-1] = Piece(merged[-1].text + piece.text, piece.ink)
        else:
            merged.append(piece)
    return tuple(merged)


def _tick_text(us: int) -> str:
    for unit, scale in (("s", 1_000_000), ("ms", 1_000), ("µs", 1)):
        if abs(us) >= scale:
            return f"{us / scale:g} {unit}"
    return "0"


def _round_step(at_least: float) -> int:
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor >= at_least:
                return step * factor
        step *= 10
