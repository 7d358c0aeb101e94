"""The custom scalars: how values of Python become JSON, and how JSON becomes values again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from graphql import GraphQLError

_MONEY: Final = re.compile(r"(?:0|[1-9][0-9]{0,7})\.[0-9]{2}")
_SKU: Final = re.compile(r"[A-Z]{2,4}-[0-9]{4,6}")
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]{1,60}")


class Scalar(NamedTuple):
    """Both directions of one scalar."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _money(value: Any) -> str:
    return f"{Decimal(value):.2f}"


def _instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} is no point in time")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_instant(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise GraphQLError('A DateTime is text such as "2026-11-22T10:00:00Z".') from None
    if found.tzinfo is None:
        raise GraphQLError("A DateTime names its distance from UTC, or ends with Z.")
    return found


def _text(name: str, pattern: re.Pattern[str], example: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise GraphQLError(f'A {name} is text such as "{example}".')
        return value

    return read


_read_money = _text("Money", _MONEY, "249.00")

SCALARS: Final[dict[str, Scalar]] = {
    "Money": Scalar(_money, lambda value: Decimal(_read_money(value))),
    "DateTime": Scalar(_instant, _read_instant),
    "Sku": Scalar(str, _text("Sku", _SKU, "GAR-0042")),
    "Slug": Scalar(str, _text("Slug", _SLUG, "garden")),
}
