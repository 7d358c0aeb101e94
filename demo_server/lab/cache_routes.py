"""Routes whose caching can be played with: /lab/cache/lab-a and its like, and the sales report."""

from time import perf_counter_ns
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from demo_server.caching import clock, control, counters
from demo_server.caching.feed import announce, told
from demo_server.caching.routes import BY_NAME, Route
from demo_server.caching.statements import StatementCount
from demo_server.caching.strategies.strategy import Sourced
from demo_server.rest_api.layer.conditional import strong
from demo_server.rest_api.layer.operation import Call, Reply, encoder, operation
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.schema import Out, Query
from demo_server.shop.models import LabSource
from demo_server.shop.queries import lab as queries
from demo_server.shop.services import lab as services

_LAB: Final = ("lab-a", "lab-b")
_BIGGEST: Final = 2**53


class Load(Query):
    """How much work the source is, and how long clients may keep the answer."""

    load_ms: Annotated[
        int, Meta(ge=0, le=10_000, description="Milliseconds of SQL that a load takes")
    ] = 200
    max_age: Annotated[
        int, Meta(ge=0, le=3600, description="Seconds for which clients may keep it unasked")
    ] = 0
    compare: Annotated[bool, Meta(description="Ask the source, too: see `source_version`")] = False


class Source(Out, omit_defaults=True):
    """The source row as it was when it was loaded."""

    route: str
    value: int
    version: int
    loaded_at: float
    statements: int
    source_version: int | UnsetType = UNSET


class Change(Query):
    """What to write, and whether the cache gets to know."""

    value: (
        Annotated[int, Meta(ge=-_BIGGEST, le=_BIGGEST, description="The new value; else one more")]
        | UnsetType
    ) = UNSET
    around: Annotated[
        bool, Meta(description="Write the table as another program would: the cache hears nothing")
    ] = False


class SalesReport(Out):
    """The stored figures beside the true ones."""

    stored_in: str
    rows: int
    refreshed_at: str | None
    units: int
    revenue: str
    read_us: int
    true_units: int
    true_revenue: str
    count_us: int
    drift: str


def _route(call: Call[Any, Any]) -> Route:
    name = call.path["route"]
    if name not in _LAB:
        raise Problem("not-found", f"There is no route {name}: choose {' or '.join(_LAB)}.")
    return BY_NAME[name]


_decoder = msgspec.json.Decoder(Source)


@operation("Read a slow source", query=Load, out=Source, etag=True, headers={"Age": "Seconds"})
async def lab_cached(call: Call[Load, None]) -> Reply:
    """The row of the route, by the route's caching policy. A load reads the row and then keeps the
    database at work for `load_ms`: what is written meanwhile, the loaded value does not know."""
    route = _route(call)

    async def load() -> Sourced:
        row = await queries.lab_source(route.name)
        times = await queries.labour(call.query.load_ms / 1000)
        return _sourced(row, times)

    body = await control.read(route, f"{route.name}:source", load)
    source = _decoder.decode(body)
    age = max(0, int(clock.now() - source.loaded_at))
    headers = {"Cache-Control": f"public, max-age={call.query.max_age}", "Age": str(age)}
    if not call.query.max_age:
        headers["Cache-Control"] = "public, no-cache"
    if call.query.compare:
        source.source_version = (await queries.lab_source(route.name)).version
        body = encoder.encode(source)
    return Reply(encoded=body, etag=strong(body), headers=headers)


@operation("Change a slow source", query=Change, out=Source)
async def change_lab_cached(call: Call[Change, None]) -> Reply:
    """Write the row by the route's caching policy, or `around` it."""
    route, given = _route(call), call.query.value
    value = None if isinstance(given, UnsetType) else given
    if call.query.around:
        row = await services.change_lab_source(route.name, value, tells=False)
        return Reply(encoded=_sourced(row, 0).value)

    async def apply(change: Any) -> Sourced:
        return _sourced(await services.change_lab_source(route.name, change["value"]), 0)

    key = f"{route.name}:source"
    return Reply(encoded=await control.write(route, key, {"value": value}, apply))


def _sourced(row: LabSource, statements: int) -> Sourced:
    source = Source(
        route=row.name,
        value=row.value,
        version=row.version,
        loaded_at=round(clock.now(), 3),
        statements=statements,
    )
    return Sourced(encoder.encode(source), row.version)


@operation("Read the stored sales report", out=SalesReport)
async def lab_sales_report(call: Call[None, None]) -> Reply:
    """What the last refresh has stored, beside what counting every order line gives now.

    On PostgreSQL it is stored in a materialized view, on SQLite in a summary table.
    """
    del call
    return Reply(await _sales_report())


@operation("Refresh the stored sales report", out=SalesReport)
async def refresh_lab_sales_report(call: Call[None, None]) -> Reply:
    """Count it anew. On PostgreSQL others go on reading meanwhile (CONCURRENTLY)."""
    del call
    started = perf_counter_ns()
    with StatementCount() as count:
        await services.refresh_sales()
    counted = counters.of("sales-report")
    counted.loads += 1
    counted.load_us += (perf_counter_ns() - started) / 1000
    counted.statements += count.statements
    with told(strategy="query", route="sales-report"):
        taken = perf_counter_ns() - started
        announce("load", _stored_key(), "loaded", started, load_ns=taken, cause="refresh")
        announce("set", _stored_key(), "stored", perf_counter_ns(), cause="refresh")
    return Reply(await _sales_report())


async def _sales_report() -> SalesReport:
    started = perf_counter_ns()
    stored = await queries.stored_sales()
    read_ns = perf_counter_ns() - started
    counted = counters.of("sales-report")
    counted.requests += 1
    counted.hits += bool(stored.rows)
    counted.misses += not stored.rows
    with told(strategy="query", route="sales-report"):
        announce("get", _stored_key(), "hit" if stored.rows else "miss", started)
    counting = perf_counter_ns()
    true = await queries.true_sales()
    return SalesReport(
        stored_in=queries.stored_in(),
        rows=stored.rows,
        refreshed_at=stored.refreshed_at.isoformat() if stored.refreshed_at else None,
        units=stored.total.units,
        revenue=str(stored.total.revenue),
        read_us=read_ns // 1000,
        true_units=true.units,
        true_revenue=str(true.revenue),
        count_us=(perf_counter_ns() - counting) // 1000,
        drift=str(true.revenue - stored.total.revenue),
    )


def _stored_key() -> str:
    return f"database:{queries.stored_in()}"
