"""What every resolver of one operation shares: who asks, and the data loaders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any, Final, TypeVar

from graphql import GraphQLResolveInfo

from demo_server.graphql_api.errors import Refused
from demo_server.graphql_api.loading import Loaders
from demo_server.rest_api.layer.operation import Identity

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST_ID: Final = 2**63 - 1


class Context:
    """The context value of one operation."""

    __slots__ = ("identity", "loaders")

    def __init__(self, identity: Identity, loaders: Loaders) -> None:
        self.identity = identity
        self.loaders = loaders

    def load(
        self, read: Callable[..., Awaitable[Mapping[K, V]]], key: K, *arguments: Hashable
    ) -> Awaitable[V | None]:
        """What `read` gives for this key, together with others that are asked for now."""
        return self.loaders.load(read, key, *arguments)

    def signed_in(self) -> Identity:
        """Who asks; UNAUTHENTICATED for nobody."""
        if not self.identity.user_id:
            raise Refused(
                "UNAUTHENTICATED", "This needs somebody who is signed in. Send a Bearer token."
            )
        return self.identity

    def staff(self) -> Identity:
        """Who asks; FORBIDDEN unless they belong to the staff."""
        if not self.signed_in().is_staff:
            raise Refused("FORBIDDEN", "This needs a member of the staff.")
        return self.identity


Info = GraphQLResolveInfo[Context]
Resolver = Callable[..., Any]


def key_of(text: str | None) -> int:
    """The number in an id; 0, which nothing has, when there is none."""
    if text is None or not (text.isascii() and text.isdecimal()):
        return 0
    number = int(text) if len(text) < 20 else 0
    return number if number <= LARGEST_ID else 0
