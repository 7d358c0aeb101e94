"""Changes of products under write-back: acknowledged by the cache's log, written later."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from demo_server.rest_api.layer import idempotency
from demo_server.rest_api.layer.problem import Problem
from demo_server.shop.write_back import deferring
from demo_server.shop.write_back.deferring import KeyReused, Operation, can_defer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from demo_server.rest_api.layer.operation import Call
    from demo_server.shop.models import Product

REPLAYED = {"Idempotency-Replayed": "true"}


async def change(
    call: Call[Any, Any], look: Callable[[], Awaitable[Product]], changes: Mapping[str, Any]
) -> bool | None:
    """Defer a change of the product that `look` gives: whether it came before with this key.

    None when it must be written at once. Raises Problem, LogAway, and what `look` raises.
    """
    if not can_defer("product", changes):
        return None
    operation = _operation(call)
    is_conditional = "HTTP_IF_MATCH" in call.request.META
    if is_conditional and await deferring.is_known(operation):
        return True  # its own first time is why the tag does not match any more
    try:
        return await deferring.change_product(
            look, changes, operation, is_conditional=is_conditional
        )
    except KeyReused:
        raise Problem("key-reused") from None


async def view(call: Call[Any, Any], product: Product) -> bool | None:
    """Defer counting a look at a product, as above."""
    if not deferring.can_count():
        return None
    try:
        return await deferring.count_view(product, _operation(call))
    except KeyReused:
        raise Problem("key-reused") from None


def _operation(call: Call[Any, Any]) -> Operation:
    key = idempotency.key_of(call.request)
    known_by = idempotency.digest(key, call) if key else uuid4().hex
    return Operation(known_by[:32], sha256(call.request.body).hexdigest()[:32])
