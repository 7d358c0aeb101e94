"""Writing, changing and deleting reviews; the product's summary counts along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F

from demo_server.shop.models import Customer, ProductSummary, Review
from demo_server.shop.services.catalogue import locked_product
from demo_server.shop.services.invalidation import changed
from demo_server.shop.services.refusals import Conflict, Invalid, NotFound
from demo_server.shop.services.work import unit_of_work


@unit_of_work
def add_review(user_id: int, product_id: int, rating: int, title: str, text: str = "") -> Review:
    """A review of a product on sale; Conflict when this user has reviewed it already."""
    locked_product(product_id)
    _check_rating(rating)
    if not User.objects.filter(pk=user_id).exists():
        raise NotFound("user", user_id)
    customer, _ = Customer.objects.get_or_create(user_id=user_id)
    if Review.objects.filter(product=product_id, customer=customer).exists():
        raise Conflict(f"You have reviewed product {product_id} already. Change that review.")
    review = Review.objects.create(
        product_id=product_id, customer=customer, rating=rating, title=title, text=text
    )
    _count(product_id, 1, rating)
    review.refresh_from_db()
    return review


@unit_of_work
def update_review(review_id: int, changes: Mapping[str, Any]) -> Review:
    """Change `rating`, `title` or `text`."""
    review = _locked_review(review_id)
    before = review.rating
    for name in ("rating", "title", "text"):
        if name in changes:
            setattr(review, name, changes[name])
    _check_rating(review.rating)
    review.save()
    _count(review.product_id, 0, review.rating - before)
    return review


@unit_of_work
def delete_review(review_id: int) -> None:
    """Delete a review."""
    review = _locked_review(review_id)
    review.delete()
    _count(review.product_id, -1, -review.rating)


def _locked_review(review_id: int) -> Review:
    review = Review.objects.select_for_update().filter(pk=review_id).first()
    if review is None:
        raise NotFound("review", review_id)
    return review


def _check_rating(rating: int) -> None:
    if not 1 <= rating <= 5:
        raise Invalid("rating", "A rating is 1 to 5.")


def _count(product_id: int, reviews: int, stars: int) -> None:
    ProductSummary.objects.get_or_create(product_id=product_id)
    ProductSummary.objects.filter(pk=product_id).update(
        review_count=F("review_count") + reviews, rating_total=F("rating_total") + stars
    )
    changed("products", product_id)
    changed("reviews")
