"""Changing products: their data, their stock, their tags, and withdrawing them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.db.models import F
from django.utils import timezone

from demo_server.shop.announcements import PriceChanged, StockFell, announce
from demo_server.shop.models import (
    Category,
    Product,
    ProductSummary,
    ProductViews,
    StockMovement,
    Tag,
)
from demo_server.shop.services.invalidation import changed
from demo_server.shop.services.refusals import Conflict, Gone, Invalid, NotFound, Stale
from demo_server.shop.services.work import settled, unit_of_work

PLAIN: Final = ("sku", "name", "description", "category_id", "price")


def locked_product(product_id: int, version: int | None = None) -> Product:
    """The product for a change; NotFound, Gone, or Stale when it has another version."""
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound("product", product_id)
    if product.withdrawn_at is not None:
        raise Gone(product_id, product.withdrawn_at)
    if version is not None and product.version != version:
        raise Stale(product.version)
    return product


def announce_changes(product: Product, price: Decimal, stock: int) -> None:
    """Announce what is not as it was: the price, and a stock that fell."""
    if product.price != price:
        announce(PriceChanged(product.pk, price, product.price))
    if product.stock < stock:
        announce(StockFell(product.pk, stock, product.stock))


def move_stock(product_id: int, change: int, reason: str, order_id: int | None = None) -> None:
    """Change a stock and note why; the stock may not fall below zero."""
    Product.objects.filter(pk=product_id).update(
        stock=F("stock") + change, version=F("version") + 1, updated_at=timezone.now()
    )
    StockMovement.objects.create(
        product_id=product_id, change=change, reason=reason, order_id=order_id
    )


@unit_of_work
def create_product(values: Mapping[str, Any]) -> Product:
    """A new product: `sku name category_id price`, and `stock description tags` (slugs) if given.

    Conflict when the SKU is taken, Invalid when category or a tag does not exist.
    """
    check_product(values, None)
    product = Product.objects.create(
        **{name: values[name] for name in PLAIN if name in values}, stock=0
    )
    ProductSummary.objects.create(product=product)
    if stock := values.get("stock", 0):
        StockMovement.objects.create(product=product, change=stock, reason="received")
        Product.objects.filter(pk=product.pk).update(stock=stock)
    product.tags.set(_tags(values.get("tags", ())))
    changed("products", product.pk)
    product.refresh_from_db()
    return product


@settled
@unit_of_work
def update_product(
    product_id: int, changes: Mapping[str, Any], version: int | None = None
) -> Product:
    """Change the named members; a new stock is noted as a correction.

    Stale when `version` is given and not the current one.
    """
    product = locked_product(product_id, version)
    check_product(changes, product)
    before = product.price, product.stock
    for name in PLAIN:
        if name in changes:
            setattr(product, name, changes[name])
    correction = changes.get("stock", product.stock) - product.stock
    if correction:
        product.stock += correction
        StockMovement.objects.create(product=product, change=correction, reason="corrected")
    if "tags" in changes:
        product.tags.set(_tags(changes["tags"]))
    product.version += 1
    product.updated_at = timezone.now()
    product.save()
    changed("products", product_id)
    product.refresh_from_db()
    announce_changes(product, *before)
    return product


@unit_of_work
def set_stock(product_id: int, stock: int) -> Product:
    """Say how many there are, after counting them."""
    product = locked_product(product_id)
    if stock < 0:
        raise Invalid("stock", "A stock cannot be negative.")
    if stock != product.stock:
        before = product.stock
        move_stock(product_id, stock - before, "corrected")
        changed("products", product_id)
        product.refresh_from_db()
        announce_changes(product, product.price, before)
    return product


@settled
@unit_of_work
def withdraw_product(product_id: int, version: int | None = None) -> None:
    """Stop selling a product: it answers 410 from now on, past orders keep it."""
    product = locked_product(product_id, version)
    now = timezone.now()
    Product.objects.filter(pk=product.pk).update(
        withdrawn_at=now, updated_at=now, version=F("version") + 1
    )
    changed("products", product_id)
    changed("reviews")


@unit_of_work
def view_product(product_id: int) -> None:
    """Somebody has looked at a product."""
    viewed = ProductViews.objects.filter(pk=product_id)
    if not viewed.update(views=F("views") + 1):
        ProductViews.objects.get_or_create(product_id=product_id)
        viewed.update(views=F("views") + 1)
    changed("views", product_id)


@unit_of_work
def tag_product(product_id: int, tag_id: int) -> None:
    """Put a tag on a product; once is enough."""
    _change_tag(product_id, tag_id, is_added=True)


@unit_of_work
def untag_product(product_id: int, tag_id: int) -> None:
    """Take a tag off a product, if it has it."""
    _change_tag(product_id, tag_id, is_added=False)


def _change_tag(product_id: int, tag_id: int, *, is_added: bool) -> None:
    product = locked_product(product_id)
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise NotFound("tag", tag_id)
    if product.tags.filter(pk=tag_id).exists() == is_added:
        return
    if is_added:
        product.tags.add(tag)
    else:
        product.tags.remove(tag)
    Product.objects.filter(pk=product_id).update(
        version=F("version") + 1, updated_at=timezone.now()
    )
    changed("products", product_id)


def check_product(values: Mapping[str, Any], product: Product | None) -> None:
    """Refuse values that a product must not have; `product` is the one that is changed."""
    if "price" in values and Decimal(values["price"]) <= 0:
        raise Invalid("price", "A price must be above zero.")
    if values.get("stock", 0) < 0:
        raise Invalid("stock", "A stock cannot be negative.")
    if "name" in values and not values["name"]:
        raise Invalid("name", "A product needs a name.")
    if "category_id" in values and not Category.objects.filter(pk=values["category_id"]).exists():
        raise Invalid("category_id", f"There is no category {values['category_id']}.")
    if "sku" in values:
        others = Product.objects.filter(sku=values["sku"])
        if product is not None:
            others = others.exclude(pk=product.pk)
        if others.exists():
            raise Conflict(f"There is a product with SKU {values['sku']} already.")


def _tags(slugs: Iterable[str]) -> list[Tag]:
    wanted = list(dict.fromkeys(slugs))
    known = {tag.slug: tag for tag in Tag.objects.filter(slug__in=wanted)}
    for place, slug in enumerate(wanted):
        if slug not in known:
            raise Invalid(f"tags/{place}", f"There is no tag {slug}.")
    return [known[slug] for slug in wanted]
