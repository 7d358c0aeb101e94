"""What customers say of products."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from demo_server.shop.models.catalogue import Product
from demo_server.shop.models.customers import Customer


class Review(models.Model):
    """One to five stars and some words; one customer reviews a product once."""

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="reviews", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="reviews")
    rating = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    title = models.CharField(max_length=100)
    text = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            # Its index begins with `product`: no other index on the foreign key is needed.
            models.UniqueConstraint(
                fields=["product", "customer"], name="review_one_a_customer_and_product"
            ),
            models.CheckConstraint(
                condition=Q(rating__gte=1, rating__lte=5), name="review_rating_one_to_five"
            ),
        ]

    def __str__(self) -> str:
        return f"{'★' * self.rating} {self.title}"
