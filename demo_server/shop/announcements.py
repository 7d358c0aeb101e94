"""What the shop tells whoever listens, whoever made the change: after the commit, never before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

logger = logging.getLogger("demo_server.announcements")


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A user has bought something."""

    order_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class OrderMoved:
    """An order was shipped, delivered or cancelled."""

    order_id: int
    user_id: int
    status: str


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """A product costs more or less than before."""

    product_id: int
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class StockFell:
    """There are fewer of a product than before."""

    product_id: int
    before: int
    after: int


Announcement = OrderPlaced | OrderMoved | PriceChanged | StockFell
Listener = Callable[[Announcement], None]

_listeners: Final[list[Listener]] = []


def listen(listener: Listener) -> Callable[[], None]:
    """Call `listener` from now on, in the thread that made the change; gives the way to stop."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def announce(announcement: Announcement) -> None:
    """Tell everyone when, and only if, the current transaction is committed."""
    transaction.on_commit(lambda: _tell(announcement), robust=True)


def _tell(announcement: Announcement) -> None:
    for listener in tuple(_listeners):
        listener(announcement)
