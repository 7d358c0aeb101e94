"""What the shop sells: a tree of categories, products in them, tags across them."""

from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

SKU_PATTERN = r"^[A-Z]{2,4}-[0-9]{4,6}$"


class Category(models.Model):
    """A node of the category tree; `parent` is null for a department at the top."""

    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        verbose_name_plural = "categories"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"], name="category_name_unique_among_siblings"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="category_is_not_its_own_parent",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="category_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that products share across categories."""

    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="tag_has_a_name")]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something for sale.

    `stock` always equals the sum of the product's stock movements; `version` grows with every
    change and is what an ETag is made of; `withdrawn_at` is set when it is no longer sold.
    """

    sku = models.CharField(
        "SKU", max_length=12, unique=True, validators=[RegexValidator(SKU_PATTERN)]
    )
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="products", db_index=False
    )
    price = models.DecimalField(
        max_digits=9, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    stock = models.PositiveIntegerField(default=0, db_default=0)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    tags = models.ManyToManyField(Tag, related_name="products", blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            # Lists of a category sorted by price, and the foreign key's own look-ups.
            models.Index(fields=["category", "price"], name="product_category_price"),
            # Lists of everything by price, and price ranges.
            models.Index(fields=["price"], name="product_price"),
            # Alphabetical lists; a search inside the word cannot use it.
            models.Index(fields=["name"], name="product_name"),
            # "New in the shop".
            models.Index(fields=["-created_at"], name="product_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(price__gt=0), name="product_price_is_positive"),
            models.CheckConstraint(condition=Q(stock__gte=0), name="product_stock_not_negative"),
            models.CheckConstraint(condition=Q(version__gte=1), name="product_version_counts"),
            models.CheckConstraint(condition=~Q(name=""), name="product_has_a_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.sku})"

    def get_absolute_url(self) -> str:
        """The product's page in the store."""
        return reverse("product", args=[self.pk])
