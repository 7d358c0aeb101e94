"""The SQL that fills the shop: no random numbers, so that every seeded shop is the same.

Written for SQLite, PostgreSQL and MySQL 8; where they differ, `Dialect` has the words. `n` counts
from 1; `mixed(n, salt)` scatters it.
"""

# ruff: noqa: S608 - nothing but numbers of our own enters these statements

from __future__ import annotations

from typing import Final, NamedTuple

PRODUCTS: Final = 2000
CUSTOMERS: Final = 5000
ORDERS: Final = 2000
REVIEWS: Final = 3000

OPENED: Final = 1_704_110_400
"""The shop's first day, 1 January 2024, 12:00 UTC; orders follow over 900 days."""
PERIOD: Final = 900 * 86_400


class Dialect(NamedTuple):
    """What the databases write differently."""

    bigint: str
    moment: str

    def at(self, seconds: str) -> str:
        """A timestamp of so many seconds since 1970 (an SQL expression)."""
        return self.moment.format(seconds)


DIALECTS: Final = {
    "sqlite": Dialect("bigint", "datetime({}, 'unixepoch')"),
    "postgresql": Dialect("bigint", "to_timestamp({})"),
    "mysql": Dialect("signed", "FROM_UNIXTIME({})"),
}


def mixed(expression: str, salt: int) -> str:
    """A large number that depends on the expression and looks like chance."""
    return f"((({expression}) + {salt}) * 2654435761 % 4294967291)"


def halved(expression: str, divisor: int) -> str:
    """Whole-number division, which MySQL writes differently."""
    return f"(({expression}) - ({expression}) % {divisor}) / {divisor}"


def numbers(dialect: Dialect, count: int) -> str:
    """A table expression `numbers` with `n` from 1 to `count`."""
    return (
        f"WITH RECURSIVE numbers(n) AS (SELECT CAST(1 AS {dialect.bigint}) "
        f"UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    )


def products(dialect: Dialect) -> str:
    """2 000 products over 40 shelves, five kinds of goods on each."""
    shelf = "(n - 1) % 40"
    item = halved("n - 1", 40)
    # Two factors, so that cheap things are many and dear ones few.
    spread = halved(
        "(seed_shelf.dearest - seed_shelf.cheapest) * (chance % 97) * (chance % 89)", 8448
    )
    return f"""
    INSERT INTO shop_product (id, sku, name, description, category_id, price, stock, version,
                              created_at, updated_at)
    {numbers(dialect, PRODUCTS)},
    picks AS (
        SELECT n, {shelf} AS shelf, {item} AS item, {mixed("n", 11)} AS chance FROM numbers)
    SELECT n,
           seed_shelf.code || '-' || CAST(1000 + n AS char(4)),
           seed_quality.word || ' ' || seed_good.word || ' ' || seed_series.word,
           first_words.word || ' ' || more_words.word,
           seed_shelf.category_id,
           seed_shelf.cheapest + {spread}
               + CASE chance % 3 WHEN 0 THEN 0.00 WHEN 1 THEN 0.50 ELSE 0.90 END,
           0, 1,
           {dialect.at(f"{OPENED} - 86400 * (chance % 700)")},
           {dialect.at(f"{OPENED} - 86400 * (chance % 700)")}
    FROM picks
    JOIN seed_shelf ON seed_shelf.place = picks.shelf
    JOIN seed_good ON seed_good.shelf = picks.shelf AND seed_good.place = picks.item % 5
    JOIN seed_quality ON seed_quality.code = seed_shelf.code
         AND seed_quality.place = ({halved("picks.item", 5)}) % 8
    JOIN seed_series ON seed_series.place = (picks.item * 3 + picks.shelf * 7
         + {halved("picks.item", 40)}) % 20
    JOIN seed_first_words first_words ON first_words.code = seed_shelf.code
         AND first_words.place = chance % 5
    JOIN seed_more_words more_words ON more_words.code = seed_shelf.code
         AND more_words.place = (chance % 5 + 1 + chance % 4) % 5
    """


def product_tags(dialect: Dialect) -> str:
    """No, one, two or three tags a product."""
    return f"""
    INSERT INTO shop_product_tags (product_id, tag_id)
    {numbers(dialect, PRODUCTS * 3)}
    SELECT DISTINCT 1 + (n - 1) % {PRODUCTS}, 1 + {mixed("n", 5)} % 24
    FROM numbers WHERE {mixed("n", 3)} % 5 < 3
    """


def users(dialect: Dialect, first_id: int) -> str:
    """5 000 people who can buy; nobody can sign in as them."""
    n = "numbers.n"
    return f"""
    INSERT INTO auth_user (id, username, first_name, last_name, email, password, is_active,
                           is_staff, is_superuser, date_joined)
    {numbers(dialect, CUSTOMERS)}
    SELECT {first_id} + n - 1,
           seed_first.plain || '.' || seed_last.plain || CAST(n AS char(4)),
           seed_first.word, seed_last.word,
           seed_first.plain || '.' || seed_last.plain || CAST(n AS char(4)) || '@mail.example',
           '!', TRUE, FALSE, FALSE,
           {dialect.at(f"{OPENED} - 3600 * ({mixed(n, 17)} % 8000)")}
    FROM numbers
    JOIN seed_first ON seed_first.place = {mixed(n, 1)} % {{first}}
    JOIN seed_last ON seed_last.place = {mixed(n, 2)} % {{last}}
    """


def customers(first_id: int, first_user: int) -> str:
    """Each seeded user is a customer."""
    return f"""
    INSERT INTO shop_customer (id, user_id, phone)
    SELECT id - {first_user} + {first_id}, id,
           CASE WHEN id % 3 = 0 THEN '' ELSE '+49 30 5550 ' || CAST(1000 + id % 9000 AS char(4)) END
    FROM auth_user WHERE id >= {first_user} AND id < {first_user + CUSTOMERS}
    """


def addresses(dialect: Dialect, first_id: int, first_customer: int) -> str:
    """A default address each, and a second one for every fifth customer."""
    count = CUSTOMERS + CUSTOMERS // 5
    owner = f"CASE WHEN n <= {CUSTOMERS} THEN n ELSE (n - {CUSTOMERS}) * 5 END"
    return f"""
    INSERT INTO shop_address (id, customer_id, street, postal_code, city, country, is_default)
    {numbers(dialect, count)}
    SELECT {first_id} + n - 1, {first_customer} - 1 + {owner},
           seed_street.word || ' ' || CAST(1 + {mixed("n", 23)} % 88 AS char(2)),
           seed_city.code || CAST(10 + {mixed("n", 29)} % 90 AS char(2)),
           seed_city.word, seed_city.country, n <= {CUSTOMERS}
    FROM numbers
    JOIN seed_street ON seed_street.place = {mixed("n", 31)} % 20
    JOIN seed_city ON seed_city.place = {mixed("n", 37)} % 32
    """


def orders(dialect: Dialect, count: int, first_id: int, first_customer: int, regular: int) -> str:
    """Orders spread over the period, newest last; `regular` is a customer who buys often."""
    number = f"({first_id} + n)"
    buyer = f"{first_customer} + {mixed(number, 41)} % {CUSTOMERS}"
    return f"""
    INSERT INTO shop_order (id, customer_id, address_id, status, placed_at, version)
    {numbers(dialect, count)},
    picks AS (
        SELECT n, CASE WHEN n % 250 = 40 THEN {regular} ELSE {buyer} END AS buyer,
               {mixed(number, 43)} % 100 AS chance,
               {OPENED} + {halved(f"n * {PERIOD}", count)} AS second FROM numbers)
    SELECT {first_id} + n - 1, buyer, shop_address.id,
           CASE WHEN chance < 4 THEN 'cancelled'
                WHEN n > {count * 98 // 100} THEN 'placed'
                WHEN n > {count * 95 // 100} THEN 'shipped' ELSE 'delivered' END,
           {dialect.at("second")}, 1
    FROM picks
    LEFT JOIN shop_address ON shop_address.customer_id = buyer AND shop_address.is_default
    """


def order_lines(dialect: Dialect, count: int, first_order: int, first_id: int) -> str:
    """Two lines an order; some products sell far better than others."""
    number = f"({first_order} + n)"
    popular = halved(
        f"({mixed(number, 47)} % {PRODUCTS}) * ({mixed(number, 53)} % {PRODUCTS})", PRODUCTS
    )
    other = f"(popular + 1 + {mixed(number, 59)} % {PRODUCTS - 1}) % {PRODUCTS}"
    return f"""
    INSERT INTO shop_orderline (id, order_id, product_id, quantity, unit_price)
    {numbers(dialect, count)},
    firsts AS (SELECT n, {popular} AS popular FROM numbers),
    picks AS (
        SELECT n, 0 AS place, popular AS pick FROM firsts
        UNION ALL SELECT n, 1, {other} FROM firsts)
    SELECT {first_id} + 2 * (n - 1) + picks.place, {first_order} + n - 1, shop_product.id,
           1 + {mixed("n * 2 + picks.place", 61)} % 4, shop_product.price
    FROM picks JOIN shop_product ON shop_product.id = 1 + pick
    """


def reviews(dialect: Dialect, first_customer: int) -> str:
    """3 000 reviews, each by another customer; popular products have many."""
    popular = halved(f"({mixed('n', 67)} % {PRODUCTS}) * ({mixed('n', 71)} % {PRODUCTS})", PRODUCTS)
    return f"""
    INSERT INTO shop_review (id, product_id, customer_id, rating, title, text, created_at)
    {numbers(dialect, REVIEWS)}
    SELECT n, 1 + {popular}, {first_customer} + (n * 7) % {CUSTOMERS},
           seed_opinion.rating, seed_opinion.word, seed_opinion.more,
           {dialect.at(f"{OPENED} + n * {PERIOD // REVIEWS} + {mixed('n', 73)} % 20000")}
    FROM numbers
    JOIN seed_opinion ON seed_opinion.place =
         CASE WHEN {mixed("n", 79)} % 100 < 76 THEN {mixed("n", 83)} % 9
              ELSE {mixed("n", 83)} % 16 END
    """


def movements(first_order: int, count: int) -> str:
    """What these orders took from the shelf, and what the cancelled ones gave back."""
    last = first_order + count - 1
    return f"""
    INSERT INTO shop_stockmovement (product_id, change, reason, order_id, moved_at)
    SELECT product_id, -quantity, 'sold', order_id, placed_at
    FROM shop_orderline JOIN shop_order ON shop_order.id = order_id
    WHERE order_id BETWEEN {first_order} AND {last}
    UNION ALL
    SELECT product_id, quantity, 'cancelled', order_id, placed_at
    FROM shop_orderline JOIN shop_order ON shop_order.id = order_id
    WHERE order_id BETWEEN {first_order} AND {last} AND status = 'cancelled'
    """


def deliveries(dialect: Dialect, first_order: int, count: int, *, with_rest: bool) -> str:
    """What was delivered before these orders: all that they took, and at first what is left."""
    last = first_order + count - 1
    rest = (
        f"CASE WHEN shop_product.id % 23 = 0 THEN 0 ELSE {mixed('shop_product.id', 89)} % 180 END"
    )
    total = f"COALESCE(SUM(quantity), 0) + {rest if with_rest else '0'}"
    return f"""
    INSERT INTO shop_stockmovement (product_id, change, reason, moved_at)
    SELECT shop_product.id, {total}, 'received', {dialect.at(str(OPENED))}
    FROM shop_product LEFT JOIN (
        SELECT product_id, quantity FROM shop_orderline
        JOIN shop_order ON shop_order.id = order_id
        WHERE order_id BETWEEN {first_order} AND {last} AND status <> 'cancelled') sold
    ON sold.product_id = shop_product.id
    WHERE shop_product.id <= {PRODUCTS}
    GROUP BY shop_product.id HAVING {total} > 0
    """


STOCKS: Final = f"""
    UPDATE shop_product SET stock = (
        SELECT COALESCE(SUM(change), 0) FROM shop_stockmovement
        WHERE shop_stockmovement.product_id = shop_product.id)
    WHERE id <= {PRODUCTS}
"""

WITHDRAWALS: Final = f"""
    UPDATE shop_product SET withdrawn_at = updated_at, version = 2
    WHERE id % 97 = 13 AND id <= {PRODUCTS}
"""

SUMMARIES: Final = (
    "DELETE FROM shop_productsummary",
    """
    INSERT INTO shop_productsummary (product_id, review_count, rating_total, units_sold, revenue)
    SELECT shop_product.id, COALESCE(reviews.number, 0), COALESCE(reviews.stars, 0),
           COALESCE(sales.units, 0), COALESCE(sales.revenue, 0)
    FROM shop_product
    LEFT JOIN (SELECT product_id, COUNT(*) AS number, SUM(rating) AS stars
               FROM shop_review GROUP BY product_id) reviews
           ON reviews.product_id = shop_product.id
    LEFT JOIN (SELECT product_id, SUM(quantity) AS units,
                      ROUND(SUM(quantity * unit_price), 2) AS revenue
               FROM shop_orderline JOIN shop_order ON shop_order.id = order_id
               WHERE status <> 'cancelled' GROUP BY product_id) sales
           ON sales.product_id = shop_product.id
    """,
)


def revenues(dialect: Dialect) -> tuple[str, ...]:
    """The materialized revenue of every category."""
    return (
        "DELETE FROM shop_categoryrevenue",
        f"""
        INSERT INTO shop_categoryrevenue (category_id, orders, units, revenue, refreshed_at)
        SELECT category_id, COUNT(DISTINCT order_id), SUM(quantity),
               ROUND(SUM(quantity * unit_price), 2), {dialect.at(str(OPENED + PERIOD))}
        FROM shop_orderline JOIN shop_order ON shop_order.id = order_id
        JOIN shop_product ON shop_product.id = product_id
        WHERE status <> 'cancelled' GROUP BY category_id
        """,
    )


def flat_orders(first_order: int, count: int) -> str:
    """The lines of these orders with every fact repeated."""
    return f"""
    INSERT INTO orders_flat (order_number, placed_at, status, customer_name, customer_email,
                             ship_to, product_sku, product_name, category_name, quantity,
                             unit_price)
    SELECT shop_order.id, placed_at, status, first_name || ' ' || last_name, email,
           COALESCE(street || ', ' || postal_code || ' ' || city || ', ' || country, ''),
           sku, shop_product.name, shop_category.name, quantity, unit_price
    FROM shop_orderline
    JOIN shop_order ON shop_order.id = order_id
    JOIN shop_customer ON shop_customer.id = shop_order.customer_id
    JOIN auth_user ON auth_user.id = shop_customer.user_id
    LEFT JOIN shop_address ON shop_address.id = shop_order.address_id
    JOIN shop_product ON shop_product.id = product_id
    JOIN shop_category ON shop_category.id = shop_product.category_id
    WHERE shop_order.id BETWEEN {first_order} AND {first_order + count - 1}
    """
