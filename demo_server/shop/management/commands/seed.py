"""`seed --orders N`: many more orders, for lessons about indexes, joins and paging."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from demo_server.shop import models, seed


class Command(BaseCommand):
    """Adds orders with their lines and stock movements, and renews the summaries."""

    help = "Fill an empty shop, or add orders to a filled one."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--orders`."""
        parser.add_argument("--orders", type=int, default=0, help="how many orders to add")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how long it took."""
        del args
        began = perf_counter()
        if seed.is_empty():
            seed.fill()
        if options["orders"] > 0:
            seed.add_orders(options["orders"])
        self.stderr.write(
            f"The shop has {models.Order.objects.count():,} orders "
            f"({perf_counter() - began:.1f} s)."
        )
