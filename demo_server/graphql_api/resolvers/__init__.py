"""What the fields of the schema give, by `Type.field`; fields not named here read an attribute."""

from typing import Final

from django.contrib.auth.models import User

from demo_server.graphql_api.context import Resolver
from demo_server.graphql_api.resolvers import (
    catalogue,
    changes,
    lab,
    orders,
    people,
    products,
    reports,
    reviews,
    search,
    subscriptions,
)
from demo_server.shop.models import Address, Category, Order, Product, Review, Tag

RESOLVERS: Final[dict[str, Resolver]] = {
    name: resolver
    for module in (
        catalogue, changes, lab, orders, people, products, reports, reviews, search, subscriptions,
    )
    for name, resolver in module.RESOLVERS.items()
}  # fmt: skip
SUBSCRIBERS: Final[dict[str, Resolver]] = subscriptions.SUBSCRIBERS
TYPES: Final[dict[type, str]] = {
    Address: "Address",
    Category: "Category",
    Order: "Order",
    Product: "Product",
    Review: "Review",
    Tag: "Tag",
    User: "User",
}
