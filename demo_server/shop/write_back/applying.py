"""How the deferred writes of a key become statements: one for each key, however many there were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, Value
from django.db.models.functions import Greatest

from demo_server.shop.models import Product, ProductViews

if TYPE_CHECKING:
    from demo_server.caching.write_back.entry import Change

DEFERRED: Final = frozenset({"price", "name", "description"})
"""Members of a product that no other row depends on, so that they can wait."""


class Refused(Exception):  # noqa: N818 - an answer of the database's rules
    """A deferred write that cannot be applied; the text says why."""


def apply(key: str, change: Change) -> int:
    """Write the change of a key; the number of statements. Raises `Refused`, DatabaseError."""
    kind, _, number = key.partition(":")
    appliance = _KINDS.get(kind)
    if appliance is None or not number.isdecimal():
        raise Refused(f"There is nothing of the kind {kind[:40]!r} to write to.")
    return appliance(int(number), change)


def _product(number: int, change: Change) -> int:
    unknown = change.sets.keys() - DEFERRED
    if unknown:
        raise Refused(f"{', '.join(sorted(unknown))} cannot be deferred.")
    values: dict[str, Any] = dict(change.sets)
    if "price" in values:
        values["price"] = Decimal(values["price"])
    moment = Value(datetime.fromisoformat(change.at))
    changed = Product.objects.filter(pk=number).update(
        **values,
        version=F("version") + change.adds.get("version", 0),
        updated_at=Greatest(F("updated_at"), moment),
    )
    if not changed:
        raise Refused(f"There is no product {number} any more.")
    return 1


def _views(number: int, change: Change) -> int:
    views = change.adds.get("views", 0)
    if ProductViews.objects.filter(pk=number).update(views=F("views") + views):
        return 1
    if not Product.objects.filter(pk=number).exists():
        raise Refused(f"There is no product {number} any more.")
    ProductViews.objects.create(pk=number, views=views)
    return 3


_KINDS: Final[dict[str, Callable[[int, Any], int]]] = {"products": _product, "views": _views}
