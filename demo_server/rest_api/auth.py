"""/api/auth: stateless tokens that every request carries, and sessions that the server keeps."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Final

from django.conf import settings
from django.contrib.auth import aauthenticate, alogin, alogout
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from msgspec import Meta

from demo_server.rest_api.layer import authentication
from demo_server.rest_api.layer.operation import Access, Call, Reply, encoder
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.resource import Resource, resource
from demo_server.rest_api.layer.schema import NO_NUL, Body, Out
from demo_server.rest_api.refusals import operation
from demo_server.rest_api.shapes.people import UserOut, user_out
from demo_server.shop import services

TAG: Final = "Auth"
_MOST_FAILURES: Final = 20
_FAILURES_KEPT_S: Final = 60
BEARER: Final = "Bearer"
LIFE: Final = timedelta(days=30)
_SAME_SITE: Final = "Strict"
_EXAMPLE: Final = {"username": "customer", "password": "the generated password"}


class Credentials(Body):
    """Who you are, and the proof."""

    username: Annotated[str, Meta(pattern=NO_NUL, min_length=1, max_length=150)]
    password: Annotated[str, Meta(pattern=NO_NUL, min_length=1, max_length=128)]


class TokenOut(Out):
    """A token, shown this once."""

    token: str
    token_type: str
    expires_at: datetime | None
    user_id: int


class SessionOut(Out):
    """A session that has begun."""

    user: UserOut
    csrf_token: str
    csrf_header: str


@operation(
    "Get a token",
    body=Credentials,
    example=_EXAMPLE,
    out=TokenOut,
    status=201,
    problems=("unauthenticated",),
)
async def issue_token(call: Call[None, Credentials]) -> Reply:
    """Send it as `Authorization: Bearer …` with every request. Shown once, lasts 30 days."""
    user = await _prove(call)
    row, plain = await services.issue_token(user.pk, "api", LIFE)
    return Reply(
        TokenOut(token=plain, token_type=BEARER, expires_at=row.expires_at, user_id=user.pk)
    )


@operation("Revoke this token", access=Access.SIGNED_IN, status=204, problems=("conflict",))
async def revoke_token(call: Call[None, None]) -> Reply:
    """The token of this very request: the next one with it answers 401."""
    if not call.identity.token_id:
        raise Problem("conflict", "This request came with a session. End it at /api/auth/logout.")
    await services.revoke_token(call.identity.token_id)
    return Reply()


@operation(
    "Begin a session",
    body=Credentials,
    example=_EXAMPLE,
    out=SessionOut,
    problems=("unauthenticated",),
    headers={"Set-Cookie": "The session and the CSRF token"},
)
async def log_in(call: Call[None, Credentials]) -> Reply:
    """Sets two cookies. Changes by session also need the header X-CSRFToken."""
    user = await _prove(call)
    request = call.request
    session = authentication.open_session(request)
    await alogin(request, user)
    await session.asave()
    began = SessionOut(
        user=user_out(user), csrf_token=get_token(request), csrf_header="X-CSRFToken"
    )
    body = encoder.encode(began)
    headers = {"Cache-Control": "no-store", "Content-Length": str(len(body))}
    response = HttpResponse(body, content_type="application/json", headers=headers)
    _set_cookies(request, response)
    return Reply(finished=response)


@operation("End this session", access=Access.SIGNED_IN, status=204, problems=("conflict",))
async def log_out(call: Call[None, None]) -> Reply:
    """The server forgets the session; the cookie is worth nothing from then on."""
    if call.identity.token_id:
        raise Problem("conflict", "This request came with a token. Revoke it at /api/auth/token.")
    authentication.open_session(call.request)
    await alogout(call.request)
    response = HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    del response["Content-Type"]
    response.delete_cookie(settings.SESSION_COOKIE_NAME, samesite=_SAME_SITE)
    return Reply(finished=response)


async def _prove(call: Call[None, Credentials]) -> User:
    """The user; Problem 401 when name and password do not fit, 429 after many failures."""
    place = f"auth:failures:{call.request.META.get('REMOTE_ADDR', '')}"
    if (await cache.aget(place, 0)) >= _MOST_FAILURES:
        retry = {"Retry-After": str(_FAILURES_KEPT_S)}
        raise Problem("too-many-requests", "Too many failed attempts to sign in.", headers=retry)
    user = await aauthenticate(
        call.request, username=call.body.username, password=call.body.password
    )
    if isinstance(user, User):
        return user
    if not await cache.aadd(place, 1, _FAILURES_KEPT_S):
        with suppress(ValueError):  # it has just expired
            await cache.aincr(place)
    raise authentication.unauthenticated("User name and password do not fit.")


def _set_cookies(request: HttpRequest, response: HttpResponse) -> None:
    response.set_cookie(
        settings.SESSION_COOKIE_NAME,
        request.session.session_key or "",
        max_age=settings.SESSION_COOKIE_AGE,
        httponly=True,
        samesite=_SAME_SITE,
    )
    response.set_cookie(
        settings.CSRF_COOKIE_NAME,
        request.META["CSRF_COOKIE"],
        max_age=settings.CSRF_COOKIE_AGE,
        samesite=_SAME_SITE,
    )


RESOURCES: Final[tuple[Resource, ...]] = (
    resource("auth/token", tag=TAG, post=issue_token, delete=revoke_token),
    resource("auth/login", tag=TAG, post=log_in),
    resource("auth/logout", tag=TAG, post=log_out),
)
