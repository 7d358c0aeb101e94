"""Types that several shapes share: names, slugs, texts, links."""

from typing import Annotated, Final

from msgspec import Meta

from demo_server.rest_api.layer.schema import END, NO_NUL, Link

SLUG_PATTERN: Final = "^[-a-zA-Z0-9_]+" + END
PRIVATE: Final = "private, no-cache"
REVALIDATE: Final = "public, no-cache"
"""Keep it, but ask each time whether it is still right: the ETag makes that cheap."""
NO_CONTROL: Final = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*" + END
"""One line with something to see in it."""
FRESH: Final = "public, max-age=10, stale-while-revalidate=30"
"""Keep it and do not ask for ten seconds: for what hardly changes, and may be seen late."""

Slug = Annotated[
    str,
    Meta(
        pattern=SLUG_PATTERN,
        min_length=1,
        max_length=40,
        description="A name for addresses: letters, digits, - and _",
        examples=["garden"],
    ),
]
Search = Annotated[
    str, Meta(pattern=NO_NUL, min_length=1, max_length=100, description="Words to look for")
]
Text = Annotated[str, Meta(pattern=NO_NUL, max_length=4000)]


def links(**addresses: str) -> dict[str, Link]:
    """Links by relation; `self_` is `self`."""
    return {rel.rstrip("_"): Link(href=href) for rel, href in addresses.items()}
