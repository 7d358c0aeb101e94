"""/api/products/{id}/views: how often a product was looked at, written far more than read."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import field

from demo_server.caching.strategies.strategy import Sourced
from demo_server.rest_api import cached, deferred
from demo_server.rest_api.layer.operation import Call, Reply
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Link, Out
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.words import REVALIDATE, links
from demo_server.shop import queries, services
from demo_server.shop.models import Product
from demo_server.shop.write_back.deferring import can_count

TAG: Final = "Products"


class ViewsOut(Out):
    """How often a product was looked at."""

    product_id: int
    views: int
    links: dict[str, Link] = field(name="_links")


async def viewed(product_id: int) -> Product:
    """The product with `views`; Problem 404, or 410 when it is withdrawn."""
    product = await queries.viewed_product(product_id)
    if product is None:
        raise Problem("not-found", f"There is no product {product_id}.")
    if product.withdrawn_at is not None:
        day = f"{product.withdrawn_at:%Y-%m-%d}"
        raise Problem("gone", f"Product {product_id} was withdrawn on {day}.")
    return product


def views_out(product: Any) -> ViewsOut:
    """The number."""
    here = f"/api/products/{product.pk}"
    return ViewsOut(
        product_id=product.pk,
        views=product.views,
        links=links(self_=f"{here}/views", product=here),
    )


async def _read(product_id: int) -> Reply:
    async def load() -> ViewsOut:
        return views_out(await viewed(product_id))

    return await cached.item("views", product_id, load)


@operation(
    "Read a product's views",
    out=ViewsOut,
    problems=("gone",),
    etag=True,
    cache_control=REVALIDATE,
)
async def read_views(call: Call[None, None]) -> Reply:
    """Every look that was acknowledged counts at once, also one that is not stored yet."""
    return await _read(call.path["product_id"])


@operation(
    "Count a look at a product",
    out=ViewsOut,
    problems=("gone",),
    idempotent=True,
    knows_repetitions=lambda call: can_count(),  # noqa: ARG005 - whoever asks
)
async def count_view(call: Call[None, None]) -> Reply:
    """Adds one. With an Idempotency-Key a repetition adds nothing, also after a lost answer."""
    product = await viewed(call.path["product_id"])
    repeated = await deferred.view(call, product)
    if repeated is not None:
        reply = await _read(product.pk)
        return Reply(encoded=reply.encoded, headers=deferred.REPLAYED if repeated else {})

    async def apply(change: Mapping[str, Any]) -> Sourced:
        del change
        await services.view_product(product.pk)
        return cached.sourced(views_out(await viewed(product.pk)))

    reply = await cached.changed("views", product.pk, {"views": 1}, apply)
    return Reply(encoded=reply.encoded)


RESOURCES: Final[tuple[Resource, ...]] = (
    resource(
        "products/<id:product_id>/views",
        tag=TAG,
        parameters={"product_id": "The product's id"},
        get=read_views,
        post=count_view,
    ),
)
