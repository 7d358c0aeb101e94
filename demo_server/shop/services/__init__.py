"""Everything that changes the shop, async; each call is one transaction, all or nothing.

A change that a rule forbids raises a Refusal (NotFound, Gone, Stale, Conflict, Invalid) and leaves
nothing behind. After the commit the cache forgets what has changed. `values` and `changes` hold
members by name; what a caller may do is decided by the caller's own layer.
"""

from demo_server.shop.services.catalogue import (
    check_product,
    create_product,
    set_stock,
    tag_product,
    untag_product,
    update_product,
    view_product,
    withdraw_product,
)
from demo_server.shop.services.groups import (
    create_category,
    create_tag,
    delete_category,
    delete_tag,
    update_category,
    update_tag,
)
from demo_server.shop.services.orders import Item, cancel_order, change_order, place_order
from demo_server.shop.services.people import (
    create_user,
    delete_user,
    issue_token,
    revoke_token,
    update_user,
)
from demo_server.shop.services.refusals import Conflict, Gone, Invalid, NotFound, Refusal, Stale
from demo_server.shop.services.reviews import add_review, delete_review, update_review
from demo_server.shop.services.summaries import refresh_category_revenue

__all__ = [
    "Conflict",
    "Gone",
    "Invalid",
    "Item",
    "NotFound",
    "Refusal",
    "Stale",
    "add_review",
    "cancel_order",
    "change_order",
    "check_product",
    "create_category",
    "create_product",
    "create_tag",
    "create_user",
    "delete_category",
    "delete_review",
    "delete_tag",
    "delete_user",
    "issue_token",
    "place_order",
    "refresh_category_revenue",
    "revoke_token",
    "set_stock",
    "tag_product",
    "untag_product",
    "update_category",
    "update_product",
    "update_review",
    "update_tag",
    "update_user",
    "view_product",
    "withdraw_product",
]
