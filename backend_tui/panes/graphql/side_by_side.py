"""The same screen of data by REST and by GraphQL: trips, bytes, statements, fields, measured."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import ChunkArrived, HeadArrived, Headers, HttpRequest, Timeouts
from backend_tui.core.http import HttpClient
from backend_tui.core.text import clean_line
from backend_tui.core.trace import Trace, new_context
from backend_tui.panes.graphql.answer import judged
from backend_tui.panes.graphql.preparation import ACCEPT
from backend_tui.stack.shop import Shop

_AT_ONCE: Final = 6
_MOST_TRIPS: Final = 100
_PLACE: Final = re.compile(r"\{(\d+)\.([\w.\[\]]+)\}")


@dataclass(frozen=True, slots=True)
class Screen:
    """What a client wants to show: the GraphQL document, and the REST calls that give the same.

    `paths` are paths of the shop, fetched in order; `{1.items.[].id}` in a path stands for values
    of an earlier answer (1 is the first) and makes one trip for each of them. `needs` pairs each
    field on the screen as GraphQL and as REST call it: `products.nodes.name`, `1:items.name`.
    """

    name: str
    title: str
    document: str
    variables: str
    paths: tuple[str, ...]
    needs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """What one way cost, exact counts first; `fields_sent` counts leaf values in the answers.

    `over_fetched` names the fields nobody shows, `under_fetched` those that are missing.
    """

    name: str
    trips: int
    bytes: int
    statements: int
    duplicates: int
    rows: int
    cache_hits: int
    fields_sent: int
    over_fetched: tuple[str, ...]
    under_fetched: tuple[str, ...]
    duration_us: int
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides of one screen."""

    screen: Screen
    rest: Side
    graphql: Side


@dataclass(frozen=True, slots=True)
class _Trip:
    """One answer: which of the screen's calls it belongs to, its value and its journey."""

    call: int
    value: Any
    size: int
    trace_id: str


async def compared(http: HttpClient, shop: Shop, screen: Screen, headers: Headers) -> Comparison:
    """The screen fetched both ways, one after the other; `BackendError` when one does not work."""
    base = (await shop.endpoint()).url
    graphql = await _by_graphql(http, shop, screen, f"{base}/graphql", headers)
    rest = await _by_rest(http, shop, screen, base, headers)
    return Comparison(screen, rest, graphql)


async def _by_graphql(
    http: HttpClient, shop: Shop, screen: Screen, url: str, headers: Headers
) -> Side:
    members: dict[str, Any] = {"query": screen.document}
    if screen.variables:
        members["variables"] = json.loads(screen.variables)
    asked = (*headers, ("Accept", ACCEPT), ("Content-Type", "application/json"))
    began = time.perf_counter()
    trip = await _fetched(http, HttpRequest("POST", url, asked, json.dumps(members).encode()), 0)
    duration_us = round((time.perf_counter() - began) * 1_000_000)
    answer = judged(200, "application/json", trip.value)
    if answer.verdict != "ok":
        said = answer.problems[0].message if answer.problems else answer.words
        raise BackendError(f"The screen “{screen.title}” could not be fetched by GraphQL.", said)
    needed = frozenset(need for need, _ in screen.needs)
    leaves = Counter(leaf_paths(trip.value.get("data")))
    return await _side("GraphQL", shop, (trip,), leaves, needed, duration_us)


async def _by_rest(
    http: HttpClient, shop: Shop, screen: Screen, base: str, headers: Headers
) -> Side:
    trips: list[_Trip] = []
    gate = asyncio.Semaphore(_AT_ONCE)

    async def fetch(path: str, call: int) -> _Trip:
        async with gate:
            asked = (*headers, ("Accept", "application/json"))
            return await _fetched(http, HttpRequest("GET", base + path, asked), call)

    began = time.perf_counter()
    for call, path in enumerate(screen.paths, 1):
        paths = _filled_in(path, trips)
        trips += await asyncio.gather(*(fetch(each, call) for each in paths))
    duration_us = round((time.perf_counter() - began) * 1_000_000)
    needed = frozenset(need for _, need in screen.needs)
    leaves = Counter(f"{trip.call}:{leaf}" for trip in trips for leaf in leaf_paths(trip.value))
    return await _side("REST", shop, tuple(trips), leaves, needed, duration_us)


async def _side(
    name: str,
    shop: Shop,
    trips: tuple[_Trip, ...],
    leaves: Counter[str],
    needed: frozenset[str],
    duration_us: int,
) -> Side:
    traces = await asyncio.gather(*(shop.journey(trip.trace_id) for trip in trips))
    counters = [trace.counters for trace in traces]
    return Side(
        name,
        len(trips),
        sum(trip.size for trip in trips),
        sum(each.sql for each in counters),
        sum(each.duplicates for each in counters),
        sum(each.rows for each in counters),
        sum(each.cache_hits for each in counters),
        leaves.total(),
        tuple(clean_line(leaf) for leaf in leaves if leaf not in needed),
        tuple(sorted(needed - leaves.keys())),
        duration_us,
        tuple(traces),
    )


async def _fetched(http: HttpClient, request: HttpRequest, call: int) -> _Trip:
    context = new_context()
    headers = (*request.headers, ("traceparent", context.traceparent))
    status, body = 0, bytearray()
    exchange = http.exchange(
        HttpRequest(request.method, request.url, headers, request.body), Timeouts(total=30)
    )
    async with aclosing(exchange) as events:
        async for event in events:
            if isinstance(event, HeadArrived):
                status = event.status
            elif isinstance(event, ChunkArrived):
                body += event.data
    if not 200 <= status < 300:
        raise BackendError(
            f"The shop answered {status}.",
            f"{request.method} {clean_line(request.url)} was asked for.",
            "Sign in under Auth if the screen needs it.",
        )
    try:
        value = json.loads(bytes(body))
    except (ValueError, RecursionError) as wrong:
        raise BackendError("The shop answered something that is no JSON.") from wrong
    return _Trip(call, value, len(body), context.trace_id)


def _filled_in(path: str, trips: list[_Trip]) -> list[str]:
    """The path once for each value of its place holder, at most 100; once without one."""
    found = _PLACE.search(path)
    if found is None:
        return [path]
    call, steps = int(found[1]), found[2].split(".")
    values = [value for trip in trips if trip.call == call for value in _values(trip.value, steps)]
    return [path.replace(found[0], str(value)) for value in values[:_MOST_TRIPS]]


def _values(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        if isinstance(value, str | int):
            yield value
    elif steps[0] == "[]" and isinstance(value, list):
        for each in value:
            yield from _values(each, steps[1:])
    elif isinstance(value, dict) and steps[0] in value:
        yield from _values(value[steps[0]], steps[1:])
    elif isinstance(value, list) and steps[0].isdigit() and int(steps[0]) < len(value):
        yield from _values(value[int(steps[0])], steps[1:])


def leaf_paths(value: Any) -> Iterator[str]:
    """The dotted names of all leaf values, without the places in lists: one for each value."""
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, dict):
            waiting += [(f"{path}.{name}" if path else name, v) for name, v in each.items()]
        elif isinstance(each, list):
            waiting += [(path, item) for item in each]
        else:
            yield path


SCREENS: Final = (
    Screen(
        "list",
        "Ten products with the newest review",
        """query Shelf {
  products(first: 10) {
    nodes {
      name
      price
      category { name }
      reviews(first: 1) { nodes { title rating } }
    }
  }
}
""",
        "",
        ("/api/products?page_size=10", "/api/products/{1.items.[].id}/reviews?page_size=1"),
        (
            ("products.nodes.name", "1:items.name"),
            ("products.nodes.price", "1:items.price"),
            ("products.nodes.category.name", "1:items.category.name"),
            ("products.nodes.reviews.nodes.title", "2:items.title"),
            ("products.nodes.reviews.nodes.rating", "2:items.rating"),
        ),
    ),
    Screen(
        "page",
        "One product, its reviews and its neighbours",
        """query ProductPage {
  product(id: 7) {
    name
    price
    description
    reviews(first: 3) { nodes { author title rating } }
    category { name products(first: 4) { nodes { name price } } }
  }
}
""",
        "",
        (
            "/api/products/7",
            "/api/products/7/reviews?page_size=3",
            "/api/categories/{1.category.id}/products?page_size=4",
        ),
        (
            ("product.name", "1:name"),
            ("product.price", "1:price"),
            ("product.description", "1:description"),
            ("product.category.name", "1:category.name"),
            ("product.reviews.nodes.author", "2:items.author"),
            ("product.reviews.nodes.title", "2:items.title"),
            ("product.reviews.nodes.rating", "2:items.rating"),
            ("product.category.products.nodes.name", "3:items.name"),
            ("product.category.products.nodes.price", "3:items.price"),
        ),
    ),
    Screen(
        "prices",
        "A price list of fifty",
        """query Prices {
  products(first: 50) { nodes { name price } }
}
""",
        "",
        ("/api/products?page_size=50",),
        (
            ("products.nodes.name", "1:items.name"),
            ("products.nodes.price", "1:items.price"),
        ),
    ),
)
