"""What the cache lab reads: its source rows, and a report as it is stored and as it is true."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Any, Final, NamedTuple

from asgiref.sync import sync_to_async
from django.db import connection

from demo_server.shop.models import LabSource

_TRUTH: Final = """
    SELECT SUM(line.quantity), SUM(line.quantity * line.unit_price)
    FROM shop_orderline AS line JOIN shop_order AS placed ON placed.id = line.order_id
    WHERE placed.status <> 'cancelled'
"""
_STORED: Final = "SELECT SUM(units), SUM(revenue), COUNT(*), MAX(refreshed_at) FROM {table}"
VIEW: Final = "shop_sales_report"
TABLE: Final = "shop_categoryrevenue"


class Sales(NamedTuple):
    """Units and revenue of all orders that were not cancelled."""

    units: int
    revenue: Decimal


class StoredSales(NamedTuple):
    """The same as it was at the last refresh (None: never); `rows` hold it."""

    total: Sales
    rows: int
    refreshed_at: datetime | None


async def lab_source(name: str) -> LabSource:
    """The row behind a route of the lab; it is made when first asked for."""
    row, _ = await LabSource.objects.aget_or_create(name=name)
    return row


@sync_to_async
def labour(seconds: float) -> int:
    """Keep the database at work for so long, with one heavy statement again and again; how often.

    Truly heavy: it counts every order line anew. It runs once at least.
    """
    until, times = monotonic() + seconds, 0
    with connection.cursor() as cursor:
        while not times or monotonic() < until:
            cursor.execute(_TRUTH)
            cursor.fetchall()
            times += 1
    return times


@sync_to_async
def true_sales() -> Sales:
    """Counted now, from every order line."""
    with connection.cursor() as cursor:
        cursor.execute(_TRUTH)
        return _sales(cursor.fetchone())


@sync_to_async
def stored_sales() -> StoredSales:
    """Read from where the last refresh has put it."""
    with connection.cursor() as cursor:
        cursor.execute(_STORED.format(table=stored_in()))
        units, revenue, rows, refreshed_at = cursor.fetchone()
    if isinstance(refreshed_at, str):
        refreshed_at = datetime.fromisoformat(refreshed_at)
    return StoredSales(_sales((units, revenue)), rows, refreshed_at)


def stored_in() -> str:
    """The materialized view on PostgreSQL, elsewhere the summary table that stands for one."""
    return VIEW if connection.vendor == "postgresql" else TABLE


def _sales(row: tuple[Any, Any]) -> Sales:
    units, revenue = row
    return Sales(int(units or 0), Decimal(str(revenue or 0)).quantize(Decimal("0.01")))
