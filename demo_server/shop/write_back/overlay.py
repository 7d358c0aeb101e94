"""Products as they read with what is acknowledged and not in the database yet.

Each row is read together with the mark of how far the log is applied, in one statement and so in
one snapshot; the log then adds exactly what stands after that mark. So a reader sees every
acknowledged write once: never none, never twice, whatever is flushed meanwhile.

Lists show the newest values, too; what they are filtered and sorted by is what the database has,
at most one flush behind.
"""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db.models import Model, QuerySet, Subquery

from demo_server.caching.write_back.entry import NOTHING, Pending
from demo_server.caching.write_back.log import LogAway, LogLost
from demo_server.caching.write_back.switch import switch
from demo_server.shop.models import Product, WriteBackMark

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger("demo_server.write_back")

M = TypeVar("M", bound=Model)

ATTEMPTS: Final = 50


async def listed(rows: QuerySet[M], kind: str = "products") -> list[M]:
    """The rows, read now; of products those of `kind` that are pending are added.

    Raises LogAway when their newest values cannot be known.
    """
    if not switch.is_on or rows.model is not Product:
        return [each async for each in rows]
    for _ in range(ATTEMPTS):
        mark = Subquery(WriteBackMark.objects.filter(pk=1).values("last_id")[:1])
        found = [each async for each in rows.annotate(write_back_mark=mark)]
        if not found:
            return found
        pending = await _pending(found, kind)
        if pending is not None:
            for row, each in zip(found, pending, strict=True):
                show(row, each)
            return found
    raise LogAway("The log of deferred writes is ahead of the database for too long.")


async def _pending(rows: Sequence[Any], kind: str) -> Sequence[Pending] | None:
    keys = [f"{kind}:{row.pk}" for row in rows]
    try:
        return await switch.pending(rows[0].write_back_mark, keys)
    except LogLost as error:
        if not switch.is_lost:
            logger.error("%s What was pending in it cannot be shown.", error)
        switch.is_lost = True
        return [NOTHING] * len(rows)


def show(row: Any, pending: Pending) -> None:
    """Let a row read as it will be; `stored` keeps what it was, `pending` what was added."""
    row.pending = pending
    if not pending.entries:
        return
    change = pending.change
    row.stored = {name: getattr(row, name) for name in (*change.sets, *change.adds)}
    for name, value in change.sets.items():
        setattr(row, name, Decimal(value) if name == "price" else value)
    for name, number in change.adds.items():
        setattr(row, name, getattr(row, name) + number)
    if "version" in change.adds:
        row.updated_at = max(row.updated_at, datetime.fromisoformat(change.at))


def as_stored_now(row: Any, name: str) -> Any:
    """A member as the database has it, by which it sorts."""
    stored: dict[str, Any] = getattr(row, "stored", {})
    return stored[name] if name in stored else getattr(row, name)
