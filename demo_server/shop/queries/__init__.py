"""Everything the shop reads, async, as model objects whose relations are loaded, or plain values.

Lists give `(items, total)`; `sort` holds field names, a leading `-` is descending; the id always
settles ties, so that pages never overlap. Nothing here writes, checks rights, or knows of HTTP.
"""

from demo_server.shop.queries.catalogue import (
    ProductFilter,
    categories,
    category,
    category_by_slug,
    category_tree,
    product,
    product_rows,
    products,
    stock_movements,
    tag,
    tags,
    viewed_product,
)
from demo_server.shop.queries.orders import (
    OrderFilter,
    order,
    order_rows,
    orders,
    orders_before,
)
from demo_server.shop.queries.people import (
    TokenOwner,
    addresses,
    token_owner,
    tokens,
    user,
    user_rows,
    users,
)
from demo_server.shop.queries.reports import (
    BestSeller,
    Revenue,
    Source,
    best_sellers,
    revenue_by_category,
)
from demo_server.shop.queries.reviews import ReviewFilter, review, review_rows, reviews

__all__ = [
    "BestSeller",
    "OrderFilter",
    "ProductFilter",
    "Revenue",
    "ReviewFilter",
    "Source",
    "TokenOwner",
    "addresses",
    "best_sellers",
    "categories",
    "category",
    "category_by_slug",
    "category_tree",
    "order",
    "order_rows",
    "orders",
    "orders_before",
    "product",
    "product_rows",
    "products",
    "revenue_by_category",
    "review",
    "review_rows",
    "reviews",
    "stock_movements",
    "tag",
    "tags",
    "token_owner",
    "tokens",
    "user",
    "user_rows",
    "users",
    "viewed_product",
]
