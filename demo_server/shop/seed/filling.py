"""Running the seed's statements in their order, in one transaction."""

from __future__ import annotations

from typing import Final

from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Min

from demo_server.shop import models
from demo_server.shop.seed import statements, word_tables, words

EXPLICIT_IDS: Final = (
    models.Category,
    models.Tag,
    models.Product,
    models.Customer,
    models.Address,
    models.Order,
    models.OrderLine,
    models.Review,
)


def is_empty() -> bool:
    """Whether there are no products, so that the seed may come."""
    return not models.Product.objects.exists()


def fill() -> None:
    """Fill an empty shop; demo users that are there already keep their ids."""
    dialect = _dialect()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("SET SESSION cte_max_recursion_depth = 10000000")
        word_tables.create(cursor)
        _categories_and_tags()
        cursor.execute(statements.products(dialect))
        cursor.execute(statements.product_tags(dialect))
        first_user = _next_id("auth_user", cursor)
        first_customer = _next_id("shop_customer", cursor)
        cursor.execute(
            statements.users(dialect, first_user).format(
                first=len(words.FIRST_NAMES), last=len(words.LAST_NAMES)
            )
        )
        cursor.execute(statements.customers(first_customer, first_user))
        first_address = _next_id("shop_address", cursor)
        cursor.execute(statements.addresses(dialect, first_address, first_customer))
        cursor.execute(statements.reviews(dialect, first_customer))
        _add_orders(cursor, dialect, statements.ORDERS, first_customer, is_first=True)
        cursor.execute(statements.WITHDRAWALS)
        word_tables.drop(cursor)
        _reset_sequences(cursor)
    _analyze()


def add_orders(count: int) -> None:
    """Add so many orders with two lines each, their stock movements, and renew the summaries."""
    dialect = _dialect()
    first_customer = models.Customer.objects.filter(user__password="!").aggregate(  # noqa: S106
        first=Min("id")
    )["first"]
    if first_customer is None:
        raise LookupError("the shop holds no seeded customers")
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("SET SESSION cte_max_recursion_depth = 10000000")
        _add_orders(cursor, dialect, count, first_customer, is_first=False)
        _reset_sequences(cursor)
    _analyze()


def _add_orders(
    cursor: CursorWrapper,
    dialect: statements.Dialect,
    count: int,
    first_customer: int,
    *,
    is_first: bool,
) -> None:
    first = _next_id("shop_order", cursor)
    first_line = _next_id("shop_orderline", cursor)
    regular = models.Customer.objects.aggregate(first=Min("id"))["first"] or first_customer
    cursor.execute(statements.orders(dialect, count, first, first_customer, regular))
    cursor.execute(statements.order_lines(dialect, count, first, first_line))
    cursor.execute(statements.deliveries(dialect, first, count, with_rest=is_first))
    cursor.execute(statements.movements(first, count))
    cursor.execute(statements.STOCKS)
    cursor.execute(statements.flat_orders(first, count))
    for statement in (*statements.SUMMARIES, *statements.revenues(dialect)):
        cursor.execute(statement)


def _dialect() -> statements.Dialect:
    return statements.DIALECTS[connection.vendor]


def _categories_and_tags() -> None:
    departments = [
        models.Category(id=place, name=each.name, slug=word_tables.slug(each.name))
        for place, each in enumerate(words.DEPARTMENTS, 1)
    ]
    shelves = [
        models.Category(
            id=len(departments) + place,
            name=name,
            slug=word_tables.slug(name),
            parent_id=parent,
        )
        for place, (parent, name) in enumerate(
            (
                (parent, name)
                for parent, each in enumerate(words.DEPARTMENTS, 1)
                for name in each.shelves
            ),
            1,
        )
    ]
    models.Category.objects.bulk_create([*departments, *shelves])
    models.Tag.objects.bulk_create(
        models.Tag(id=place, name=slug.replace("-", " "), slug=slug)
        for place, slug in enumerate(words.TAGS, 1)
    )


def _next_id(table: str, cursor: CursorWrapper) -> int:
    cursor.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")  # noqa: S608
    row = cursor.fetchone()
    return int(row[0])


def _reset_sequences(cursor: CursorWrapper) -> None:
    from django.contrib.auth.models import User

    for statement in connection.ops.sequence_reset_sql(no_style(), [User, *EXPLICIT_IDS]):
        cursor.execute(statement)


def _analyze() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":
            cursor.execute("ANALYZE TABLE shop_order, shop_orderline, shop_product")
        else:
            cursor.execute("ANALYZE")
