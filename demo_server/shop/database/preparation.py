"""Makes the database ready to serve: its schema, its data, its demo users."""

from __future__ import annotations

import logging
from pkgutil import iter_modules

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from demo_server.failure import CannotStart
from demo_server.shop import accounts, seed
from demo_server.shop.database import files, schema

logger = logging.getLogger("demo_server.database")


def prepare(*, is_fresh: bool) -> None:
    """Create, upgrade, fill and people the database, as far as it is needed.

    Raises CannotStart when it cannot be reached, read or written.
    """
    name = str(connection.settings_dict["NAME"])
    try:
        if connection.vendor == "sqlite":
            files.make_ready(name, is_fresh=is_fresh)
        else:
            _reach()
        if is_fresh and connection.vendor != "sqlite":
            call_command("flush", interactive=False, verbosity=0)
        _prepare()
    except DatabaseError as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise CannotStart(f"The database {name} cannot be used", why, _hint(why)) from None
    finally:
        connection.close()


def _reach() -> None:
    """Connect once without the pool, which would hide why it does not work, and wait."""
    parameters = {**connection.get_connection_params(), "connect_timeout": 5}
    parameters.pop("pool", None)
    with connection.wrap_database_errors:
        connection.Database.connect(**parameters).close()  # type: ignore[attr-defined]


def _prepare() -> None:
    if connection.vendor == "sqlite" and not connection.introspection.table_names():
        # One transaction: a first start that is killed leaves an empty file, not half a shop.
        with transaction.atomic():
            with connection.cursor() as cursor:
                for statement in schema.statements():
                    cursor.execute(statement)
            accounts.ensure()
            seed.fill()
    if _has_unapplied():
        logger.info("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
    accounts.ensure()
    if seed.is_empty():
        seed.fill()


def _has_unapplied() -> bool:
    """Compare names only: building Django's graph of migrations costs a tenth of a second."""
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return True
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return any(
        (app.label, module.name) not in applied
        for app in apps.get_app_configs()
        for module in iter_modules([f"{app.path}/migrations"])
        if not module.name.startswith("_")
    )


def _hint(why: str) -> str:
    if "full" in why:
        return "Free some space on that disk, then start again"
    if "readonly" in why or "unable to open" in why:
        return "Correct the permissions of the file and of its folder"
    if "locked" in why:
        return "Stop the program that holds it, then start again"
    if connection.vendor == "sqlite":
        return "Choose another file with DEMO_DATABASE_URL, or begin anew with --fresh"
    return "Check DEMO_DATABASE_URL, and that the database server runs"
