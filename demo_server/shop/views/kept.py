"""A page that the server keeps finished, by Django's `cache_page`: safe, as it varies by cookie."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

from asgiref.sync import async_to_sync
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from demo_server.caching import counters
from demo_server.caching.feed import announce, told
from demo_server.caching.statements import StatementCount
from demo_server.shop import queries

ROUTE: Final = "bestsellers"
TTL_S: Final = 60
SHOWN: Final = 12


@require_safe
def bestsellers(request: HttpRequest) -> HttpResponse:
    """What sells best. Each visitor gets a page of their own: it has their name on it.

    Not async: `cache_page` keeps what ordinary views give.
    """
    counted = counters.of(ROUTE)
    loads = counted.loads
    with told(strategy="view", route=ROUTE):
        response: HttpResponse = _kept(request)
    is_hit = counted.loads == loads
    counted.requests += 1
    counted.hits += is_hit
    counted.misses += not is_hit
    return response


def _made(request: HttpRequest) -> HttpResponse:
    counted, started = counters.of(ROUTE), perf_counter_ns()
    with StatementCount() as count:
        values = {
            "title": "Bestsellers",
            "best": async_to_sync(queries.best_sellers)(SHOWN),
            "tree": async_to_sync(queries.category_tree)(),
            # What is said once must not lie in a page that is shown again.
            "messages": (),
        }
        response = render(request, "shop/bestsellers.html", values)
    load_ns = perf_counter_ns() - started
    counted.loads += 1
    counted.load_us += load_ns / 1000
    counted.statements += count.statements
    place = caches["default"].make_key(f"page:{request.path}")
    announce("load", place, "loaded", started, load_ns=load_ns)
    return response


_kept = cache_page(TTL_S, key_prefix="page")(vary_on_cookie(_made))
