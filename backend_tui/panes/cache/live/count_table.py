"""A table of counts that stays sorted while they grow; the top is seen until one moves away."""

from __future__ import annotations

from collections.abc import Callable

from backend_tui.panes.cache.live.bounded import Bounded, Entry
from backend_tui.panes.cache.live.columns import Now, columns
from backend_tui.panes.cache.live.statistics import By
from backend_tui.ui.record_table import Cell, RecordTable

_REQUESTS = 1
_EMPTY = "Nothing was asked of the cache yet."
_NONE_PASSES = "No {} that was asked for passes the filter."


class CountTable(RecordTable[Entry]):
    """Entries are live objects: `renew` takes in new ones and draws all as they are now."""

    def __init__(
        self,
        by: By,
        table: Callable[[], Bounded],
        now: Now,
        tells_hits: Callable[[], bool],
    ) -> None:
        super().__init__(columns(by, now, tells_hits), empty=_EMPTY)
        self.by: By = by
        self._table = table
        self._taken = 0
        self._order: list[Entry] = []
        self._drawn: list[tuple[Cell, ...]] = []
        self.passes_name: Callable[[str], bool] | None = None

    def on_mount(self) -> None:
        self.sort_by(_REQUESTS)

    def renew(self) -> None:
        """Show the counts as they are; draws nothing when none that is seen has changed."""
        order = self._table().order
        if self._order is not order:
            self._order, self._taken = order, 0
            self.ring.clear()
        self.ring.extend(order[self._taken :])
        self._taken = len(order)
        self.ring.filter(self._passes)
        is_filtered = self.passes_name is not None and bool(order)
        self.set_empty(_NONE_PASSES.format(self.by) if is_filtered else _EMPTY)
        seen = self._seen()
        if seen != self._drawn:
            self._drawn = seen
            self.flush(force=True)

    def sort_by(self, column: int | None, is_descending: bool = True) -> None:
        super().sort_by(column, is_descending)
        self._cursor = None

    def _passes(self, entry: Entry) -> bool:
        if not entry.counts.operations:
            return False
        return self.passes_name is None or self.passes_name(entry.name)

    def _seen(self) -> list[tuple[Cell, ...]]:
        top = self.scroll_offset.y
        view = self.ring.view()[top : top + max(self.size.height, 1)]
        return [tuple(column.cell(entry) for column in self.columns) for _, entry in view]

    def _remember_first(self) -> None:
        """While sorted, lines stay where they are and the entries move through them."""
        if not self.ring.is_sorted:
            super()._remember_first()
