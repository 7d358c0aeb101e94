"""The SQLite schema as one script, made from the migrations: a first start need not run them.

`python -m demo_server.shop.database.schema` writes `schema.sql` anew after a new migration; a test
holds that it gives what `migrate` gives.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SCRIPT: Final = Path(__file__).with_name("schema.sql")
APPLIED: Final = "2026-01-01 00:00:00"
"""The moment written into django_migrations, so that the script does not change by itself."""

_ROWS: Final = ("django_migrations", "django_content_type", "auth_permission")


def statements() -> list[str]:
    """The script, statement by statement."""
    return SCRIPT.read_text(encoding="utf-8").removesuffix(";\n").split(";\n")


def dump(path: Path) -> Iterator[str]:
    """Every statement that makes a database like this one."""
    source = sqlite3.connect(path)
    try:
        for kind in ("table", "index"):
            yield from (
                str(sql)
                for (sql,) in source.execute(
                    "SELECT sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL "
                    "AND name NOT LIKE 'sqlite_%' ORDER BY name",
                    (kind,),
                )
            )
        for table in _ROWS:
            for row in source.execute(f"SELECT * FROM {table} ORDER BY id"):  # noqa: S608
                values = [*row[:-1], APPLIED] if table == "django_migrations" else row
                quoted = [
                    "'" + each.replace("'", "''") + "'" if isinstance(each, str) else str(each)
                    for each in values
                ]
                yield f'INSERT INTO "{table}" VALUES ({", ".join(quoted)})'  # noqa: S608
    finally:
        source.close()


def migrated(folder: Path) -> Path:
    """A new database in this folder, made by running every migration in a process of its own."""
    import subprocess

    environment = {**os.environ, "DEMO_DATA_DIR": str(folder), "DEMO_TRACING": "0"}
    environment.pop("DEMO_DATABASE_URL", None)
    environment["DJANGO_SETTINGS_MODULE"] = "demo_server.settings"
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "--skip-checks"],
        env=environment,
        cwd=Path(__file__).parents[3],
        check=True,
    )
    return folder / "shop.sqlite3"


def main() -> None:
    """Write the script."""
    with tempfile.TemporaryDirectory() as folder:
        script = "".join(f"{each};\n" for each in dump(migrated(Path(folder))))
    SCRIPT.write_text(script, encoding="utf-8")


if __name__ == "__main__":
    main()
