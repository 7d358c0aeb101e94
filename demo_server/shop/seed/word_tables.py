"""Temporary tables of words that the seed's statements join; one a list, for MySQL's sake."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from django.db.backends.utils import CursorWrapper

from demo_server.shop.seed import words

_TYPES: Final = {
    "word": "varchar(200)",
    "more": "varchar(200)",
    "plain": "varchar(60)",
    "code": "varchar(4)",
    "country": "varchar(2)",
}
_WITHOUT_MARK: Final = str.maketrans(
    {"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "\u0131": "i", "'": ""}
)


def plain(word: str) -> str:
    """The word in lower-case ASCII, as a mailbox may be called."""
    parts = unicodedata.normalize("NFKD", word.translate(_WITHOUT_MARK))
    return parts.encode("ascii", "ignore").decode().lower()


def slug(name: str) -> str:
    """The name as part of an address."""
    return plain(name).replace(" ", "-")


def create(cursor: CursorWrapper) -> None:
    """Make and fill the tables `seed_*`."""
    shelves = [
        (department, shelf) for department in words.DEPARTMENTS for shelf in department.shelves
    ]
    top = len(words.DEPARTMENTS)
    _table(
        cursor,
        "shelf",
        ("place", "code", "category_id", "cheapest", "dearest"),
        (
            (place, department.code, top + 1 + place, department.cheapest, department.dearest)
            for place, (department, _) in enumerate(shelves)
        ),
    )
    _table(
        cursor,
        "good",
        ("shelf", "place", "word"),
        (
            (shelf, place, good)
            for shelf, (department, name) in enumerate(shelves)
            for place, good in enumerate(department.shelves[name])
        ),
    )
    _by_department(cursor, "quality", [(each.code, each.qualities) for each in words.DEPARTMENTS])
    sentences = [(each.code, each.sentences) for each in words.DEPARTMENTS]
    _by_department(cursor, "first_words", sentences)
    _by_department(cursor, "more_words", sentences)
    _table(cursor, "series", ("place", "word"), enumerate(words.SERIES))
    _table(cursor, "street", ("place", "word"), enumerate(words.STREETS))
    for name, people in (("first", words.FIRST_NAMES), ("last", words.LAST_NAMES)):
        _table(
            cursor,
            name,
            ("place", "word", "plain"),
            ((place, word, plain(word)) for place, word in enumerate(people)),
        )
    _table(
        cursor,
        "city",
        ("place", "word", "code", "country"),
        ((place, *city) for place, city in enumerate(words.CITIES)),
    )
    _table(
        cursor,
        "opinion",
        ("place", "rating", "word", "more"),
        ((place, *opinion) for place, opinion in enumerate(words.OPINIONS)),
    )


def drop(cursor: CursorWrapper) -> None:
    """Remove the tables: the connection lives on."""
    for name in (
        "shelf", "good", "quality", "first_words", "more_words", "series", "street", "first",
        "last", "city", "opinion",
    ):  # fmt: skip
        cursor.execute(f"DROP TABLE seed_{name}")


def _by_department(
    cursor: CursorWrapper, name: str, lists: Sequence[tuple[str, Sequence[str]]]
) -> None:
    _table(
        cursor,
        name,
        ("code", "place", "word"),
        ((code, place, word) for code, each in lists for place, word in enumerate(each)),
    )


def _table(
    cursor: CursorWrapper, name: str, columns: Sequence[str], rows: Iterable[Sequence[str | int]]
) -> None:
    typed = ", ".join(f"{column} {_TYPES.get(column, 'integer')}" for column in columns)
    cursor.execute(f"CREATE TEMPORARY TABLE seed_{name} ({typed})")
    places = ", ".join(["%s"] * len(columns))
    cursor.executemany(f"INSERT INTO seed_{name} VALUES ({places})", list(rows))  # noqa: S608
