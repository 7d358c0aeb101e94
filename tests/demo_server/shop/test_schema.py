"""The shipped schema is what the migrations make, so that a first start may skip them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest


def contents(path: Path) -> dict[str, Any]:
    with sqlite3.connect(path) as database:
        return {
            "objects": set(
                database.execute(
                    "SELECT type, name, tbl_name, sql FROM sqlite_master "
                    "WHERE name NOT LIKE 'sqlite_%'"
                )
            ),
            **{
                table: set(database.execute(f"SELECT {columns} FROM {table}"))
                for table, columns in {
                    "django_migrations": "app, name",
                    "django_content_type": "id, app_label, model",
                    "auth_permission": "id, name, content_type_id, codename",
                }.items()
            },
        }


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from demo_server.shop.database import schema

    return schema.migrated(tmp_path_factory.mktemp("migrated"))


def test_it_makes_the_same_database_as_migrating(migrated: Path, tmp_path: Path) -> None:
    from demo_server.shop.database import schema

    by_script = tmp_path / "by_script.sqlite3"
    with sqlite3.connect(by_script) as database:
        for statement in schema.statements():
            database.execute(statement)
    assert contents(by_script) == contents(migrated)


def test_it_is_up_to_date(migrated: Path) -> None:
    from demo_server.shop.database import schema

    assert list(schema.dump(migrated)) == schema.statements(), (
        "run `python -m demo_server.shop.database.schema`"
    )


def test_no_migration_is_missing(shop_data: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
