"""How Python values lie in the cache: numbers and bytes as themselves, the rest pickled.

Bytes stay readable to a person who looks into the store, and integers can be counted up by it.
"""

from __future__ import annotations

import pickle
import re
from typing import Any

_PICKLED = 0x80
_VERSION = re.compile(rb"\x81v=(\d+)")
_AMBIGUOUS = frozenset(b"-0123456789\x80")


def encode(value: object) -> bytes:
    """The stored form of a value; exactly `decode(encode(value)) == value`, types included."""
    if type(value) is bytes and value and value[0] not in _AMBIGUOUS:
        return value
    if type(value) is int:
        return b"%d" % value
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def decode(stored: bytes) -> Any:
    """The value of a stored form.

    Our own store is trusted as Django's own cache backends trust theirs: it is password-protected
    or in this process.
    """
    first = stored[0] if stored else None
    if first == _PICKLED:
        return pickle.loads(stored)  # noqa: S301
    if first in _AMBIGUOUS:
        return int(stored)
    return stored


def version_of(stored: bytes | None) -> int | None:
    """The version of an enveloped value, 0 of a plain one, None when there is none."""
    if stored is None:
        return None
    found = _VERSION.match(stored)
    return int(found[1]) if found else 0
