"""What requests and answers are declared with: strict structs, and the few types they share."""

import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

END: Final = r"$(?!\n)"
"""Python's `$` matches before a last newline, JSON Schema's does not; documents say `$`."""

LARGEST_ID: Final = 2**63 - 1


class Query(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The query parameters of an operation; a parameter not declared is refused."""


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The JSON body of a request; a member not declared is refused."""


class Out(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The JSON body of an answer."""


Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Money = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,7})\.[0-9]{2}" + END,
        description="An amount with two decimals, as text: a JSON number would lose cents.",
        examples=["24.90"],
    ),
]
NO_NUL: Final = r"^[^\x00]*$"
"""PostgreSQL stores no NUL, so no text of ours may hold one."""


class Link(Out):
    """Where to go next."""

    href: str


def field_types(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The declared type of each member, by the name it has on the wire, without UNSET."""
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)}


_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


def explain(error: msgspec.ValidationError) -> tuple[str, str]:
    """What msgspec says of a value, and where: ("Expected `int`", "/lines/0/quantity")."""
    match = _WHERE.match(str(error))
    if match is None:
        return str(error), ""
    return match["what"], _pointer(match["path"] or "$")


def _pointer(path: str) -> str:
    steps = re.findall(r"\.([^.\[\]]+)|\[([^\]]*)\]", path.removeprefix("$"))
    return "".join("/" + escape(name or index) for name, index in steps)


def escape(step: str) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")
