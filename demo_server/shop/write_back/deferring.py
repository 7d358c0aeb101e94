"""Changes of a product that are put into the log instead of the database.

They are checked by the same rules as those that are written at once, against what a reader sees;
a product that was changed in between is looked at again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asgiref.sync import sync_to_async
from django.utils import timezone

from demo_server.caching.write_back.deferral import defer
from demo_server.caching.write_back.entry import BEGINNING, NOTHING, Change, Pending
from demo_server.caching.write_back.log import LogAway
from demo_server.caching.write_back.switch import switch
from demo_server.shop.announcements import PriceChanged, announce
from demo_server.shop.services.invalidation import changed
from demo_server.shop.services.refusals import Conflict
from demo_server.shop.write_back.applying import DEFERRED

if TYPE_CHECKING:
    from demo_server.shop.models import Product

ATTEMPTS: Final = 20


class KeyReused(Exception):  # noqa: N818 - an answer, not a failure
    """The operation id stands for another change."""


class Operation(NamedTuple):
    """What makes a change known again when it is sent twice."""

    id: str
    fingerprint: str


def can_defer(route: str, members: Mapping[str, Any]) -> bool:
    """Whether a change of these members of a product may wait now."""
    return switch.defers(route) and bool(members) and members.keys() <= DEFERRED


def can_count() -> bool:
    """Whether looks at products may wait now."""
    return switch.defers("views")


async def is_known(operation: Operation) -> bool:
    """Whether a change with this operation id stands, or stood, in the log."""
    return switch.mode == "durable" and await switch.log.knows(operation.id)


async def change_product(
    look: Callable[[], Awaitable[Product]],
    changes: Mapping[str, Any],
    operation: Operation,
    *,
    is_conditional: bool = False,
) -> bool | None:
    """Put a change of a product into the log: whether it was there before. None when nothing is
    deferred any more: write it through.

    `look` reads the product and raises when it must not be changed; when that depends on how the
    product reads (`is_conditional`), it is called again when it was changed meanwhile.
    Raises KeyReused, LogAway.
    """
    sets = {name: str(value) for name, value in changes.items()}
    for _ in range(ATTEMPTS):
        product = await look()
        outcome = await defer(
            f"products:{product.pk}",
            Change(sets, {"version": 1}, timezone.now().isoformat()),
            *operation,
            guard=_pending(product).last if is_conditional else "*",
            floor=_mark(product),
        )
        if outcome == "changed":
            continue
        if outcome == "closed":
            return None
        if outcome == "reused":
            raise KeyReused
        price = Decimal(sets.get("price", product.price))
        await sync_to_async(_tell)(product, product.price if outcome == "repeated" else price)
        return outcome == "repeated"
    raise Conflict("Others change the same product all the time. Repeat in a moment.")


async def count_view(product: Product, operation: Operation) -> bool | None:
    """Put a look at a product into the log: whether it was there before; None as above."""
    outcome = await defer(
        f"views:{product.pk}",
        Change({}, {"views": 1}, timezone.now().isoformat()),
        *operation,
        floor=_mark(product),
    )
    if outcome == "closed":
        return None
    if outcome == "reused":
        raise KeyReused
    return outcome == "repeated"


def _tell(product: Product, price: Decimal) -> None:
    """What is cached of it is outdated, and who listens hears of its price."""
    changed("products", product.pk)
    if price != product.price:
        announce(PriceChanged(product.pk, product.price, price))


def _pending(product: Any) -> Pending:
    found: Pending = getattr(product, "pending", NOTHING)
    return found


def _mark(product: Any) -> str:
    mark = getattr(product, "write_back_mark", None)
    if mark is None and switch.mode == "durable":
        raise LogAway("Deferring has begun at this moment.")
    return mark or BEGINNING
