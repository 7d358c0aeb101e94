"""What the cache lab changes: its source rows, and the stored sales report."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import F
from django.utils import timezone

from demo_server.shop.models import LabSource
from demo_server.shop.queries.lab import VIEW
from demo_server.shop.services.invalidation import outdate
from demo_server.shop.services.summaries import refresh_category_revenue
from demo_server.shop.services.work import unit_of_work


@unit_of_work
def change_lab_source(name: str, value: int | None = None, *, tells: bool = True) -> LabSource:
    """Set the row behind a route of the lab, or count it up by one.

    With `tells` false nothing outdates what is cached, as when another program writes the table.
    """
    LabSource.objects.get_or_create(name=name)
    LabSource.objects.filter(pk=name).update(
        value=F("value") + 1 if value is None else value,
        version=F("version") + 1,
        changed_at=timezone.now(),
    )
    if tells:
        outdate(name, f"{name}:source")
    return LabSource.objects.get(pk=name)


async def refresh_sales() -> None:
    """Count the stored sales report anew, while others go on reading it."""
    if connection.vendor == "postgresql":
        await sync_to_async(_refresh_view)()
    else:
        await refresh_category_revenue()


def _refresh_view() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {VIEW}")
