"""Reading users, their addresses, and whose token this is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from demo_server.shop.models import Address, ApiToken
from demo_server.shop.queries.windows import window


class TokenOwner(NamedTuple):
    """Whom a valid API token stands for."""

    user_id: int
    is_staff: bool
    token_id: int


async def token_owner(token: str) -> TokenOwner | None:
    """The active user this token stands for; None when it is unknown, revoked or expired."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    row = (
        await ApiToken.objects.filter(digest=digest, revoked_at__isnull=True, user__is_active=True)
        .filter(Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()))
        .values_list("user_id", "user__is_staff", "id")
        .afirst()
    )
    return TokenOwner(*row) if row else None


async def tokens(user_id: int) -> list[ApiToken]:
    """The tokens of a user that are not revoked, newest first."""
    return [each async for each in ApiToken.objects.filter(user=user_id, revoked_at__isnull=True)]


async def users(
    *,
    q: str = "",
    is_staff: bool | None = None,
    sort: Sequence[str] = ("id",),
    offset: int = 0,
    limit: int = 20,
) -> tuple[list[User], int]:
    """Users with their customer side loaded; `q` is sought in names and e-mail."""
    rows = user_rows(q=q, is_staff=is_staff).select_related("customer")
    return await window(rows, sort, offset, limit)


def user_rows(*, q: str = "", is_staff: bool | None = None) -> QuerySet[User]:
    """Users, unsorted and unread, for who reads in pieces."""
    rows = User.objects.order_by()
    if is_staff is not None:
        rows = rows.filter(is_staff=is_staff)
    if q:
        rows = rows.filter(
            Q(first_name__icontains=q)
            | Q(last_name__icontains=q)
            | Q(email__icontains=q)
            | Q(username__icontains=q)
        )
    return rows


async def user(user_id: int) -> User | None:
    """One user with the customer side and its addresses loaded."""
    rows = User.objects.select_related("customer").prefetch_related("customer__addresses")
    return await rows.filter(pk=user_id).afirst()


async def addresses(user_id: int) -> list[Address]:
    """The addresses of a user, the default one first."""
    rows = Address.objects.filter(customer__user=user_id).order_by("-is_default", "id")
    return [each async for each in rows]
