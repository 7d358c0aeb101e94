"""Journeys for tests: a full one, one with N+1, one that failed, a hostile one."""

from __future__ import annotations

from dataclasses import replace

from backend_tui.core.counting import count
from backend_tui.core.trace import AttributeValue, Span, Trace

STARTED = "2026-11-22T10:00:00.123456Z"
HOSTILE = "\x1b]52;c;ZXZpbA==\x07[bold]\u202e\x9b2J\ud800[/]\n\t"


def span(
    number: int,
    parent: int | None,
    name: str,
    kind: str,
    start_us: int,
    duration_us: int,
    is_error: bool = False,
    **attributes: AttributeValue,
) -> Span:
    """A span with a numbered id; `__` in attribute names stands for a dot."""
    given = {key.replace("__", "."): value for key, value in attributes.items()}
    above = None if parent is None else f"{parent:016x}"
    return Span(f"{number:016x}", above, name, kind, start_us, duration_us, is_error, given)


def full(trace_id: str = "ab" * 16) -> Trace:
    """A list of products, from its middleware to its SQL: one miss, two statements, 21 rows."""
    spans = (
        span(1, None, "GET /api/products", "server", 0, 1834),
        span(2, 1, "SecurityMiddleware", "middleware", 130, 1640, in_us=8, out_us=11),
        span(3, 2, "products.list_products", "view", 280, 1420),
        span(
            4,
            3,
            "get products:page=2",
            "cache",
            300,
            153,
            cache__key="products:page=2",
            cache__hit=False,
            cache__strategy="aside",
            cache__ttl_s=60,
        ),
        span(
            5,
            3,
            "SELECT shop_product COUNT",
            "db",
            470,
            180,
            db__query__text='SELECT COUNT(*) FROM "shop_product" WHERE "is_active" = ?',
            db__query__parameters="[1]",
            db__response__returned_rows=1,
            db__fetch_us=8,
        ),
        span(
            6,
            3,
            "SELECT shop_product",
            "db",
            670,
            412,
            db__query__text='SELECT "id", "name" FROM "shop_product" ORDER BY "name" LIMIT 20',
            db__response__returned_rows=20,
        ),
        span(7, 3, "products to JSON", "serialize", 1240, 300),
        span(8, 1, "send", "send", 1780, 50),
    )
    return Trace(
        trace_id,
        "GET",
        "/api/products",
        200,
        STARTED,
        1834,
        spans,
        count(spans, 0, 5210),
        "page=2",
        "/api/products",
        "demo",
        17,
    )


def repeating(times: int = 12, trace_id: str = "cd" * 16) -> Trace:
    """A list of orders that asks for each customer by itself: N+1."""
    each = (
        span(
            10 + i,
            2,
            "SELECT shop_customer",
            "db",
            200 + i * 130,
            90,
            db__query__text="SELECT * FROM shop_customer WHERE id = ?",
            db__response__returned_rows=1,
        )
        for i in range(times)
    )
    end = 400 + times * 130
    spans = (
        span(1, None, "GET /api/orders", "server", 0, end),
        span(2, 1, "orders.list_orders", "view", 50, end - 60),
        *each,
    )
    return replace(
        full(trace_id),
        path="/api/orders",
        query="",
        duration_us=end,
        spans=spans,
        counters=count(spans, 0, 900),
    )


def failing(trace_id: str = "ef" * 16) -> Trace:
    """A change that a constraint of the database refused."""
    spans = (
        span(1, None, "PATCH /api/products/7", "server", 0, 900, is_error=True),
        span(
            2,
            1,
            "UPDATE shop_product",
            "db",
            100,
            300,
            is_error=True,
            db__query__text="UPDATE shop_product SET price = ? WHERE id = ?",
            exception__type="IntegrityError",
            exception__message="CHECK constraint failed: price_positive",
        ),
    )
    trace = replace(full(trace_id), method="PATCH", path="/api/products/7", query="", status=500)
    return replace(trace, duration_us=900, spans=spans, counters=count(spans, 12, 230))


def hostile(trace_id: str = "0f" * 16) -> dict[str, object]:
    """The wire form of a journey whose every text wants to drive the terminal."""
    return {
        "trace_id": trace_id,
        "method": f"GET{HOSTILE}",
        "path": f"/{HOSTILE}",
        "query": HOSTILE,
        "route": HOSTILE,
        "status": 200,
        "started_at": STARTED,
        "duration_us": 100,
        "service": HOSTILE,
        "counters": {"sql": 1},
        "spans": [
            {
                "id": "1",
                "parent": None,
                "name": HOSTILE,
                "kind": "db",
                "start_us": 0,
                "duration_us": 100,
                "status": "error",
                "attributes": {
                    "db.query.text": f"SELECT '{HOSTILE}'",
                    "exception.message": HOSTILE,
                    HOSTILE: HOSTILE,
                },
            }
        ],
    }
