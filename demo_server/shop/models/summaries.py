"""Denormalised tables: what reading gains and what writing pays when facts are stored twice."""

from django.db import models
from django.db.models.functions import Now

from demo_server.shop.models.catalogue import Category, Product


class ProductSummary(models.Model):
    """Numbers of one product, kept true by the services in the transaction that changes them."""

    product = models.OneToOneField(
        Product, on_delete=models.CASCADE, primary_key=True, related_name="summary"
    )
    review_count = models.PositiveIntegerField(default=0, db_default=0)
    rating_total = models.PositiveIntegerField(default=0, db_default=0)
    units_sold = models.PositiveIntegerField(default=0, db_default=0)
    revenue = models.DecimalField(max_digits=14, decimal_places=2, default=0, db_default=0)

    class Meta:
        verbose_name_plural = "product summaries"

    def __str__(self) -> str:
        return f"Summary of product {self.product_id}"


class CategoryRevenue(models.Model):
    """Revenue of one category at the last refresh: a materialized view in the form of a table."""

    category = models.OneToOneField(
        Category, on_delete=models.CASCADE, primary_key=True, related_name="revenue_summary"
    )
    orders = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    revenue = models.DecimalField(max_digits=14, decimal_places=2)
    refreshed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "category revenues"

    def __str__(self) -> str:
        return f"Revenue of category {self.category_id}"


class FlatOrder(models.Model):
    """One row an order line with every fact repeated: how a spreadsheet would keep the orders.

    No keys lead anywhere. Renaming a category changes thousands of rows, and a typing error in
    one of them makes a second category: that is the lesson of this table.
    """

    order_number = models.PositiveBigIntegerField()
    placed_at = models.DateTimeField()
    status = models.CharField(max_length=10)
    customer_name = models.CharField(max_length=150)
    customer_email = models.CharField(max_length=254)
    ship_to = models.CharField(max_length=200)
    product_sku = models.CharField(max_length=12)
    product_name = models.CharField(max_length=120)
    category_name = models.CharField(max_length=60)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=9, decimal_places=2)

    class Meta:
        db_table = "orders_flat"
        verbose_name = "flat order line"

    def __str__(self) -> str:
        return f"Order {self.order_number}: {self.quantity} × {self.product_name}"  # noqa: RUF001
