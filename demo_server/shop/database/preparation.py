"""Makes the database ready to serve: its schema, its data, its demo users."""

from __future__ import annotations

from django.core.management import call_command

from demo_server.shop import accounts


def prepare(*, is_fresh: bool) -> None:
    call_command("migrate", verbosity=0)
    accounts.ensure()
