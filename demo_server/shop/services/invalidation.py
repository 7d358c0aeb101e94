"""What the cache forgets when something has changed; only after the commit, never before.

Keys are `products:7`, `categories:3`, `tags:5`; lists of a group are outdated all at once. How a
key is outdated, the policy of its route says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from django.db import transaction

from demo_server.caching import control

Group = Literal["products", "categories", "tags", "reviews", "reports", "views"]


def changed(group: Group, *keys: int) -> None:
    """These items of a group, and every list of it."""
    outdate(group, *(f"{group}:{key}" for key in keys))


def changed_products(keys: Iterable[int]) -> None:
    """These products and all lists of products."""
    changed("products", *keys)


def outdate(group: str, *keys: str) -> None:
    """These keys and every list of the group, as soon as the transaction is committed."""
    transaction.on_commit(lambda: control.outdate(group, keys))
