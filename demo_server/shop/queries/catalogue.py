"""Reading products, categories, tags and stock movements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from demo_server.shop.models import Category, Product, StockMovement, Tag
from demo_server.shop.queries.windows import window
from demo_server.shop.write_back.overlay import listed


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products: every given condition must hold.

    `category` is an id and means also what is below it, `tag` is a slug, `q` is sought in name
    and description, prices are inclusive.
    """

    q: str = ""
    category: int | None = None
    tag: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool | None = None
    sort: Sequence[str] = ("id",)


async def products(
    where: ProductFilter, offset: int = 0, limit: int = 20
) -> tuple[list[Product], int]:
    """Products on sale with category, summary and tags loaded (2 or 3 statements)."""
    rows = Product.objects.filter(await _conditions(where), withdrawn_at__isnull=True)
    loaded = rows.select_related("category", "summary").prefetch_related("tags")
    return await window(loaded, where.sort, offset, limit)


async def product_rows(where: ProductFilter) -> QuerySet[Product]:
    """Products on sale with nothing else loaded, unsorted and unread, for who reads in pieces."""
    return Product.objects.filter(await _conditions(where), withdrawn_at__isnull=True).order_by()


async def _conditions(where: ProductFilter) -> Q:
    conditions = Q()
    if where.q:
        conditions &= Q(name__icontains=where.q) | Q(description__icontains=where.q)
    if where.category is not None:
        conditions &= Q(category__in=await _with_descendants(where.category))
    if where.tag is not None:
        conditions &= Q(tags__slug=where.tag)
    if where.min_price is not None:
        conditions &= Q(price__gte=where.min_price)
    if where.max_price is not None:
        conditions &= Q(price__lte=where.max_price)
    if where.in_stock is not None:
        conditions &= Q(stock__gt=0) if where.in_stock else Q(stock=0)
    return conditions


async def _with_descendants(category_id: int) -> list[int]:
    """The category and all below it; the tree is small, so it is read as a whole."""
    children: dict[int | None, list[int]] = {}
    async for key, parent in Category.objects.values_list("id", "parent_id"):
        children.setdefault(parent, []).append(key)
    found = [category_id]
    for each in found:
        found.extend(children.get(each, ()))
    return found


async def product(product_id: int) -> Product | None:
    """One product, also a withdrawn one, with category, summary and tags loaded."""
    rows = Product.objects.select_related("category", "summary").prefetch_related("tags")
    found = await listed(rows.filter(pk=product_id).order_by())
    return found[0] if found else None


async def viewed_product(product_id: int) -> Product | None:
    """One product, also a withdrawn one, with nothing else loaded but `views`, their number."""
    views = Coalesce(F("view_counter__views"), 0)
    rows = Product.objects.filter(pk=product_id).order_by().annotate(views=views)
    found = await listed(rows, "views")
    return found[0] if found else None


async def categories(
    *,
    q: str = "",
    parent: int | None = None,
    sort: Sequence[str] = ("id",),
    offset: int = 0,
    limit: int = 20,
) -> tuple[list[Category], int]:
    """Categories, all or directly below `parent`; `q` is sought in the name."""
    rows = Category.objects.all()
    if q:
        rows = rows.filter(name__icontains=q)
    if parent is not None:
        rows = rows.filter(parent=parent)
    return await window(rows, sort, offset, limit)


async def category(category_id: int) -> Category | None:
    """One category."""
    return await Category.objects.filter(pk=category_id).afirst()


async def category_by_slug(slug: str) -> Category | None:
    """One category with its parent loaded."""
    return await Category.objects.select_related("parent").filter(slug=slug).afirst()


async def category_tree() -> list[tuple[Category, list[Category]]]:
    """Departments with the categories directly below them, by name."""
    rows = [each async for each in Category.objects.order_by("name")]
    return [
        (top, [each for each in rows if each.parent_id == top.pk])
        for top in rows
        if top.parent_id is None
    ]


async def tags(
    *, q: str = "", sort: Sequence[str] = ("id",), offset: int = 0, limit: int = 20
) -> tuple[list[Tag], int]:
    """Tags; `q` is sought in the name."""
    rows: QuerySet[Tag] = Tag.objects.filter(name__icontains=q) if q else Tag.objects.all()
    return await window(rows, sort, offset, limit)


async def tag(tag_id: int) -> Tag | None:
    """One tag."""
    return await Tag.objects.filter(pk=tag_id).afirst()


async def stock_movements(
    product_id: int, offset: int = 0, limit: int = 20
) -> tuple[list[StockMovement], int]:
    """The stock movements of a product, newest first."""
    return await window(StockMovement.objects.filter(product=product_id), ("-id",), offset, limit)
