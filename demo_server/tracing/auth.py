"""Django's own authentication as spans: who is logged in, and whether a password is right."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.backends import ModelBackend

from demo_server.tracing.recorder import step

if TYPE_CHECKING:
    from collections.abc import Callable

_QUESTIONS = {
    "get_user": "load user",
    "aget_user": "load user",
    "authenticate": "check password",
    "aauthenticate": "check password",
}


def install() -> None:
    """Trace what Django asks its authentication backend, from now on."""
    for name, says in _QUESTIONS.items():
        method = getattr(ModelBackend, name)
        if not hasattr(method, "__wrapped__"):
            setattr(ModelBackend, name, _traced(method, says))


def _traced(method: Callable[..., Any], says: str) -> Callable[..., Any]:
    @wraps(method)
    def ask(*args: Any, **kwargs: Any) -> Any:
        with step("auth", says):
            return method(*args, **kwargs)

    @wraps(method)
    async def ask_async(*args: Any, **kwargs: Any) -> Any:
        with step("auth", says):
            return await method(*args, **kwargs)

    return ask_async if iscoroutinefunction(method) else ask
