"""What was bought: orders and their lines."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from demo_server.shop.models.catalogue import Product
from demo_server.shop.models.customers import Address, Customer


class Order(models.Model):
    """One purchase; its lines keep the price that was paid."""

    class Status(models.TextChoices):
        """The life of an order; only a placed one can be cancelled."""

        PLACED = "placed", "placed"
        SHIPPED = "shipped", "shipped"
        DELIVERED = "delivered", "delivered"
        CANCELLED = "cancelled", "cancelled"

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    address = models.ForeignKey(
        Address, on_delete=models.PROTECT, related_name="orders", null=True, blank=True
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.PLACED, db_default=Status.PLACED
    )
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        ordering = ["-placed_at", "-id"]
        indexes = [
            # "My orders", newest first; serves the foreign key too.
            models.Index(fields=["customer", "-placed_at"], name="order_customer_newest"),
            # The latest orders of everyone, and reports over a period.
            models.Index(fields=["-placed_at"], name="order_newest"),
            # The few orders still to be shipped, among many that are done.
            models.Index(
                fields=["placed_at"], condition=Q(status="placed"), name="order_to_be_shipped"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["placed", "shipped", "delivered", "cancelled"]),
                name="order_status_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk}"


class OrderLine(models.Model):
    """So many of one product at one price, inside one order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="order_lines")
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=9, decimal_places=2)

    class Meta:
        ordering = ["id"]
        constraints = [
            # Its index begins with `order`: no other index on the foreign key is needed.
            models.UniqueConstraint(fields=["order", "product"], name="order_line_one_a_product"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_has_quantity"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="order_line_has_price"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × product {self.product_id}"  # noqa: RUF001
