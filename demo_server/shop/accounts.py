"""The three people of the demo: `admin`, a member of the `staff`, and a `customer`."""

from __future__ import annotations

import hashlib
import logging
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError, connection, transaction

from demo_server import credentials
from demo_server.shop.models import ApiToken, Customer
from demo_server.shop.sign_in import passwords_are_set

logger = logging.getLogger("demo_server.accounts")

NAMES: Final = {
    "admin": ("Ada", "Keller"),
    "staff": ("Sam", "Okafor"),
    "customer": ("Clara", "Lindqvist"),
}
STAFF_MODELS: Final = (
    "category",
    "product",
    "tag",
    "order",
    "orderline",
    "review",
    "stockmovement",
)


def digest(token: str) -> str:
    """What the database keeps of an API token."""
    return hashlib.sha256(token.encode()).hexdigest()


def ensure() -> None:
    """Create what is missing of the demo users and their tokens; quick when nothing is."""
    kept = credentials.read(settings.DATA_DIR) or credentials.Credentials()
    tokens = {"customer": digest(kept.customer_token), "staff": digest(kept.staff_token)}
    users = {user.username: user for user in User.objects.filter(username__in=NAMES)}
    known = set(
        ApiToken.objects.filter(digest__in=tokens.values()).values_list("digest", flat=True)
    )
    if len(users) == len(NAMES) and len(known) == len(tokens):
        return
    with transaction.atomic():
        for name, (first, last) in NAMES.items():
            if name not in users:
                users[name] = _create(name, first, last)
        for name, kept_digest in tokens.items():
            if kept_digest not in known:
                # The plain token is only in this data directory; an older one is of no use.
                ApiToken.objects.filter(user=users[name], name="demo").delete()
                ApiToken.objects.create(user=users[name], name="demo", digest=kept_digest)


def _create(name: str, first: str, last: str) -> User:
    user = User.objects.create(
        username=name,
        first_name=first,
        last_name=last,
        email=f"{name}@shop.example",
        password="!",  # noqa: S106 - marks that there is none yet
        is_staff=name != "customer",
        is_superuser=name == "admin",
    )
    if name == "staff":
        user.user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="shop", content_type__model__in=STAFF_MODELS
            ).exclude(codename__startswith="delete_")
        )
    if name == "customer":
        customer = Customer.objects.create(user=user, phone="+46 8 555 0142")
        customer.addresses.create(
            street="Birkagatan 12",
            postal_code="113 36",
            city="Stockholm",
            country="SE",
            is_default=True,
        )
    return user


def set_passwords() -> None:
    """Give each demo user the generated password; a hash costs a third of a second, so do it late.

    The hash is kept beside the password: a later start compares two strings and is done.
    """
    try:
        kept = credentials.read(settings.DATA_DIR)
        if kept is None:
            return
        for name in NAMES:
            encoded = kept.password_hashes.get(name)
            if encoded is None:
                encoded = make_password(kept.password_of(name))
                kept = kept.with_hash(name, encoded)
                credentials.write(settings.DATA_DIR, kept)
            User.objects.filter(username=name).exclude(password=encoded).update(password=encoded)
    except (DatabaseError, OSError):
        logger.exception("The passwords of the demo users could not be set")
    finally:
        passwords_are_set.set()
        connection.close()
