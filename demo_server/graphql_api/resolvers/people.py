"""Users: yourself, or everyone for the staff."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import User

from demo_server.graphql_api.connections import Connection, connect
from demo_server.graphql_api.context import Info, Resolver, key_of
from demo_server.graphql_api.errors import Refused
from demo_server.graphql_api.resolvers.products import words
from demo_server.shop import queries
from demo_server.shop.models import Address
from demo_server.shop.queries import batches
from demo_server.shop.queries.keyset import Order


async def me(root: object, info: Info) -> User | None:
    """Who asks."""
    del root
    user_id = info.context.identity.user_id
    return await info.context.load(batches.users_by_id, user_id) if user_id else None


async def user(root: object, info: Info, *, id_: str) -> User | None:
    """One user; FORBIDDEN when it is someone else's account."""
    del root
    identity = info.context.signed_in()
    key = key_of(id_)
    if key != identity.user_id and not identity.is_staff:
        raise Refused("FORBIDDEN", "This is another user's account.")
    return await info.context.load(batches.users_by_id, key)


async def users(root: object, info: Info, *, search: str | None = None, **place: Any) -> Connection:
    """All users, for the staff."""
    del root
    info.context.staff()
    return await connect(queries.user_rows(q=words(search or "")), Order("id"), **place)


async def addresses(source: User, info: Info) -> list[Address]:
    """Where a user lives or gets parcels."""
    return await info.context.load(batches.addresses_of_users, source.pk) or []


RESOLVERS: Final[dict[str, Resolver]] = {
    "Query.me": me,
    "Query.user": user,
    "Query.users": users,
    "User.addresses": addresses,
    "User.joinedAt": lambda source, _: source.date_joined,
}
