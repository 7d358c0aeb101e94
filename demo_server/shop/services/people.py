"""Changing users and their tokens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.utils import timezone

from demo_server.shop.accounts import digest
from demo_server.shop.models import ApiToken, Customer
from demo_server.shop.services.refusals import Conflict, NotFound
from demo_server.shop.services.work import unit_of_work


@unit_of_work
def create_user(values: Mapping[str, Any]) -> User:
    """A new user who is a customer: `username password`, and names and `email` if given.

    Conflict when the user name is taken. Hashing the password takes a third of a second.
    """
    _check_username(values["username"])
    hashed = make_password(values["password"])
    user = User.objects.create(**{**values, "password": hashed})
    Customer.objects.create(user=user)
    user.refresh_from_db()
    return user


@unit_of_work
def delete_user(user_id: int) -> None:
    """Delete a user who has neither ordered nor reviewed, and is no member of the staff."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("user", user_id)
    if user.is_staff:
        raise Conflict("Members of the staff are removed in the admin.")
    customer = Customer.objects.filter(user=user).first()
    if customer is not None and (customer.orders.exists() or customer.reviews.exists()):
        raise Conflict("This customer has orders or reviews, which keep their author.")
    user.delete()


def _check_username(username: str, user_id: int = 0) -> None:
    if User.objects.filter(username=username).exclude(pk=user_id).exists():
        raise Conflict(f"There is a user {username} already.")


@unit_of_work
def update_user(user_id: int, changes: Mapping[str, Any]) -> User:
    """Change `username`, `password`, `first_name`, `last_name`, `email` or the `phone`."""
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound("user", user_id)
    if "username" in changes:
        _check_username(changes["username"], user_id)
    if "password" in changes:
        user.set_password(changes["password"])
        user.save(update_fields=["password"])
    names = ("username", "first_name", "last_name", "email")
    named = [name for name in names if name in changes]
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
