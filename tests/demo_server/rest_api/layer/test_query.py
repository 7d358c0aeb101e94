"""Query strings read by declared types."""

from typing import Annotated, Literal

import pytest
from msgspec import UNSET, Meta, UnsetType

from demo_server.rest_api.layer.problem import Problem
from demo_server.rest_api.layer.query import QueryReader, refuse_any
from demo_server.rest_api.layer.schema import Query


class _Filter(Query):
    page: Annotated[int, Meta(ge=1, le=9)] = 1
    in_stock: bool | UnsetType = UNSET
    sort: list[Literal["name", "-name"]] = []
    share: Annotated[float, Meta(ge=0, le=1)] = 0.5
    q: str | UnsetType = UNSET


READER = QueryReader(_Filter)


def test_values_come_in_their_declared_types() -> None:
    read = READER.read("page=3&in_stock=true&sort=name,-name&share=0.25&q=oak%20table")
    assert read == _Filter(page=3, in_stock=True, sort=["name", "-name"], share=0.25, q="oak table")


def test_nothing_given_means_the_defaults() -> None:
    assert READER.read("") == _Filter()


@pytest.mark.parametrize(
    ("query_string", "parameter"),
    [
        ("page=0", "page"),
        ("page=1.0", "page"),
        ("page=+1", "page"),
        ("page=null", "page"),
        ("page=", "page"),
        ("page=" + "9" * 5000, "page"),
        ("in_stock=1", "in_stock"),
        ("sort=price", "sort"),
        ("sort=", "sort"),
        ("share=nan", "share"),
        ("share=1e400", "share"),
        ("q=a%00b", "q"),
        ("page=1&page=2", "page"),
        ("colour=red", "colour"),
    ],
)
def test_a_wrong_parameter_is_named(query_string: str, parameter: str) -> None:
    with pytest.raises(Problem) as raised:
        READER.read(query_string)
    assert raised.value.status == 400
    assert [error.parameter for error in raised.value.errors] == [parameter]


def test_all_wrong_parameters_are_named_at_once() -> None:
    with pytest.raises(Problem) as raised:
        READER.read("page=0&sort=x&colour=red")
    assert {error.parameter for error in raised.value.errors} == {"page", "sort", "colour"}


def test_a_query_string_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(Problem, match="UTF-8"):
        READER.read("q=%ff")


def test_too_many_parameters_are_refused_before_they_are_read() -> None:
    with pytest.raises(Problem, match="more than"):
        READER.read("&".join(f"a{n}=1" for n in range(60)))


def test_an_address_without_parameters_accepts_none() -> None:
    refuse_any("")
    with pytest.raises(Problem) as raised:
        refuse_any("x=1")
    assert raised.value.errors[0].parameter == "x"
