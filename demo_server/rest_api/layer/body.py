"""JSON bodies read into their structs: no JSON is 400, a broken rule is 422."""

from typing import Any

import msgspec

from demo_server.rest_api.layer.problem import Problem, Violation
from demo_server.rest_api.layer.violations import in_body


def read_json(
    encoded: bytes, decoder: msgspec.json.Decoder[Any], struct: type[msgspec.Struct]
) -> Any:
    """The body as its struct; Problem 400 when it is no JSON, 422 with each broken rule."""
    try:
        return decoder.decode(encoded)
    except msgspec.ValidationError as error:
        errors = _violations(encoded, struct, str(error))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _malformed(error) from None
    raise Problem("invalid-body", errors=errors)


def _violations(encoded: bytes, struct: type[msgspec.Struct], error: str) -> list[Violation]:
    try:
        return in_body(struct, msgspec.json.decode(encoded), error)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as malformed:
        raise _malformed(malformed) from None


def _malformed(error: Exception) -> Problem:
    if isinstance(error, RecursionError):
        return Problem("malformed-body", "The body is nested too deep to be read.")
    return Problem("malformed-body", f"The body is not JSON: {error}.")
