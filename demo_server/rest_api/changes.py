"""A merge patch as keyword arguments: what is absent is left out, what is null stays None."""

from typing import Any

import msgspec
from msgspec import UNSET


def given(body: msgspec.Struct) -> dict[str, Any]:
    """The members that the client sent, by name."""
    members = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in members.items() if value is not UNSET}
