"""Header fields about caching: what servers write must be read, and never raise."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.http_cache.directives import (
    LONGEST_S,
    cache_control,
    delta,
    entity_tags,
    http_date,
    is_same_tag,
    names_in,
    seconds,
)

TOKENS = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
ANYTHING = st.text(st.characters(codec="utf-8"), max_size=60)


def told(text: str) -> dict[str, str | None]:
    return dict(cache_control((("Cache-Control", text),)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("max-age=60", {"max-age": "60"}),
        ("MAX-AGE=60 , No-Store", {"max-age": "60", "no-store": None}),
        ("max-age=1, max-age=2", {"max-age": "1"}),
        ('no-cache="Set-Cookie, X-A", private', {"no-cache": "Set-Cookie, X-A", "private": None}),
        ('a="x\\"y", b', {"a": 'x"y', "b": None}),
        ('max-age="60"', {"max-age": "60"}),
        (",,, public,,", {"public": None}),
        ("max-age = 5", {"max-age": "5"}),
        ("@@@, public", {"public": None}),
        ("", {}),
    ],
)
def test_cache_control_is_read_as_written_in_the_wild(
    text: str, found: dict[str, str | None]
) -> None:
    assert told(text) == found


def test_several_fields_are_one_list() -> None:
    headers = (("cache-control", "public"), ("X", "y"), ("Cache-Control", "max-age=9"))
    assert dict(cache_control(headers)) == {"public": None, "max-age": "9"}


@given(st.dictionaries(TOKENS, st.none() | st.integers(0, 10**9), min_size=1, max_size=6))
def test_what_is_written_is_read(directives: dict[str, int | None]) -> None:
    text = ", ".join(
        name if value is None else f"{name}={value}" for name, value in directives.items()
    )
    found = told(text)
    assert found == {n: None if v is None else str(v) for n, v in directives.items()}
    for name, value in directives.items():
        if value is not None:
            assert seconds(found, name) == min(value, LONGEST_S)


@given(ANYTHING)
def test_no_field_raises(text: str) -> None:
    for value in cache_control((("Cache-Control", text),)).values():
        assert value is None or isinstance(value, str)
    found = http_date(text)
    assert found is None or isinstance(found, float)
    assert delta(text) is None or 0 <= (delta(text) or 0) <= LONGEST_S
    assert all(tag == "*" or tag.endswith('"') for tag in entity_tags(text))
    assert all(name == name.strip().lower() for name in names_in(text))


@given(st.integers(31_536_000, 7_258_118_400))
def test_every_form_of_a_date_is_the_same_time(unix: int) -> None:
    at = datetime.fromtimestamp(unix, UTC)
    assert http_date(format_datetime(at, usegmt=True)) == at.timestamp()
    assert http_date(at.strftime("%a %b %d %H:%M:%S %Y")) == at.timestamp()


def test_the_obsolete_form_has_a_year_of_two_digits() -> None:
    assert http_date("Sunday, 06-Nov-94 08:49:37 GMT") == 784111777.0


@pytest.mark.parametrize("text", ["0", "-1", "", None, "tomorrow", "9" * 300])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert http_date(text) is None


def test_seconds_that_are_no_number_are_already_over() -> None:
    assert seconds(told("max-age=soon"), "max-age") == 0
    assert seconds(told("max-age=-5"), "max-age") == 0
    assert seconds(told("max-age"), "max-age") == 0
    assert seconds(told("public"), "max-age") is None
    assert seconds(told("max-age=99999999999999"), "max-age") == LONGEST_S


def test_tags_are_compared_weakly() -> None:
    assert list(entity_tags('W/"a,b", "c"')) == ['W/"a,b"', '"c"']
    assert is_same_tag('W/"a"', '"a"')
    assert not is_same_tag('"a"', '"A"')
