"""The server's secrets: made once for a data directory, in one file that only its owner reads."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Final

FILE_NAME: Final = "credentials.json"


def _token() -> str:
    return secrets.token_urlsafe(32)


def _password() -> str:
    return secrets.token_urlsafe(12)


def _api_token() -> str:
    return f"shop_{secrets.token_urlsafe(24)}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Every secret of one data directory; never printed, never logged."""

    secret_key: str = field(default_factory=_token, repr=False)
    workbench_token: str = field(default_factory=_token, repr=False)
    admin_password: str = field(default_factory=_password, repr=False)
    customer_password: str = field(default_factory=_password, repr=False)
    staff_password: str = field(default_factory=_password, repr=False)
    customer_token: str = field(default_factory=_api_token, repr=False)
    staff_token: str = field(default_factory=_api_token, repr=False)
    password_hashes: dict[str, str] = field(default_factory=dict, repr=False)

    def password_of(self, username: str) -> str:
        """The password of `admin`, `customer` or `staff`."""
        return str(getattr(self, f"{username}_password"))

    def with_hash(self, username: str, encoded: str) -> Credentials:
        """The same secrets, and the hash that the database keeps of one password."""
        return replace(self, password_hashes={**self.password_hashes, username: encoded})


def read(data_dir: Path) -> Credentials | None:
    """The kept secrets; None when there are none or the file is not ours to understand."""
    try:
        kept = json.loads((data_dir / FILE_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError):
        return None
    if not isinstance(kept, dict):
        return None
    known = {each.name: kept[each.name] for each in fields(Credentials) if each.name in kept}
    hashes = known.pop("password_hashes", {})
    if not isinstance(hashes, dict) or not all(isinstance(each, str) for each in known.values()):
        return None
    return Credentials(**known, password_hashes=hashes)


def read_or_create(data_dir: Path) -> Credentials:
    """The kept secrets, else new ones that are written before they are used; OSError when not."""
    kept = read(data_dir)
    credentials = kept or Credentials()
    write(data_dir, credentials)
    return credentials


def write(data_dir: Path, credentials: Credentials) -> None:
    """Put the secrets in place in one step, readable (0600) by their owner alone."""
    target = data_dir / FILE_NAME
    draft = data_dir / f".{FILE_NAME}.{os.getpid()}"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(credentials), file, indent=1)
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
