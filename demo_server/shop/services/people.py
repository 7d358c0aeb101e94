"""Changing users and their tokens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from demo_server.shop.accounts import digest
from demo_server.shop.models import ApiToken, Customer
from demo_server.shop.services.refusals import NotFound
from demo_server.shop.services.work import unit_of_work


@unit_of_work
def update_user(user_id: int, changes: Mapping[str, Any]) -> User:
    """Change `first_name`, `last_name`, `email` or the customer's `phone`."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("user", user_id)
    named = [name for name in ("first_name", "last_name", "email") if name in changes]
    for name in named:
        setattr(user, name, changes[name])
    if named:
        user.save(update_fields=named)
    if "phone" in changes:
        Customer.objects.update_or_create(user=user, defaults={"phone": changes["phone"]})
    return user


@unit_of_work
def issue_token(user_id: int, name: str, lifetime: timedelta | None = None) -> tuple[ApiToken, str]:
    """A new token and its plain text, which is told this once; without lifetime it never ends."""
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound("user", user_id)
    plain = f"shop_{secrets.token_urlsafe(24)}"
    token = ApiToken.objects.create(
        user_id=user_id,
        name=name,
        digest=digest(plain),
        expires_at=timezone.now() + lifetime if lifetime is not None else None,
    )
    token.refresh_from_db()
    return token, plain


@unit_of_work
def revoke_token(token_id: int) -> None:
    """End a token; NotFound when there is none or it has ended."""
    revoked = ApiToken.objects.filter(pk=token_id, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )
    if not revoked:
        raise NotFound("token", token_id)
