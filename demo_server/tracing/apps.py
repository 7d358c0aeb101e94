"""The Django app that hangs the tracing on the database and the cache; settings install it."""

from __future__ import annotations

from django.apps import AppConfig, apps

from demo_server.tracing import cache, flushes, sql, sqlite


class TracingConfig(AppConfig):
    """In INSTALLED_APPS, requests are followed; without it, nothing of it runs."""

    name = "demo_server.tracing"
    label = "tracing"

    def ready(self) -> None:
        """Listen to connections, to the cache feed, to flushes and to the authentication."""
        sql.install()
        sqlite.install()
        cache.install()
        flushes.install()
        if apps.is_installed("django.contrib.auth"):
            from demo_server.tracing import auth  # its models exist only in an installed app

            auth.install()
