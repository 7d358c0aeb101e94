"""Who is calling: a Bearer token, else the session cookie with its CSRF check."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import aget_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string

from demo_server.rest_api.layer.operation import Identity
from demo_server.rest_api.layer.problem import Problem
from demo_server.shop import queries

CHALLENGE: Final = 'Bearer realm="shop"'
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


async def identify(request: HttpRequest) -> Identity:
    """The caller; Problem 401 for a stranger, 403 for a session without its CSRF token."""
    authorization = request.META.get("HTTP_AUTHORIZATION")
    if authorization is not None:
        return await _by_token(authorization)
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return await _by_session(request)
    raise unauthenticated("Send a Bearer token, or sign in at /api/auth/login.")


def unauthenticated(detail: str, error: str = "") -> Problem:
    """Problem 401 with its challenge (RFC 6750)."""
    challenge = f'{CHALLENGE}, error="{error}"' if error else CHALLENGE
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": challenge})


async def _by_token(authorization: str) -> Identity:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated(
            "The Authorization header must be `Bearer <token>`.", "invalid_request"
        )
    owner = await queries.token_owner(token.strip())
    if owner is None:
        raise unauthenticated("The token is unknown, revoked or expired.", "invalid_token")
    return Identity(owner.user_id, owner.is_staff, owner.token_id)


async def _by_session(request: HttpRequest) -> Identity:
    open_session(request)
    user = await aget_user(request)
    if not user.is_authenticated or user.pk is None:
        raise unauthenticated("The session has ended. Sign in again.")
    if request.method not in _SAFE:
        refuse_forgery(request)
    return Identity(user.pk, bool(getattr(user, "is_staff", False)))


def open_session(request: HttpRequest) -> SessionBase:
    """The request's session, as Django's own middleware would open it."""
    if not hasattr(request, "session"):
        store: Any = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return request.session


class _Forgery(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        del request
        raise Problem("csrf-failed", f"{reason} Send the value of the CSRF cookie as X-CSRFToken.")


def _no_response(request: HttpRequest) -> HttpResponse:
    """Stands where a view would: only the middleware's check is used, never its chain."""
    raise AssertionError(f"the CSRF check answered {request.path}")


_forgery: Final = _Forgery(_no_response)
_any_view: Final[Callable[..., HttpResponse]] = lambda request: _no_response(request)  # noqa: E731


def refuse_forgery(request: HttpRequest) -> None:
    """Problem 403 unless the request proves that it comes from our own pages or client."""
    _forgery.process_request(request)
    _forgery.process_view(request, _any_view, (), {})
