"""The layout of a text that is never wrapped: one row a line, whatever its size, without counting.

`TextArea` keeps a table of every line and renews all of it when a line is added; here a line is
its own row. In a line that is too long to measure each character counts as one cell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from textual.document._document import DocumentBase, Location
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Offset

LONG_LINE: Final = 4096


class _Rows(list[Any]):
    """As long as the document; the entry of a line is made when it is asked for."""

    def __init__(self, document: DocumentBase, entry: Callable[[int], Any]) -> None:
        super().__init__()
        self._document = document
        self._entry = entry

    def __len__(self) -> int:
        return self._document.line_count

    def __getitem__(self, index: Any) -> Any:
        count = self._document.line_count
        if isinstance(index, slice):
            return [self._entry(i) for i in range(*index.indices(count))]
        if not -count <= index < count:
            raise IndexError(index)
        return self._entry(index % count)


class UnwrappedDocument(WrappedDocument):
    """Stands where `TextArea` expects a wrapped document."""

    def __init__(self, document: DocumentBase, tab_width: int) -> None:
        super().__init__(document, 0, tab_width)

    def wrap(self, width: int, tab_width: int | None = None) -> None:  # noqa: ARG002
        """Nothing to do but to remember the width of a tab."""
        self._width = 0
        if tab_width:
            self._tab_width = tab_width
        self._wrap_offsets = _Rows(self.document, lambda _: [])
        self._tab_width_cache = _Rows(self.document, lambda _: [])
        self._offset_to_line_info = _Rows(self.document, lambda line: (line, 0))
        self._line_index_to_offsets = _Rows(self.document, lambda line: [line])

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """An edit changes nothing: every line is one row."""

    @property
    def height(self) -> int:
        return self.document.line_count

    def location_to_offset(self, location: Location) -> Offset:
        """Where a location is drawn."""
        line, column = location
        line = max(0, min(line, self.document.line_count - 1))
        if len(self.document.get_line(line)) > LONG_LINE:
            return Offset(column, line)
        return super().location_to_offset((line, column))

    def offset_to_location(self, offset: Offset) -> Location:
        """What is drawn at an offset."""
        line = max(0, min(offset.y, self.document.line_count - 1))
        length = len(self.document.get_line(line))
        if length > LONG_LINE:
            return line, max(0, min(offset.x, length))
        return super().offset_to_location(Offset(offset.x, line))
