"""What a signed-in customer does: buy, review, look at orders, cancel them, sign in and out."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from demo_server.shop import queries, services
from demo_server.shop.queries import OrderFilter
from demo_server.shop.services import Item, Refusal
from demo_server.shop.views.catalogue import page, product_page


class _NeverCached:
    @method_decorator(never_cache)
    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        """As the view does, kept by no cache."""
        return super().dispatch(*args, **kwargs)  # type: ignore[misc]


class Login(_NeverCached, LoginView):
    """The form to sign in with."""

    template_name = "shop/login.html"
    redirect_authenticated_user = True


class Logout(_NeverCached, LogoutView):
    """Ends the session; by POST alone."""


async def _user_id(request: HttpRequest) -> int | None:
    user = await request.auser()
    return user.pk if user.is_authenticated else None


@require_safe
async def orders(request: HttpRequest) -> HttpResponse:
    """My orders, newest first."""
    user_id = await _user_id(request)
    if user_id is None:
        return redirect_to_login(request.get_full_path())
    found, total = await queries.orders(OrderFilter(user=user_id), 0, 50)
    return await page(request, "shop/orders.html", {"orders": found, "total": total})


@require_POST
async def buy(request: HttpRequest, product_id: int) -> HttpResponse:
    """Order some of one product to the default address."""
    user_id = await _user_id(request)
    if user_id is None:
        return redirect_to_login(f"/product/{product_id}/")
    product = await _product_or_404(product_id)
    quantity = request.POST.get("quantity", "")
    pieces = int(quantity) if quantity.isascii() and quantity.isdigit() else 0
    try:
        order = await services.place_order(user_id, [Item(product_id, min(pieces, 10_000))])
    except Refusal as refusal:
        return await product_page(request, product, refusal.detail, 409)
    await _say(request, f"Order {order.pk} is placed. Thank you.")
    return redirect("orders")


@require_POST
async def review(request: HttpRequest, product_id: int) -> HttpResponse:
    """Say something about a product."""
    user_id = await _user_id(request)
    if user_id is None:
        return redirect_to_login(f"/product/{product_id}/")
    product = await _product_or_404(product_id)
    title = request.POST.get("title", "").replace("\0", "").strip()[:100]
    text = request.POST.get("text", "").replace("\0", "").strip()[:2000]
    rating = request.POST.get("rating", "")
    if not title or rating not in {"1", "2", "3", "4", "5"}:
        return await product_page(request, product, "A review needs stars and a title.", 422)
    try:
        await services.add_review(user_id, product_id, int(rating), title, text)
    except Refusal as refusal:
        return await product_page(request, product, refusal.detail, 409)
    await _say(request, "Your review is published. Thank you.")
    return redirect("product", product_id)


@require_POST
async def cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    """Cancel one of my orders that has not left."""
    user_id = await _user_id(request)
    if user_id is None:
        return redirect_to_login("/orders/")
    order = await queries.order(order_id) if order_id < 2**63 else None
    if order is None:
        raise Http404
    if order.customer.user.pk != user_id:
        raise PermissionDenied
    try:
        await services.cancel_order(order_id)
    except Refusal as refusal:
        await _say(request, refusal.detail)
    else:
        await _say(request, f"Order {order_id} is cancelled.")
    return redirect("orders")


async def _product_or_404(product_id: int) -> Any:
    product = await queries.product(product_id) if product_id < 2**63 else None
    if product is None:
        raise Http404
    return product


async def _say(request: HttpRequest, words: str) -> None:
    await sync_to_async(messages.success)(request, words)
