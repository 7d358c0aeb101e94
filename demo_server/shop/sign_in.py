"""Signing in right after the start waits for the passwords, which are hashed behind it."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

PATIENCE: Final = 10.0

passwords_are_set: Final = Event()
"""Not set only while a server is between its first request and the last hash."""
passwords_are_set.set()


class PatientBackend(ModelBackend):
    """Django's own, which asks only once there is something to compare with; at most 10 s."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        passwords_are_set.wait(PATIENCE)
        return super().authenticate(request, username, password, **kwargs)

    async def aauthenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not passwords_are_set.is_set():
            await sync_to_async(passwords_are_set.wait, thread_sensitive=False)(PATIENCE)
        return await super().aauthenticate(request, username, password, **kwargs)
