"""/api/users: accounts; a customer sees and changes their own, the staff all."""

from typing import Annotated, Any, Final, Literal

from django.contrib.auth.models import User
from msgspec import UNSET, Meta, UnsetType, field

from demo_server.rest_api.changes import given
from demo_server.rest_api.layer.operation import Access, Call, Identity, Reply
from demo_server.rest_api.layer.pagination import Page, PageQuery, page_for
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import Query
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.people import UserBody, UserOut, UserPatch, UserPut, user_out
from demo_server.rest_api.shapes.words import PRIVATE, Search
from demo_server.shop import queries, services

TAG: Final = "Users"

UserField = Literal[
    "id", "username", "first_name", "last_name", "email", "is_staff", "joined_at", "_links"
]
UserFields = Annotated[
    list[UserField], Meta(min_length=1, description="Only these members of each user")
]
UserSort = Literal["id", "-id", "username", "-username", "joined_at", "-joined_at"]
_EXAMPLE: Final = {
    "username": "grace",
    "password": "correct horse battery",
    "first_name": "Grace",
    "last_name": "Hopper",
    "email": "grace@example.org",
}


class UserQuery(PageQuery):
    """Which users, in which order."""

    q: Search | UnsetType = UNSET
    is_staff: Annotated[bool, Meta(description="The staff, or others")] | UnsetType = UNSET
    sort: Annotated[
        list[UserSort], Meta(min_length=1, max_length=2, description="- is descending")
    ] = field(default_factory=lambda: ["id"])
    fields: UserFields = []


class UserFieldsQuery(Query):
    """Which members."""

    fields: UserFields = []


async def existing(user_id: int, identity: Identity) -> User:
    """The user; Problem 403 when it is someone else's business, 404 when there is none."""
    if user_id != identity.user_id and not identity.is_staff:
        raise Problem("forbidden", "This is another user's account.")
    user = await queries.user(user_id)
    if user is None:
        raise Problem("not-found", f"There is no user {user_id}.")
    return user


def _wanted(query: UserQuery) -> dict[str, Any]:
    wanted = given(query)
    for name in ("page", "page_size", "fields"):
        del wanted[name]
    if "sort" in wanted:
        wanted["sort"] = [name.replace("joined_at", "date_joined") for name in wanted["sort"]]
    return {**wanted, "offset": query.offset, "limit": query.page_size}


@operation(
    "List users",
    access=Access.STAFF,
    query=UserQuery,
    out=Page[UserOut],
    sparse=True,
    cache_control=PRIVATE,
)
async def list_users(call: Call[UserQuery, None]) -> Reply:
    """`q` searches user names, names and e-mail addresses."""
    users, total = await queries.users(**_wanted(call.query))
    return Reply(page_for(call, [user_out(user) for user in users], total))


@operation(
    "Read a user",
    access=Access.SIGNED_IN,
    query=UserFieldsQuery,
    out=UserOut,
    problems=("forbidden",),
    etag=True,
    sparse=True,
    cache_control=PRIVATE,
)
async def read_user(call: Call[UserFieldsQuery, None]) -> Reply:
    """Your own, or as a member of the staff anyone's."""
    return Reply(user_out(await existing(call.path["user_id"], call.identity)))


@operation("Who am I", access=Access.SIGNED_IN, out=UserOut, etag=True, cache_control=PRIVATE)
async def read_me(call: Call[None, None]) -> Reply:
    """The user of this token or session."""
    return Reply(user_out(await existing(call.identity.user_id, call.identity)))


@operation(
    "Add a user",
    access=Access.STAFF,
    body=UserBody,
    example=_EXAMPLE,
    out=UserOut,
    status=201,
    location=True,
    etag=True,
    idempotent=True,
    problems=("conflict",),
)
async def create_user(call: Call[None, UserBody]) -> Reply:
    """A customer with a user name that is new."""
    user = await services.create_user(given(call.body))
    return Reply(user_out(user), location=f"/api/users/{user.pk}")


@operation(
    "Replace a user",
    access=Access.SIGNED_IN,
    body=UserPut,
    example={name: text for name, text in _EXAMPLE.items() if name != "password"},
    out=UserOut,
    etag=True,
    if_match=True,
    problems=("conflict", "forbidden"),
)
async def replace_user(call: Call[None, UserPut]) -> Reply:
    """All but the password, which changes by PATCH."""
    return await _change(call, given(call.body))


@operation(
    "Change a user",
    access=Access.SIGNED_IN,
    body=UserPatch,
    merge_patch=True,
    example={"first_name": "Ada"},
    out=UserOut,
    etag=True,
    if_match=True,
    problems=("conflict", "forbidden"),
)
async def change_user(call: Call[None, UserPatch]) -> Reply:
    """A JSON merge patch (RFC 7396): what it leaves out stays."""
    return await _change(call, given(call.body))


async def _change(call: Call[None, Any], changes: dict[str, Any]) -> Reply:
    user = await existing(call.path["user_id"], call.identity)
    if user.is_staff and user.pk != call.identity.user_id:
        raise Problem("forbidden", "Members of the staff change their own account only.")
    call.require_match(user_out(user))
    return Reply(user_out(await services.update_user(user.pk, changes)))


@operation(
    "Delete a user",
    access=Access.STAFF,
    status=204,
    if_match=True,
    problems=("conflict",),
)
async def delete_user(call: Call[None, None]) -> Reply:
    """409 for yourself, for other staff, and for a customer with orders."""
    user = await existing(call.path["user_id"], call.identity)
    call.require_match(user_out(user))
    await services.delete_user(user.pk)
    return Reply()


_ID: Final = {"user_id": "The user's id"}

RESOURCES: Final[tuple[Resource, ...]] = (
    resource("users", tag=TAG, get=list_users, post=create_user),
    resource("users/me", tag=TAG, get=read_me),
    resource(
        "users/<id:user_id>",
        tag=TAG,
        parameters=_ID,
        get=read_user,
        put=replace_user,
        patch=change_user,
        delete=delete_user,
    ),
)
