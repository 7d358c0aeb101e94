"""What the write-back cache keeps in the database: how far its log is applied, and what failed.

All of it is written in the transaction that applies the log, so it is exactly as true as the data.
"""

from django.db import models
from django.db.models.functions import Now

from demo_server.shop.models.catalogue import Product


class WriteBackMark(models.Model):
    """The one row (id 1) of the log that this database takes its deferred writes from.

    `last_id` is the newest stream id that is applied; entries up to it are never applied again.
    `is_on` is set before the first write is deferred and unset when nothing is pending any more,
    so that a server that starts knows whether the newest values lie in the cache; `routes` are the
    names, with spaces between, of those that defer.
    """

    log = models.CharField(max_length=32)
    is_on = models.BooleanField(default=False)
    routes = models.CharField(max_length=200, default="", blank=True)
    last_id = models.CharField(max_length=41, default="0-0")
    flushes = models.PositiveBigIntegerField(default=0)
    applied = models.PositiveBigIntegerField(default=0)
    merged = models.PositiveBigIntegerField(default=0)
    replays_skipped = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "write-back mark"

    def __str__(self) -> str:
        return f"Log {self.log} applied up to {self.last_id}"


class WriteBackDeadLetter(models.Model):
    """A deferred write that the database refused, and why; the ones after it went on."""

    log_id = models.CharField(max_length=41)
    key = models.CharField(max_length=120)
    operation = models.CharField(max_length=64)
    change = models.TextField()
    reason = models.TextField()
    failed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = "write-back dead letter"

    def __str__(self) -> str:
        return f"{self.key} {self.log_id}: {self.reason}"


class ProductViews(models.Model):
    """How often a product was looked at: a counter that is written far more often than read."""

    product = models.OneToOneField(
        Product, on_delete=models.CASCADE, primary_key=True, related_name="view_counter"
    )
    views = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name_plural = "product views"

    def __str__(self) -> str:
        return f"{self.views} views of product {self.product_id}"
