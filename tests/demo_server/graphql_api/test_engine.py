"""The parts alone: documents that are kept, subscriptions that let go, ids that are none."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("shop_data")


async def test_a_subscription_that_was_never_read_lets_go_of_its_source() -> None:
    from demo_server.graphql_api.engine import Engine
    from demo_server.graphql_api.requests import Request
    from demo_server.rest_api.layer.operation import NOBODY
    from demo_server.shop import announcements

    engine = Engine()
    before = len(announcements._listeners)
    operation = await engine.prepare(Request("subscription { priceChanged { after } }"))
    events = await engine.subscribe(operation, engine.context(NOBODY))
    assert len(announcements._listeners) == before + 1
    await events.aclose()
    assert len(announcements._listeners) == before


async def test_only_the_latest_documents_are_kept() -> None:
    from demo_server.graphql_api import documents
    from demo_server.graphql_api.engine import Engine

    engine = Engine()
    kept = engine.documents
    first = kept.read("{ a0: __typename }")
    for number in range(1, documents.KEPT):
        kept.read(f"{{ a{number}: __typename }}")
    assert kept.read("{ a0: __typename }") is first
    kept.read("{ one_more: __typename }")
    assert kept.read("{ a0: __typename }") is first
    with pytest.raises(documents.Rejected):
        kept.read("{ nothing }")
    assert len(kept._kept) == documents.KEPT


async def test_who_is_slow_loses_the_oldest_announcements() -> None:
    from decimal import Decimal

    from demo_server.graphql_api.announced import CAPACITY, Announced
    from demo_server.shop.announcements import PriceChanged, _tell

    announced = Announced(PriceChanged, lambda event: event.product_id != 3)
    for number in range(CAPACITY + 10):
        _tell(PriceChanged(number, Decimal(1), Decimal(2)))
    assert (await anext(announced)).product_id == 10
    await announced.aclose()
    rest = [event.product_id async for event in announced]
    assert rest[-1] == CAPACITY + 9


@pytest.mark.parametrize(
    ("text", "key"),
    [("7", 7), ("0", 0), ("", 0), (None, 0), ("-1", 0), ("7.0", 0), (str(2**63 - 1), 2**63 - 1),
     (str(2**63), 0), ("²", 0), ("1" * 5000, 0)],
)  # fmt: skip
def test_the_number_of_an_id(text: str | None, key: int) -> None:
    from demo_server.graphql_api.context import key_of

    assert key_of(text) == key


def test_every_field_of_the_schema_has_a_value_to_read() -> None:
    """A resolver that names a field that the schema does not have would never run."""
    from graphql import GraphQLObjectType, build_schema

    from demo_server.graphql_api import building
    from demo_server.graphql_api.resolvers import RESOLVERS, SUBSCRIBERS

    schema = build_schema(building.text())
    known = {
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name in kind.fields
    }
    assert known >= RESOLVERS.keys() | SUBSCRIBERS.keys()
    assert {name for name in known if name.startswith(("Query.", "Mutation."))} <= RESOLVERS.keys()
    assert {name for name in known if name.startswith("Subscription.")} <= SUBSCRIBERS.keys()


def test_graphql_core_is_not_loaded_before_somebody_asks() -> None:
    import subprocess
    import sys

    script = "import sys, demo_server.asgi; sys.exit('graphql' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
