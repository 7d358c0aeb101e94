"""The OpenAPI document of the shop: every resource, and the lab's that keep their word."""

from typing import Any, Final

from django.conf import settings

from demo_server.lab import resources as lab
from demo_server.rest_api import (
    auth,
    categories,
    entry,
    orders,
    products,
    reports,
    reviews,
    tags,
    users,
    views,
)
from demo_server.rest_api.layer.openapi import Document
from demo_server.rest_api.layer.published import published
from demo_server.rest_api.layer.resource import Resource

RESOURCES: Final[tuple[Resource, ...]] = (
    *products.RESOURCES,
    *views.RESOURCES,
    *categories.RESOURCES,
    *tags.RESOURCES,
    *orders.RESOURCES,
    *users.RESOURCES,
    *reviews.RESOURCES,
    *reports.RESOURCES,
    *auth.RESOURCES,
    *entry.RESOURCES,
)

TAGS: Final = {
    "Products": "What the shop sells. Read by anyone, changed by the staff.",
    "Categories": "The tree in which products are found.",
    "Tags": "Words that products share: many to many.",
    "Orders": "What customers bought. A customer sees their own, the staff all.",
    "Users": "Accounts. A customer sees their own, the staff all.",
    "Reviews": "What customers say of products: one review of each product by each customer.",
    "Reports": "Figures over many rows, for the staff.",
    "Auth": "Stateless tokens and stateful sessions.",
    "Start": "The entry point, and what problems mean.",
    lab.TAG: lab.DESCRIPTION,
}

_DESCRIPTION: Final = (
    "A small shop. Errors are problem details (RFC 9457). Single items carry an ETag: send it back "
    "as If-None-Match to save the body, as If-Match to change only what you have seen. Lists come "
    "in pages and take `fields` for sparse fieldsets. POST takes an Idempotency-Key."
)


def build() -> dict[str, Any]:
    """The document."""
    document = Document(
        [
            *(("api/", resource) for resource in RESOURCES),
            *(("lab/", resource) for resource in lab.STEADY),
        ]
    )
    info = {"title": "Shop", "version": "1", "description": _DESCRIPTION}
    described = document.build(info, TAGS, _security_schemes())
    described["externalDocs"] = {
        "description": "All endpoints of the lab, also those that fail on purpose",
        "url": "/lab/openapi.json",
    }
    return described


def _security_schemes() -> dict[str, Any]:
    session, csrf = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from POST /api/auth/token.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": session,
            "description": "A session from POST /api/auth/login.",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRFToken",
            "description": f"The value of the cookie {csrf}; only changes by session need it.",
        },
    }


view = published(build)
