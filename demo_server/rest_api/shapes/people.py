"""Users, orders and reviews on the wire."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from django.contrib.auth.models import User
from msgspec import UNSET, Meta, UnsetType, field

from demo_server.rest_api.layer.schema import END, Body, Id, Link, Money, Out
from demo_server.rest_api.shapes.words import NO_CONTROL, Text, links
from demo_server.shop.models import Order, Review

Username = Annotated[
    str,
    Meta(pattern=r"^[a-zA-Z0-9_.@+-]{1,150}" + END, description="Unique", examples=["ada"]),
]
PersonName = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*" + END, max_length=150)]
Email = Annotated[
    str,
    Meta(
        pattern=r"^[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9-]{1,63}(\.[a-zA-Z0-9-]{1,63}){1,2}" + END,
        max_length=254,
        examples=["ada@example.org"],
    ),
]
Password = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f\x7f]*" + END,
        min_length=12,
        max_length=128,
        description="At least 12 characters; stored as a hash, never answered",
        examples=["correct horse battery"],
    ),
]
Status = Literal["placed", "shipped", "delivered", "cancelled"]
Rating = Annotated[int, Meta(ge=1, le=5, description="Stars", examples=[4])]
ReviewTitle = Annotated[
    str, Meta(pattern=NO_CONTROL, min_length=1, max_length=100, examples=["Sturdy"])
]


class UserOut(Out):
    """An account."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    is_staff: bool
    joined_at: datetime
    links: dict[str, Link] = field(name="_links")


class UserBody(Body):
    """An account as it shall be."""

    username: Username
    password: Password
    first_name: PersonName = ""
    last_name: PersonName = ""
    email: Email | Literal[""] = ""


class UserPut(Body):
    """An account as it shall be; its password changes by PATCH."""

    username: Username
    first_name: PersonName
    last_name: PersonName
    email: Email | Literal[""]


class UserPatch(Body):
    """What shall change in an account; what is absent stays."""

    username: Username | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    first_name: PersonName | UnsetType = UNSET
    last_name: PersonName | UnsetType = UNSET
    email: Email | Literal[""] | UnsetType = UNSET


def user_out(user: User) -> UserOut:
    """The account, without anything secret."""
    here = f"/api/users/{user.pk}"
    return UserOut(
        id=user.pk,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        is_staff=user.is_staff,
        joined_at=user.date_joined,
        links=links(self_=here, orders=f"{here}/orders", collection="/api/users"),
    )


class LineOut(Out):
    """So many of one product, at the price that was paid."""

    product_id: int
    name: str
    quantity: int
    unit_price: Money
    total: Money
    links: dict[str, Link] = field(name="_links")


class OrderOut(Out):
    """One purchase."""

    id: int
    user_id: int
    status: Status
    placed_at: datetime
    total: Money
    lines: list[LineOut]
    version: int
    links: dict[str, Link] = field(name="_links")


class LineBody(Body):
    """So many of one product."""

    product_id: Id
    quantity: Annotated[int, Meta(ge=1, le=1000, examples=[2])]


class OrderBody(Body):
    """An order to be placed, for yourself, at the prices of this moment."""

    lines: Annotated[
        list[LineBody], Meta(min_length=1, max_length=50, description="One line a product")
    ]


class OrderPatch(Body):
    """How an order moves on: placed → shipped → delivered, or placed → cancelled."""

    status: Status


ORDER_EXAMPLE: Final[dict[str, Any]] = {"lines": [{"product_id": 7, "quantity": 2}]}


def order_out(order: Order) -> OrderOut:
    """The order; its customer, its lines and their products must be loaded."""
    here = f"/api/orders/{order.pk}"
    lines = list(order.lines.all())
    return OrderOut(
        id=order.pk,
        user_id=order.customer.user_id,
        status=order.status,  # type: ignore[arg-type]  # the table's constraint knows no other
        placed_at=order.placed_at,
        total=f"{sum(line.quantity * line.unit_price for line in lines):.2f}",
        lines=[
            LineOut(
                product_id=line.product_id,
                name=line.product.name,
                quantity=line.quantity,
                unit_price=f"{line.unit_price:.2f}",
                total=f"{line.quantity * line.unit_price:.2f}",
                links=links(product=f"/api/products/{line.product_id}"),
            )
            for line in lines
        ],
        version=order.version,
        links=links(
            self_=here, user=f"/api/users/{order.customer.user_id}", collection="/api/orders"
        ),
    )


class ReviewOut(Out):
    """What one customer says of one product."""

    id: int
    product_id: int
    user_id: int
    author: str
    rating: int
    title: str
    text: str
    created_at: datetime
    links: dict[str, Link] = field(name="_links")


class ReviewBody(Body):
    """A review as it shall be."""

    rating: Rating
    title: ReviewTitle
    text: Annotated[Text, Meta(examples=["It stood through the winter."])] = ""


class ReviewPatch(Body):
    """What shall change in a review; what is absent stays."""

    rating: Rating | UnsetType = UNSET
    title: ReviewTitle | UnsetType = UNSET
    text: Text | UnsetType = UNSET


def review_out(review: Review) -> ReviewOut:
    """The review; its customer and their user must be loaded."""
    return ReviewOut(
        id=review.pk,
        product_id=review.product_id,
        user_id=review.customer.user_id,
        author=str(review.customer),
        rating=review.rating,
        title=review.title,
        text=review.text,
        created_at=review.created_at,
        links=links(
            self_=f"/api/reviews/{review.pk}",
            product=f"/api/products/{review.product_id}",
            collection="/api/reviews",
        ),
    )
