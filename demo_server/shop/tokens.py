"""API tokens: issued once in plain, kept as a digest, found by one indexed query."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final, NamedTuple

from django.db.models import Q
from django.utils import timezone

from demo_server.shop.accounts import digest
from demo_server.shop.models import ApiToken

LIFE: Final = timedelta(days=30)


class Owner(NamedTuple):
    """Whom a token speaks for."""

    user_id: int
    is_staff: bool
    token_id: int


async def issue(user_id: int, name: str) -> tuple[str, ApiToken]:
    """A new token in plain, which nobody can read again, and its row."""
    plain = f"shop_{secrets.token_urlsafe(24)}"
    expires_at = timezone.now() + LIFE
    row = await ApiToken.objects.acreate(
        user_id=user_id, name=name, digest=digest(plain), expires_at=expires_at
    )
    return plain, row


async def owner(token: str) -> Owner | None:
    """Whom the token speaks for; None when it is unknown, revoked, expired, or its user is off."""
    found = (
        await ApiToken.objects.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            digest=digest(token),
            revoked_at__isnull=True,
            user__is_active=True,
        )
        .order_by()
        .values_list("user_id", "user__is_staff", "id")
        .afirst()
    )
    return Owner(*found) if found is not None else None


async def revoke(token_id: int) -> None:
    """End a token; ending it twice changes nothing."""
    await ApiToken.objects.filter(pk=token_id, revoked_at__isnull=True).aupdate(
        revoked_at=timezone.now()
    )
