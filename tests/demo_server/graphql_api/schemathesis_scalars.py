"""How schemathesis makes up values of our own scalars; loaded by it through SCHEMATHESIS_HOOKS."""

from __future__ import annotations

import schemathesis
from graphql import StringValueNode
from hypothesis import strategies as st


def _text(pattern: str) -> st.SearchStrategy[StringValueNode]:
    return st.from_regex(pattern, fullmatch=True).map(lambda text: StringValueNode(value=text))


schemathesis.graphql.scalar("Money", _text(r"(0|[1-9][0-9]{0,5})\.[0-9]{2}"))
schemathesis.graphql.scalar("DateTime", _text(r"20[0-9]{2}-0[1-9]-[12][0-9]T10:00:00Z"))
schemathesis.graphql.scalar("Sku", _text(r"[A-Z]{2,4}-[0-9]{4,6}"))
schemathesis.graphql.scalar("Slug", _text(r"[-a-z0-9_]{1,40}"))
