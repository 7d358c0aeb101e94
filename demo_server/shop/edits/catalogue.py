"""Changing products, categories and tags."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils import timezone

from demo_server.caching.aside import forget, renew
from demo_server.shop.edits.refusal import (
    ConflictError,
    MissingError,
    StaleError,
    UnknownError,
    conflicts,
)
from demo_server.shop.models import Category, Product, ProductSummary, StockMovement, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TAKEN = {
    "sku": "Another product has this SKU.",
    "parent": "The category above has one with this name.",
    "slug": "Another one has this slug.",
    "name": "Another one has this name.",
}


def outdate_products(ids: Iterable[int]) -> None:
    """After the commit: forget these products, and every list they may be in."""
    keys = [f"products:{pk}" for pk in ids]
    transaction.on_commit(lambda: (forget(*keys), renew("products")))


def _outdate(group: str, pk: int) -> None:
    transaction.on_commit(lambda: (forget(f"{group}:{pk}"), renew(group)))


@sync_to_async
@transaction.atomic
def create_product(values: dict[str, Any]) -> int:
    """The id of a new product; its first stock is a movement."""
    tags = _tags(values.get("tags", ()))
    stock = values.get("stock", 0)
    with conflicts(_TAKEN):
        product = Product.objects.create(
            sku=values["sku"],
            name=values["name"],
            description=values.get("description", ""),
            category_id=_category(values["category_id"]),
            price=Decimal(values["price"]),
            stock=stock,
        )
    product.tags.set(tags)
    ProductSummary.objects.create(product=product)
    if stock:
        reason = StockMovement.Reason.RECEIVED
        StockMovement.objects.create(product=product, change=stock, reason=reason)
    outdate_products([product.pk])
    return product.pk


@sync_to_async
@transaction.atomic
def update_product(product_id: int, changes: dict[str, Any], version: int) -> None:
    """Change what is given, if the product is still at this version; else StaleError."""
    changes = dict(changes)
    tags = _tags(changes.pop("tags")) if "tags" in changes else None
    if "category_id" in changes:
        _category(changes["category_id"])
    if "price" in changes:
        changes["price"] = Decimal(changes["price"])
    row = Product.objects.filter(pk=product_id, version=version, withdrawn_at__isnull=True)
    before = row.values_list("stock", flat=True).first()
    now = timezone.now()
    with conflicts(_TAKEN):
        updated = row.update(**changes, version=F("version") + 1, updated_at=now)
    if not updated or before is None:
        raise StaleError("Someone has changed this product in between.")
    if (moved := changes.get("stock", before) - before) != 0:
        reason = StockMovement.Reason.CORRECTED
        StockMovement.objects.create(product_id=product_id, change=moved, reason=reason)
    if tags is not None:
        Product.objects.get(pk=product_id).tags.set(tags)
    outdate_products([product_id])


@sync_to_async
@transaction.atomic
def withdraw_product(product_id: int, version: int) -> None:
    """Sell it no more, if it is still at this version; orders of the past keep it."""
    row = Product.objects.filter(pk=product_id, version=version, withdrawn_at__isnull=True)
    now = timezone.now()
    if not row.update(withdrawn_at=now, updated_at=now, version=F("version") + 1):
        raise StaleError("Someone has changed this product in between.")
    outdate_products([product_id])


@sync_to_async
@transaction.atomic
def set_product_tag(product_id: int, tag_id: int, *, is_on: bool) -> None:
    """Give the product the tag, or take it away; twice is the same as once."""
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise MissingError(f"There is no tag {tag_id}.")
    product = Product.objects.get(pk=product_id)
    if product.tags.filter(pk=tag_id).exists() == is_on:
        return
    product.tags.add(tag) if is_on else product.tags.remove(tag)
    now = timezone.now()
    Product.objects.filter(pk=product_id).update(version=F("version") + 1, updated_at=now)
    outdate_products([product_id])


@sync_to_async
@transaction.atomic
def create_category(values: dict[str, Any]) -> Category:
    """A new category."""
    parent_id = _parent(values.get("parent_id"))
    with conflicts(_TAKEN):
        made = Category.objects.create(
            name=values["name"], slug=values["slug"], parent_id=parent_id
        )
    _outdate("categories", made.pk)
    return made


@sync_to_async
@transaction.atomic
def update_category(category_id: int, changes: dict[str, Any]) -> Category:
    """The category with the changes; a category cannot be moved below itself."""
    category = Category.objects.select_for_update().filter(pk=category_id).first()
    if category is None:
        raise MissingError(f"There is no category {category_id}.")
    if "parent_id" in changes and changes["parent_id"] != category.parent_id:
        category.parent_id = _parent(changes["parent_id"], below=category_id)
    category.name = changes.get("name", category.name)
    category.slug = changes.get("slug", category.slug)
    with conflicts(_TAKEN):
        category.save()
    _outdate("categories", category_id)
    outdate_products(category.products.values_list("pk", flat=True))
    return category


@sync_to_async
@transaction.atomic
def delete_category(category_id: int) -> None:
    """Delete an empty category; ConflictError when something is in it."""
    try:
        Category.objects.filter(pk=category_id).delete()
    except ProtectedError:
        raise ConflictError("There are products or categories in this category.") from None
    _outdate("categories", category_id)


@sync_to_async
@transaction.atomic
def create_tag(values: dict[str, Any]) -> Tag:
    """A new tag."""
    with conflicts(_TAKEN):
        made = Tag.objects.create(name=values["name"], slug=values["slug"])
    _outdate("tags", made.pk)
    return made


@sync_to_async
@transaction.atomic
def update_tag(tag_id: int, changes: dict[str, Any]) -> Tag:
    """The tag with the changes."""
    tag = Tag.objects.select_for_update().filter(pk=tag_id).first()
    if tag is None:
        raise MissingError(f"There is no tag {tag_id}.")
    tag.name = changes.get("name", tag.name)
    tag.slug = changes.get("slug", tag.slug)
    with conflicts(_TAKEN):
        tag.save()
    _outdate("tags", tag_id)
    outdate_products(tag.products.values_list("pk", flat=True))
    return tag


@sync_to_async
@transaction.atomic
def delete_tag(tag_id: int) -> None:
    """Delete a tag; products lose it."""
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        return
    ids = list(tag.products.values_list("pk", flat=True))
    tag.delete()
    _outdate("tags", tag_id)
    outdate_products(ids)


def _category(category_id: int) -> int:
    if not Category.objects.filter(pk=category_id).exists():
        raise UnknownError("category_id", f"There is no category {category_id}.")
    return category_id


def _parent(parent_id: int | None, below: int = 0) -> int | None:
    above = parent_id
    while above is not None:
        if above == below:
            raise ConflictError("A category cannot be below itself.")
        found = Category.objects.filter(pk=above).values_list("parent_id").first()
        if found is None:
            raise UnknownError("parent_id", f"There is no category {above}.")
        above = found[0]
    return parent_id


def _tags(slugs: Sequence[str]) -> list[Tag]:
    found = list(Tag.objects.filter(slug__in=slugs))
    missing = set(slugs) - {tag.slug for tag in found}
    if missing:
        raise UnknownError("tags", f"There is no tag {', '.join(sorted(missing))}.")
    return found
