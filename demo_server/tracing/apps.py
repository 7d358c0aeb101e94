"""The Django app that hangs the tracing on the database and the cache; settings install it."""

from __future__ import annotations

from django.apps import AppConfig

from demo_server.tracing import cache, sql, sqlite


class TracingConfig(AppConfig):
    """In INSTALLED_APPS, requests are followed; without it, nothing of it runs."""

    name = "demo_server.tracing"
    label = "tracing"

    def ready(self) -> None:
        """Listen to connections and to the cache feed."""
        sql.install()
        sqlite.install()
        cache.install()
