"""/api/reports: figures over many rows, and the same figure from tables of different shape."""

from time import perf_counter_ns
from typing import Annotated, Final, Literal

from msgspec import Meta, field

from demo_server.rest_api.layer.operation import Access, Call, Reply, operation
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Link, Out, Query
from demo_server.rest_api.shapes.words import PRIVATE, links
from demo_server.shop import queries

TAG: Final = "Reports"
Source = Literal["join", "flat", "summary"]
SOURCES: Final[tuple[Source, ...]] = ("join", "flat", "summary")


class ReportList(Out):
    """The reports there are."""

    links: dict[str, Link] = field(name="_links")


class RevenueQuery(Query):
    """From which tables."""

    source: Annotated[
        Source,
        Meta(
            description="join: four tables in third normal form; flat: one wide table; "
            "summary: figures stored at the last refresh"
        ),
    ] = "join"


class CategoryFigures(Out):
    """What one category brought in."""

    category: str
    orders: int
    units: int
    revenue: str


class RevenueReport(Out):
    """Revenue by category, cancelled orders left out, the largest first."""

    source: Source
    took_us: int
    items: list[CategoryFigures]
    links: dict[str, Link] = field(name="_links")


class ProductFigures(Out):
    """What one product brought in."""

    product_id: int
    sku: str
    name: str
    units: int
    revenue: str
    links: dict[str, Link] = field(name="_links")


class BestsellerQuery(Query):
    """How many."""

    limit: Annotated[int, Meta(ge=1, le=100, description="How many products")] = 10


class BestsellerReport(Out):
    """The products that brought in most."""

    items: list[ProductFigures]
    links: dict[str, Link] = field(name="_links")


@operation("List the reports", access=Access.STAFF, out=ReportList, cache_control=PRIVATE)
async def list_reports(call: Call[None, None]) -> Reply:
    """Links to every report."""
    del call
    here = "/api/reports"
    addresses = {f"revenue_{name}": f"{here}/revenue?source={name}" for name in SOURCES}
    return Reply(
        ReportList(links=links(self_=here, bestsellers=f"{here}/bestsellers", **addresses))
    )


@operation("Revenue by category", access=Access.STAFF, query=RevenueQuery, out=RevenueReport)
async def read_revenue(call: Call[RevenueQuery, None]) -> Reply:
    """The same figure from three table shapes: compare what each of them costs to read."""
    started = perf_counter_ns()
    rows = await queries.revenue_by_category(call.query.source)
    took_us = (perf_counter_ns() - started) // 1000
    items = [
        CategoryFigures(category=name, orders=orders, units=units, revenue=f"{revenue:.2f}")
        for name, orders, units, revenue in rows
    ]
    source = call.query.source
    here = links(self_=f"/api/reports/revenue?source={source}", collection="/api/reports")
    return Reply(RevenueReport(source=source, took_us=took_us, items=items, links=here))


@operation("Bestsellers", access=Access.STAFF, query=BestsellerQuery, out=BestsellerReport)
async def read_bestsellers(call: Call[BestsellerQuery, None]) -> Reply:
    """From the summary that every order keeps up to date."""
    rows = await queries.best_sellers(call.query.limit)
    items = [
        ProductFigures(
            product_id=product_id,
            sku=sku,
            name=name,
            units=units,
            revenue=f"{revenue:.2f}",
            links=links(product=f"/api/products/{product_id}"),
        )
        for product_id, sku, name, units, revenue in rows
    ]
    here = links(self_="/api/reports/bestsellers", collection="/api/reports")
    return Reply(BestsellerReport(items=items, links=here))


RESOURCES: Final[tuple[Resource, ...]] = (
    resource("reports", tag=TAG, get=list_reports),
    resource("reports/revenue", tag=TAG, get=read_revenue),
    resource("reports/bestsellers", tag=TAG, get=read_bestsellers),
)
