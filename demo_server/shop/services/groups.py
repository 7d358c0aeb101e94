"""Changing categories and tags, and what is cached of the products in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo_server.shop.models import Category, Product, Tag
from demo_server.shop.services.invalidation import changed
from demo_server.shop.services.refusals import Conflict, Invalid, NotFound
from demo_server.shop.services.work import unit_of_work


@unit_of_work
def create_category(values: Mapping[str, Any]) -> Category:
    """A new category: `name slug parent_id`. Conflict for a taken slug or name among siblings."""
    category = Category(name=values["name"], slug=values["slug"], parent_id=values.get("parent_id"))
    _check_category(category)
    category.save()
    changed("categories", category.pk)
    return category


@unit_of_work
def update_category(category_id: int, changes: Mapping[str, Any]) -> Category:
    """Change `name`, `slug` or `parent_id` (None moves it to the top); never below itself."""
    category = Category.objects.select_for_update().filter(pk=category_id).first()
    if category is None:
        raise NotFound("category", category_id)
    for name in ("name", "slug", "parent_id"):
        if name in changes:
            setattr(category, name, changes[name])
    _check_category(category)
    category.save()
    changed("categories", category_id)
    changed("products", *Product.objects.filter(category=category).values_list("id", flat=True))
    changed("reports")
    return category


@unit_of_work
def delete_category(category_id: int) -> None:
    """Delete an empty category; Conflict while it holds products or categories."""
    category = Category.objects.select_for_update().filter(pk=category_id).first()
    if category is None:
        raise NotFound("category", category_id)
    if category.children.exists():
        raise Conflict(f"Category {category_id} has categories below it. Move them first.")
    if category.products.exists():
        raise Conflict(f"Category {category_id} has products, some perhaps withdrawn.")
    category.delete()
    changed("categories", category_id)


def _check_category(category: Category) -> None:
    others = Category.objects.exclude(pk=category.pk)
    if not category.name:
        raise Invalid("name", "A category needs a name.")
    if others.filter(slug=category.slug).exists():
        raise Conflict(f"There is a category with the slug {category.slug} already.")
    if others.filter(parent=category.parent_id, name=category.name).exists():
        raise Conflict(f"There is a category {category.name} already in this place.")
    parents = dict(Category.objects.values_list("id", "parent_id"))
    above = category.parent_id
    if above is not None and above not in parents:
        raise Invalid("parent_id", f"There is no category {above}.")
    while above is not None:
        if above == category.pk:
            raise Invalid("parent_id", "A category cannot lie below itself.")
        above = parents[above]


@unit_of_work
def create_tag(values: Mapping[str, Any]) -> Tag:
    """A new tag: `name slug`, both unique."""
    tag = Tag(name=values["name"], slug=values["slug"])
    _check_tag(tag)
    tag.save()
    changed("tags", tag.pk)
    return tag


@unit_of_work
def update_tag(tag_id: int, changes: Mapping[str, Any]) -> Tag:
    """Change `name` or `slug`."""
    tag = Tag.objects.select_for_update().filter(pk=tag_id).first()
    if tag is None:
        raise NotFound("tag", tag_id)
    for name in ("name", "slug"):
        if name in changes:
            setattr(tag, name, changes[name])
    _check_tag(tag)
    tag.save()
    changed("tags", tag_id)
    changed("products", *tag.products.values_list("id", flat=True))
    return tag


@unit_of_work
def delete_tag(tag_id: int) -> None:
    """Delete a tag; the products that had it go on without."""
    tag = Tag.objects.select_for_update().filter(pk=tag_id).first()
    if tag is None:
        raise NotFound("tag", tag_id)
    changed("products", *tag.products.values_list("id", flat=True))
    tag.delete()
    changed("tags", tag_id)


def _check_tag(tag: Tag) -> None:
    others = Tag.objects.exclude(pk=tag.pk)
    if not tag.name:
        raise Invalid("name", "A tag needs a name.")
    if others.filter(name=tag.name).exists():
        raise Conflict(f"There is a tag {tag.name} already.")
    if others.filter(slug=tag.slug).exists():
        raise Conflict(f"There is a tag with the slug {tag.slug} already.")
