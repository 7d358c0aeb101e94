"""Query parameters read by their declared types: unknown, repeated and malformed ones are named."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec import inspect

from demo_server.rest_api.layer.problem import Problem, Violation
from demo_server.rest_api.layer.violations import in_query

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,18})?", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}
_MOST_PARAMETERS: Final = 50


def _integer(text: str) -> object:
    return int(text) if _INTEGER.fullmatch(text) else text


def _number(text: str) -> object:
    return float(text) if _NUMBER.fullmatch(text) else text


def _boolean(text: str) -> object:
    return _BOOLEANS.get(text, text)


def _comma_separated(text: str) -> object:
    return text.split(",")


def _as_it_is(text: str) -> object:
    return text


def _reader(declared: inspect.Type) -> Callable[[str], object]:
    if isinstance(declared, inspect.Metadata):
        return _reader(declared.type)
    if isinstance(declared, inspect.UnionType):
        return _reader(declared.types[0])
    if isinstance(declared, inspect.LiteralType):
        return _integer if isinstance(declared.values[0], int) else _as_it_is
    readers: Sequence[tuple[type[inspect.Type], Callable[[str], object]]] = (
        (inspect.IntType, _integer),
        (inspect.FloatType, _number),
        (inspect.BoolType, _boolean),
        (inspect.ListType, _comma_separated),
    )
    return next((read for kind, read in readers if isinstance(declared, kind)), _as_it_is)


class QueryReader:
    """Reads the query string of one operation into its struct."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self.struct = struct
        information = inspect.type_info(struct)
        assert isinstance(information, inspect.StructType)
        self.readers = {field.encode_name: _reader(field.type) for field in information.fields}
        required = any(field.required for field in information.fields)
        self._defaults = None if required else struct()

    def read(self, query_string: str) -> Any:
        """The struct; Problem 400 naming every parameter that is wrong."""
        if not query_string and self._defaults is not None:
            return self._defaults
        values, errors = self._values(query_string)
        if not errors:
            try:
                return msgspec.convert(values, self.struct)
            except msgspec.ValidationError as error:
                errors = in_query(self.struct, values) or [Violation(detail=str(error))]
        raise Problem("invalid-parameters", errors=errors)

    def _values(self, query_string: str) -> tuple[dict[str, object], list[Violation]]:
        values: dict[str, object] = {}
        errors: list[Violation] = []
        for name, text in pairs(query_string):
            if name in values:
                errors.append(Violation(detail="Is given more than once", parameter=name))
            elif "\0" in text:
                errors.append(Violation(detail="Holds a NUL character", parameter=name))
            values[name] = self.readers.get(name, _as_it_is)(text)
        return values, errors


def pairs(query_string: str) -> list[tuple[str, str]]:
    """Names and values in order; Problem 400 when they are not UTF-8 or too many."""
    try:
        return parse_qsl(
            query_string, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except UnicodeDecodeError:
        raise Problem("invalid-parameters", "The query string is not UTF-8.") from None
    except ValueError:
        detail = f"There are more than {_MOST_PARAMETERS} query parameters."
        raise Problem("invalid-parameters", detail) from None


def refuse_any(query_string: str) -> None:
    """An operation without parameters accepts none: Problem 400."""
    if query_string:
        errors = [
            Violation(detail="Is not known here. This address takes no parameters", parameter=name)
            for name, _ in pairs(query_string)
        ]
        if errors:
            raise Problem("invalid-parameters", errors=errors)
