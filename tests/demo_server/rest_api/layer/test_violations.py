"""Every broken rule of a body, each with its JSON pointer."""

from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from demo_server.rest_api.layer.body import read_json
from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.schema import Body, Money


class _Line(Body):
    quantity: Annotated[int, Meta(ge=1)]


class _Order(Body):
    name: Annotated[str, Meta(min_length=1)]
    price: Money
    lines: list[_Line] = []


DECODER = msgspec.json.Decoder(_Order)


def _problem(encoded: bytes) -> Problem:
    with pytest.raises(Problem) as raised:
        read_json(encoded, DECODER, _Order)
    return raised.value


def test_each_broken_rule_has_its_pointer() -> None:
    problem = _problem(b'{"name":"","price":1,"lines":[{"quantity":1},{"quantity":0}],"a/b~c":1}')
    assert problem.kind == "invalid-body"
    assert {error.pointer for error in problem.errors} == {
        "#/name",
        "#/price",
        "#/lines/1/quantity",
        "#/a~1b~0c",
    }


def test_what_is_missing_is_named() -> None:
    problem = _problem(b"{}")
    assert [(error.pointer, error.detail) for error in problem.errors] == [
        ("#/name", "Is required"),
        ("#/price", "Is required"),
    ]


@pytest.mark.parametrize(
    "encoded",
    [b"", b"{", b"\xff", b'{"name":"\\ud800"}', b"{'name':1}", b'{"a":' * 100_000, b"{} {}"],
)
def test_what_is_no_json_is_malformed(encoded: bytes) -> None:
    assert _problem(encoded).kind == "malformed-body"


@pytest.mark.parametrize("encoded", [b"[]", b"null", b'"x"', b"7"])
def test_what_is_no_object_is_refused_as_a_whole(encoded: bytes) -> None:
    problem = _problem(encoded)
    assert (problem.kind, problem.errors[0].pointer) == ("invalid-body", "#")


@pytest.mark.parametrize("price", ["1", "1.0", "01.00", "-1.00", "1.00\n", "1e2", "123456789.00"])
def test_money_is_text_with_two_decimals(price: str) -> None:
    problem = _problem(msgspec.json.encode({"name": "x", "price": price}))
    assert problem.errors[0].pointer == "#/price"
