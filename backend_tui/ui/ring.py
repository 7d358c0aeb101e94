"""The newest records of a feed, filtered and sorted without touching those that were there."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
Key = Callable[[T], Any]


class _AsArrived(Sequence[tuple[int, T]]):
    """All records with their numbers, made one by one: a flood would else pay for each."""

    def __init__(self, records: deque[T], total: int) -> None:
        self._records = records
        self._first = total - len(records)

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, at: int) -> tuple[int, T]: ...
    @overload
    def __getitem__(self, at: slice) -> list[tuple[int, T]]: ...
    def __getitem__(self, at: int | slice) -> tuple[int, T] | list[tuple[int, T]]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        place = at if at >= 0 else len(self) + at
        return (self._first + place, self._records[at])

    def __iter__(self) -> Iterator[tuple[int, T]]:
        return enumerate(self._records, self._first)


class Ring(Generic[T]):
    """At most `capacity` records, each numbered by its arrival; the oldest leave first.

    `view()` is what passes the filter, as (number, record), in order of arrival or sorted.
    `replace` puts a newer state of a record in the place of an earlier one with the same identity.
    """

    def __init__(self, capacity: int, identity: Callable[[T], Hashable] | None = None) -> None:
        self.capacity = capacity
        self.total = 0
        self.forgotten = 0
        self._identity = identity
        self._numbers: dict[Hashable, int] = {}
        self._records: deque[T] = deque(maxlen=capacity)
        self._passing: deque[tuple[int, T]] = deque()
        self._filter: Callable[[T], bool] | None = None
        self._key: Key[T] | None = None
        self._is_descending = False
        self._view: Sequence[tuple[int, T]] | None = None
        self._places: dict[int, int] | None = None

    def __len__(self) -> int:
        return len(self._records)

    def extend(self, records: Iterable[T]) -> None:
        """Add records; one whose identity is known takes the old one's place."""
        self._view = None
        identity = self._identity
        if identity is None:
            self._append(records if isinstance(records, Sequence) else list(records))
            return
        for record in records:
            name = identity(record)
            number = self._numbers.get(name)
            if number is not None and number >= self.total - len(self._records):
                self._records[number - self.total] = record
                self._refilter()
                continue
            if len(self._records) == self.capacity:
                self._numbers.pop(identity(self._records[0]), None)
            self._numbers[name] = self.total
            self._append([record])

    def clear(self) -> None:
        """Forget every record; numbers go on."""
        self._records.clear()
        self._passing.clear()
        self._numbers.clear()
        self._view = None

    def filter(self, passes: Callable[[T], bool] | None) -> None:
        """Show only what passes; None shows everything."""
        self._filter = passes
        self._refilter()

    def sort(self, key: Key[T] | None, is_descending: bool = False) -> None:
        """Order by a key, equal ones by arrival; None is the order of arrival."""
        self._key, self._is_descending = key, is_descending
        self._view = None

    @property
    def is_sorted(self) -> bool:
        return self._key is not None

    def view(self) -> Sequence[tuple[int, T]]:
        """What is to be drawn; valid until something changes."""
        if self._view is None and self._filter is None and self._key is None:
            self._view, self._places = _AsArrived(self._records, self.total), None
        if self._view is None:
            passing = list(self._numbered() if self._filter is None else self._passing)
            key = self._key
            if key is not None:
                passing.sort(key=lambda pair: key(pair[1]), reverse=self._is_descending)
            self._view, self._places = passing, None
        return self._view

    def place(self, number: int) -> int | None:
        """Where the record of that number stands in the view; None when it is not in it."""
        view = self.view()
        if self._key is None:
            at = bisect_left(view, number, key=lambda pair: pair[0])
            return at if at < len(view) and view[at][0] == number else None
        if self._places is None:
            self._places = {each: at for at, (each, _) in enumerate(view)}
        return self._places.get(number)

    def _append(self, records: Sequence[T]) -> None:
        room = self.capacity - len(self._records)
        self.forgotten += max(len(records) - room, 0)
        first = self.total
        self.total += len(records)
        kept = records[-self.capacity :]
        first += len(records) - len(kept)
        self._records.extend(kept)
        passes = self._filter
        if passes is None:
            return
        self._passing.extend(pair for pair in enumerate(kept, first) if passes(pair[1]))
        oldest = self.total - len(self._records)
        while self._passing and self._passing[0][0] < oldest:
            self._passing.popleft()

    def _refilter(self) -> None:
        passes = self._filter
        self._passing.clear()
        if passes is not None:
            self._passing.extend(pair for pair in self._numbered() if passes(pair[1]))
        self._view = None

    def _numbered(self) -> Iterable[tuple[int, T]]:
        """Every record with its number; what passes is kept only while there is a filter."""
        return enumerate(self._records, self.total - len(self._records))
