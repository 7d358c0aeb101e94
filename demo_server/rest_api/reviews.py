"""/api/reviews: what customers say of products; written and changed by their authors."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType, field

from demo_server.rest_api import cached, products
from demo_server.rest_api.changes import given
from demo_server.rest_api.layer.operation import Access, Call, Reply
from demo_server.rest_api.layer.pagination import Page, PageQuery, page_for
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Id, Query
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.people import (
    Rating,
    ReviewBody,
    ReviewOut,
    ReviewPatch,
    review_out,
)
from demo_server.rest_api.shapes.words import REVALIDATE, Search
from demo_server.shop import queries, services
from demo_server.shop.models import Review

TAG: Final = "Reviews"

ReviewField = Literal[
    "id", "product_id", "user_id", "author", "rating", "title", "text", "created_at", "_links"
]
ReviewFields = Annotated[
    list[ReviewField], Meta(min_length=1, description="Only these members of each review")
]
ReviewSort = Literal["id", "-id", "rating", "-rating", "created_at", "-created_at"]
Sort = Annotated[list[ReviewSort], Meta(min_length=1, max_length=3, description="- is descending")]
_EXAMPLE: Final = {"rating": 4, "title": "Sturdy", "text": "It stood through the winter."}


class ReviewQuery(PageQuery):
    """Which reviews, in which order."""

    q: Search | UnsetType = UNSET
    product: Annotated[Id, Meta(description="Of this product")] | UnsetType = UNSET
    user: Annotated[Id, Meta(description="By this user")] | UnsetType = UNSET
    rating: Annotated[Rating, Meta(description="With so many stars")] | UnsetType = UNSET
    sort: Sort = field(default_factory=lambda: ["-created_at"])
    fields: ReviewFields = []


class ProductReviewQuery(PageQuery):
    """Which reviews of one product, in which order."""

    rating: Annotated[Rating, Meta(description="With so many stars")] | UnsetType = UNSET
    sort: Sort = field(default_factory=lambda: ["-created_at"])
    fields: ReviewFields = []


class ReviewFieldsQuery(Query):
    """Which members."""

    fields: ReviewFields = []


async def existing(review_id: int) -> Review:
    """The review; Problem 404 when there is none."""
    review = await queries.review(review_id)
    if review is None:
        raise Problem("not-found", f"There is no review {review_id}.")
    return review


async def own(call: Call[Any, Any]) -> Review:
    """The review when the caller may change it; Problem 403 when it is someone else's."""
    review = await existing(call.path["review_id"])
    if not call.identity.is_staff and review.customer.user_id != call.identity.user_id:
        raise Problem("forbidden", "This is another customer's review.")
    return review


@operation(
    "List reviews",
    query=ReviewQuery,
    out=Page[ReviewOut],
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def list_reviews(call: Call[ReviewQuery, None]) -> Reply:
    """Newest first. `q` searches titles and texts."""
    return await _page(call)


@operation(
    "List a product's reviews",
    query=ProductReviewQuery,
    out=Page[ReviewOut],
    problems=("gone",),
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def list_product_reviews(call: Call[ProductReviewQuery, None]) -> Reply:
    """Nested: the same reviews as /api/reviews?product=."""
    product = await products.existing(call.path["product_id"])
    return await _page(call, product=product.pk)


async def _page(call: Call[Any, None], **conditions: int) -> Reply:
    wanted = given(call.query) | conditions
    for name in ("page", "page_size", "fields"):
        del wanted[name]

    async def load() -> Page[ReviewOut]:
        where = queries.ReviewFilter(**wanted)
        reviews, total = await queries.reviews(where, call.query.offset, call.query.page_size)
        return page_for(call, [review_out(review) for review in reviews], total)

    return await cached.listing("reviews", call, load)


@operation(
    "Read a review",
    query=ReviewFieldsQuery,
    out=ReviewOut,
    etag=True,
    sparse=True,
    cache_control=REVALIDATE,
)
async def read_review(call: Call[ReviewFieldsQuery, None]) -> Reply:
    """What one customer says of one product."""
    return Reply(review_out(await existing(call.path["review_id"])))


@operation(
    "Review a product",
    access=Access.SIGNED_IN,
    body=ReviewBody,
    example=_EXAMPLE,
    out=ReviewOut,
    status=201,
    location=True,
    etag=True,
    idempotent=True,
    problems=("conflict", "gone"),
)
async def create_review(call: Call[None, ReviewBody]) -> Reply:
    """Each customer reviews a product once; a second review answers 409."""
    product = await products.existing(call.path["product_id"])
    review = await services.add_review(call.identity.user_id, product.pk, **given(call.body))
    return Reply(review_out(await existing(review.pk)), location=f"/api/reviews/{review.pk}")


@operation(
    "Replace a review",
    access=Access.SIGNED_IN,
    body=ReviewBody,
    example=_EXAMPLE,
    out=ReviewOut,
    etag=True,
    if_match=True,
    problems=("forbidden",),
)
async def replace_review(call: Call[None, ReviewBody]) -> Reply:
    """Your own, or as a member of the staff anyone's."""
    return await _change(call, given(call.body))


@operation(
    "Change a review",
    access=Access.SIGNED_IN,
    body=ReviewPatch,
    merge_patch=True,
    example={"rating": 5},
    out=ReviewOut,
    etag=True,
    if_match=True,
    problems=("forbidden",),
)
async def change_review(call: Call[None, ReviewPatch]) -> Reply:
    """A JSON merge patch (RFC 7396): what it leaves out stays."""
    return await _change(call, given(call.body))


async def _change(call: Call[None, Any], changes: dict[str, Any]) -> Reply:
    review = await own(call)
    call.require_match(review_out(review))
    await services.update_review(review.pk, changes)
    return Reply(review_out(await existing(review.pk)))


@operation(
    "Delete a review",
    access=Access.SIGNED_IN,
    status=204,
    if_match=True,
    problems=("forbidden",),
)
async def delete_review(call: Call[None, None]) -> Reply:
    """Your own, or as a member of the staff anyone's."""
    review = await own(call)
    call.require_match(review_out(review))
    await services.delete_review(review.pk)
    return Reply()


RESOURCES: Final[tuple[Resource, ...]] = (
    resource(
        "products/<id:product_id>/reviews",
        tag=TAG,
        parameters={"product_id": "The product's id"},
        get=list_product_reviews,
        post=create_review,
    ),
    resource("reviews", tag=TAG, get=list_reviews),
    resource(
        "reviews/<id:review_id>",
        tag=TAG,
        parameters={"review_id": "The review's id"},
        get=read_review,
        put=replace_review,
        patch=change_review,
        delete=delete_review,
    ),
)
