"""Every change of a product's stock, so that the number on the shelf can be explained."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from demo_server.shop.models.catalogue import Product
from demo_server.shop.models.orders import Order


class StockMovement(models.Model):
    """So many came in (positive) or went out (negative), and why."""

    class Reason(models.TextChoices):
        """Why the stock changed; `sold` and `cancelled` belong to an order."""

        RECEIVED = "received", "received"
        SOLD = "sold", "sold"
        CANCELLED = "cancelled", "cancelled"
        CORRECTED = "corrected", "corrected"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="movements")
    change = models.IntegerField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="movements", null=True, blank=True
    )
    moved_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(change=0), name="stock_movement_moves"),
            models.CheckConstraint(
                condition=Q(reason__in=["received", "sold", "cancelled", "corrected"]),
                name="stock_movement_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(reason__in=["received", "corrected"]),
                name="stock_movement_of_sale_names_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change:+d} {self.reason}"
