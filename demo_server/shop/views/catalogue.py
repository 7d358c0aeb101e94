"""Pages that anyone may read: the front page, a category, a product."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from asgiref.sync import async_to_sync, sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject

from demo_server.caching.feed import told
from demo_server.caching.strategies import numbers
from demo_server.shop import queries
from demo_server.shop.models import Product
from demo_server.shop.queries import ProductFilter, ReviewFilter

PAGE_SIZE: Final = 24
SORTS: Final = {
    "newest": ("Newest first", ("-created_at",)),
    "price": ("Lowest price first", ("price",)),
    "-price": ("Highest price first", ("-price",)),
    "name": ("By name", ("name",)),
}


async def page(
    request: HttpRequest, template: str, values: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The template as an answer: kept by the browser, but asked for again each time.

    What is shown depends on who is signed in, so no shared cache may keep it. The shelves are the
    same for everyone: the server keeps them as a fragment until a category changes, and asks the
    database for them only to make it.
    """
    shelves_key = f"v{await numbers.current('categories')}"
    tree = SimpleLazyObject(async_to_sync(queries.category_tree))
    values = {"tree": tree, "shelves_key": shelves_key, **values}
    with told(strategy="fragment", route="shelves"):
        response = await sync_to_async(render)(request, template, values, status=status)
    patch_cache_control(response, private=True, no_cache=True)
    return response


async def home(request: HttpRequest) -> HttpResponse:
    """All products, searched and sorted."""
    return await _listing(request, "The whole shop", ProductFilter(), {})


async def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The products of a category and of those below it."""
    found = await queries.category_by_slug(slug)
    if found is None:
        raise Http404
    where = ProductFilter(category=found.pk)
    return await _listing(request, found.name, where, {"category": found})


async def _listing(
    request: HttpRequest, title: str, where: ProductFilter, values: dict[str, Any]
) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    sort = request.GET.get("sort", "newest")
    sort = sort if sort in SORTS else "newest"
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    wanted = ProductFilter(q=words, category=where.category, sort=SORTS[sort][1])
    found, total = await queries.products(wanted, (number - 1) * PAGE_SIZE, PAGE_SIZE)
    if not found and number > 1:
        raise Http404
    kept = {"q": words} if words else {}
    kept |= {"sort": sort} if sort != "newest" else {}
    return await page(
        request,
        "shop/products.html",
        {
            **values,
            "title": title,
            "products": found,
            "total": total,
            "words": words,
            "sort": sort,
            "sorts": [(key, label) for key, (label, _) in SORTS.items()],
            "number": number,
            "pages": -(-total // PAGE_SIZE) or 1,
            "before": "?" + urlencode({**kept, "page": number - 1}),
            "after": "?" + urlencode({**kept, "page": number + 1}),
        },
    )


async def product(request: HttpRequest, product_id: int) -> HttpResponse:
    """One product with its reviews; a withdrawn one says so, with status 410."""
    found = await queries.product(product_id) if product_id < 2**63 else None
    if found is None:
        raise Http404
    return await product_page(request, found)


async def product_page(
    request: HttpRequest, found: Product, problem: str = "", status: int = 200
) -> HttpResponse:
    """The product's page, with what went wrong when something was sent from it."""
    is_withdrawn = found.withdrawn_at is not None
    reviews, review_count = await queries.reviews(ReviewFilter(product=found.pk), 0, 10)
    return await page(
        request,
        "shop/product.html",
        {
            "product": found,
            "reviews": reviews,
            "review_count": review_count,
            "problem": problem,
            "stars": range(5, 0, -1),
        },
        status=410 if is_withdrawn else status,
    )
