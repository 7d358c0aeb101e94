"""Why a change was not made.

Refusal
├── NotFound    what should be changed, or is referred to by the address, does not exist
├── Gone        the product was withdrawn
├── Stale       it has changed since the version that the caller saw
├── Conflict    it contradicts what is stored (duplicate, still in use, not enough in stock)
└── Invalid     one member breaks a rule
"""

from __future__ import annotations

from datetime import datetime


class Refusal(Exception):  # noqa: N818 - an answer of the shop, not a defect
    """A change that a rule of the shop forbids; `detail` is a sentence for the client."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(Refusal):
    """`There is no product 7.`"""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"There is no {kind} {key}.")
        self.kind = kind
        self.key = key


class Gone(Refusal):
    """The product was withdrawn at `since`."""

    def __init__(self, product_id: int, since: datetime) -> None:
        super().__init__(f"Product {product_id} was withdrawn on {since:%Y-%m-%d}.")
        self.since = since


class Stale(Refusal):
    """It is at version `current` now, not at the one that the caller saw."""

    def __init__(self, current: int) -> None:
        super().__init__(f"It has changed: its version is {current} now.")
        self.current = current


class Conflict(Refusal):
    """It contradicts what is stored."""


class Invalid(Refusal):
    """The member `field` breaks a rule; a list's element is `lines/0/quantity`."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
