"""Products, categories and tags on the wire."""

from datetime import datetime
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType, field

from demo_server.rest_api.layer.schema import END, Body, Id, Link, Money, Out
from demo_server.rest_api.shapes.words import NO_CONTROL, SLUG_PATTERN, Slug, Text, links
from demo_server.shop.models import Category, Product, ProductSummary, Tag

Sku = Annotated[
    str,
    Meta(
        pattern="^[A-Z]{2,4}-[0-9]{4,6}" + END,
        description="The article number: unique",
        examples=["GAR-0042"],
    ),
]
ProductName = Annotated[
    str, Meta(pattern=NO_CONTROL, min_length=1, max_length=120, examples=["Oak garden table"])
]
Price = Annotated[
    str,
    Meta(
        pattern=r"^(0\.(0[1-9]|[1-9][0-9])|[1-9][0-9]{0,6}\.[0-9]{2})" + END,
        description="Above zero, with two decimals, as text: a JSON number would lose cents",
        examples=["249.00"],
    ),
]
Stock = Annotated[int, Meta(ge=0, le=1_000_000, description="Pieces in stock", examples=[12])]
Description = Annotated[Text, Meta(description="Plain text", examples=["Seats six."])]
TagSlugs = Annotated[
    list[Slug], Meta(max_length=20, description="Slugs of existing tags", examples=[["garden"]])
]
CategoryName = Annotated[
    str, Meta(pattern=NO_CONTROL, min_length=1, max_length=60, examples=["Tables"])
]
CategorySlug = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        min_length=1,
        max_length=60,
        description="A name for addresses: unique",
        examples=["tables"],
    ),
]
TagName = Annotated[str, Meta(pattern=NO_CONTROL, min_length=1, max_length=40, examples=["Garden"])]

PRODUCT_EXAMPLE: Final[dict[str, Any]] = {
    "sku": "GAR-90042",
    "name": "Oak garden table",
    "category_id": 1,
    "price": "249.00",
    "stock": 12,
    "description": "Seats six.",
    "tags": [],
}


class CategoryReference(Out):
    """The category of a product."""

    id: int
    name: str
    slug: str


class ProductOut(Out):
    """A product as it is."""

    id: int
    sku: str
    name: str
    description: str
    category: CategoryReference
    price: Money
    stock: int
    tags: list[str]
    rating: float | None
    review_count: int
    version: int
    created_at: datetime
    updated_at: datetime
    links: dict[str, Link] = field(name="_links")


class ProductBody(Body):
    """A product as it shall be."""

    sku: Sku
    name: ProductName
    category_id: Id
    price: Price
    stock: Stock = 0
    description: Description = ""
    tags: TagSlugs = []


class ProductPatch(Body):
    """What shall change in a product; what is absent stays."""

    sku: Sku | UnsetType = UNSET
    name: ProductName | UnsetType = UNSET
    category_id: Id | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    tags: TagSlugs | UnsetType = UNSET


def product_out(product: Product) -> ProductOut:
    """The product; its category, tags and summary must be loaded."""
    summary: ProductSummary | None = getattr(product, "summary", None)
    reviews = summary.review_count if summary else 0
    here = f"/api/products/{product.pk}"
    return ProductOut(
        id=product.pk,
        sku=product.sku,
        name=product.name,
        description=product.description,
        category=CategoryReference(
            id=product.category.pk, name=product.category.name, slug=product.category.slug
        ),
        price=f"{product.price:.2f}",
        stock=product.stock,
        tags=sorted(tag.slug for tag in product.tags.all()),
        rating=round(summary.rating_total / reviews, 2) if summary and reviews else None,
        review_count=reviews,
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
        links=links(
            self_=here,
            category=f"/api/categories/{product.category.pk}",
            reviews=f"{here}/reviews",
            tags=f"{here}/tags",
            collection="/api/products",
        ),
    )


class CategoryOut(Out):
    """A node of the category tree; `parent_id` is null at the top."""

    id: int
    name: str
    slug: str
    parent_id: int | None
    links: dict[str, Link] = field(name="_links")


class CategoryBody(Body):
    """A category as it shall be."""

    name: CategoryName
    slug: CategorySlug
    parent_id: Annotated[Id | None, Meta(description="The category above; null at the top")] = None


class CategoryPatch(Body):
    """What shall change in a category; what is absent stays, a null parent moves it to the top."""

    name: CategoryName | UnsetType = UNSET
    slug: CategorySlug | UnsetType = UNSET
    parent_id: Id | UnsetType | None = UNSET


def category_out(category: Category) -> CategoryOut:
    """The category."""
    here = f"/api/categories/{category.pk}"
    above = {"up": f"/api/categories/{category.parent_id}"} if category.parent_id else {}
    return CategoryOut(
        id=category.pk,
        name=category.name,
        slug=category.slug,
        parent_id=category.parent_id,
        links=links(
            self_=here,
            products=f"{here}/products",
            children=f"/api/categories?parent={category.pk}",
            collection="/api/categories",
            **above,
        ),
    )


class TagOut(Out):
    """A word that products share."""

    id: int
    name: str
    slug: str
    links: dict[str, Link] = field(name="_links")


class TagList(Out):
    """The tags of a product."""

    items: list[TagOut]


class TagBody(Body):
    """A tag as it shall be."""

    name: TagName
    slug: Slug


class TagPatch(Body):
    """What shall change in a tag; what is absent stays."""

    name: TagName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET


def tag_out(tag: Tag) -> TagOut:
    """The tag."""
    return TagOut(
        id=tag.pk,
        name=tag.name,
        slug=tag.slug,
        links=links(
            self_=f"/api/tags/{tag.pk}",
            products=f"/api/products?tag={tag.slug}",
            collection="/api/tags",
        ),
    )
