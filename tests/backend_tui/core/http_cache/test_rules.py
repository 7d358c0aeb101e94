"""RFC 9111, 5861 and 8246 as a table: what is stored, how long it is fresh, what a request gets."""

from __future__ import annotations

import pytest

from backend_tui.core.exchange import HttpRequest
from backend_tui.core.http_cache.freshness import age_of, lifetime_of
from backend_tui.core.http_cache.reuse import (
    Answer,
    Ask,
    Refuse,
    Validate,
    conditions_of,
    decide,
    may_replace_error,
)
from backend_tui.core.http_cache.store import AnswerStore, cache_url
from backend_tui.core.http_cache.storing import refusal
from tests.backend_tui.core.http_cache.answers import URL, asked, date, entry, head


@pytest.mark.parametrize(
    ("request_", "status", "answer", "why"),
    [
        ("", 200, "Cache-Control: max-age=60", ""),
        ("", 200, 'ETag: "a"', ""),
        ("", 200, "Last-Modified: " + date(-100), ""),
        ("", 200, "Expires: " + date(60), ""),
        ("", 200, "Cache-Control: private, max-age=60", ""),
        ("Authorization: Bearer x", 200, "Cache-Control: max-age=60", ""),
        ("", 200, 'Cache-Control: no-cache\nETag: W/"a"', ""),
        ("", 404, "Cache-Control: max-age=5", ""),
        ("", 500, "Cache-Control: max-age=5", ""),
        ("", 503, 'ETag: "a"', "status 503 without max-age"),
        ("", 200, "Cache-Control: s-maxage=60", "no max-age, Expires, ETag or Last-Modified"),
        ("", 200, "", "no max-age, Expires, ETag or Last-Modified"),
        ("", 200, "Cache-Control: max-age=60, no-store", "no-store"),
        ("", 200, "Cache-Control: max-age=60, no-store, must-understand", ""),
        (
            "",
            299,
            "Cache-Control: max-age=60, must-understand",
            "must-understand, and status 299 is not",
        ),
        ("Cache-Control: no-store", 200, "Cache-Control: max-age=60", "the request says no-store"),
        ("", 206, "Cache-Control: max-age=60\nContent-Range: bytes 0-9/100", "partial content"),
        ("", 304, "Cache-Control: max-age=60", "status 304"),
        ("", 200, "Cache-Control: max-age=60\nVary: Accept, *", "Vary: * suits no later request"),
    ],
)
def test_what_may_be_stored(request_: str, status: int, answer: str, why: str) -> None:
    assert refusal(asked(request_), head(answer, status)) == why


def test_answers_to_other_methods_are_not_stored() -> None:
    answer = head("Cache-Control: max-age=60")
    for method in ("POST", "HEAD", "PATCH", "OPTIONS"):
        assert refusal(asked(method=method), answer) == f"an answer to {method}"


@pytest.mark.parametrize(
    ("answer", "lifetime"),
    [
        ("Cache-Control: max-age=60", 60),
        ("Cache-Control: max-age=60, s-maxage=600", 60),
        ("Cache-Control: s-maxage=600", 0),
        ("Cache-Control: max-age=10\nExpires: " + date(500) + "\nDate: " + date(), 10),
        ("Expires: " + date(90) + "\nDate: " + date(30), 60),
        ("Expires: " + date(90), 90),
        ("Expires: 0\nDate: " + date(), 0),
        ("Expires: -1", 0),
        ("Expires: " + date(-9) + "\nDate: " + date(), 0),
        ("Expires: " + date(9) + "\nExpires: " + date(99), 0),
        ("Cache-Control: max-age=nonsense\nExpires: " + date(99), 0),
        ("Last-Modified: " + date(-1000) + "\nDate: " + date(), 100),
        ("Last-Modified: " + date(-(10**8)) + "\nDate: " + date(), 86_400),
        ("Last-Modified: " + date(1000) + "\nDate: " + date(), 0),
        ('ETag: "a"', 0),
    ],
)
def test_how_long_it_is_fresh(answer: str, lifetime: float) -> None:
    assert lifetime_of(entry(answer))[0] == lifetime


def test_heuristics_need_a_status_or_public() -> None:
    modified = "Last-Modified: " + date(-1000) + "\nDate: " + date()
    assert lifetime_of(entry(modified, status=403))[0] == 0
    assert lifetime_of(entry(modified + "\nCache-Control: public", status=403))[0] == 100


@pytest.mark.parametrize(
    ("answer", "later", "age"),
    [
        ("", 5, 5),
        ("Date: " + date(), 5, 5),
        ("Date: " + date(-30), 5, 35),
        ("Date: " + date(+30), 5, 5),
        ("Age: 10", 5, 15),
        ("Age: 10\nDate: " + date(-30), 5, 35),
        ("Age: 40\nDate: " + date(-30), 5, 45),
        ("Age: nonsense", 5, 5),
        ("Age: 10, 99", 5, 15),
    ],
)
def test_how_old_it_is(answer: str, later: float, age: float) -> None:
    assert age_of(entry(answer), later) == age


FRESH = 'Cache-Control: max-age=60\nETag: "a"\nDate: ' + date()


@pytest.mark.parametrize(
    ("request_", "answer", "later", "kind"),
    [
        ("", FRESH, 59, "answer"),
        ("", FRESH, 60, "stale"),
        ("Cache-Control: no-cache", FRESH, 1, "the request says no-cache"),
        ("Pragma: no-cache", FRESH, 1, "the request says no-cache"),
        ("Pragma: no-cache\nCache-Control: max-age=60", FRESH, 1, "answer"),
        ("Cache-Control: no-store", FRESH, 1, "answer"),
        ("Cache-Control: max-age=10", FRESH, 10, "answer"),
        ("Cache-Control: max-age=10", FRESH, 11, "the request says max-age=10"),
        ("Cache-Control: max-age=0", FRESH, 1, "the request says max-age=0"),
        ("Cache-Control: max-age=0", "Cache-Control: max-age=60, immutable", 1, "answer"),
        (
            "Cache-Control: max-age=0",
            'Cache-Control: max-age=60, immutable\nETag: "a"',
            61,
            "stale",
        ),
        ("Cache-Control: min-fresh=30", FRESH, 30, "answer"),
        ("Cache-Control: min-fresh=30", FRESH, 31, "the request says min-fresh=30"),
        ("Cache-Control: max-stale", FRESH, 9999, "answer"),
        ("Cache-Control: max-stale=10", FRESH, 70, "answer"),
        ("Cache-Control: max-stale=10", FRESH, 71, "stale"),
        ("Cache-Control: max-stale, max-age=65", FRESH, 66, "stale"),
        ("Cache-Control: max-stale", FRESH + "\nCache-Control: must-revalidate", 61, "stale"),
        ("Cache-Control: max-stale", FRESH + "\nCache-Control: proxy-revalidate", 61, "answer"),
        ("", FRESH + "\nCache-Control: no-cache", 1, "no-cache: always asks"),
        ("", FRESH + '\nCache-Control: no-cache="X"', 1, "no-cache: always asks"),
        ("", FRESH + "\nCache-Control: stale-while-revalidate=10", 70, "refresh"),
        ("", FRESH + "\nCache-Control: stale-while-revalidate=10", 71, "stale"),
        ("", FRESH + "\nCache-Control: stale-while-revalidate=10, must-revalidate", 65, "stale"),
        (
            "Cache-Control: max-age=100",
            FRESH + "\nCache-Control: stale-while-revalidate=10",
            65,
            "stale",
        ),
        ("", 'ETag: "a"', 0, "stale"),
    ],
)
def test_what_a_request_gets(request_: str, answer: str, later: float, kind: str) -> None:
    stored = entry(answer)
    decision = decide(asked(request_), stored, is_known=True, now=later)
    if kind in ("answer", "refresh"):
        assert isinstance(decision, Answer)
        assert decision.refreshes == (kind == "refresh")
    else:
        assert isinstance(decision, Validate)
        assert decision.why == kind
        assert decision.conditions == (("If-None-Match", '"a"'),)


def test_only_if_cached_never_asks() -> None:
    wanted = asked("Cache-Control: only-if-cached")
    assert isinstance(decide(wanted, None, is_known=False, now=0), Refuse)
    assert isinstance(decide(wanted, entry(FRESH), is_known=True, now=61), Refuse)
    assert isinstance(decide(wanted, entry(FRESH), is_known=True, now=1), Answer)
    stale = asked("Cache-Control: only-if-cached, max-stale")
    assert isinstance(decide(stale, entry(FRESH), is_known=True, now=61), Answer)


def test_a_condition_of_the_request_is_answered_from_what_is_fresh() -> None:
    stored = entry(FRESH + "\nLast-Modified: " + date(-100))
    for text, is_unchanged in (
        ('If-None-Match: "a"', True),
        ('If-None-Match: W/"a", "b"', True),
        ("If-None-Match: *", True),
        ('If-None-Match: "b"', False),
        ("If-Modified-Since: " + date(-100), True),
        ("If-Modified-Since: " + date(-101), False),
        ('If-None-Match: "b"\nIf-Modified-Since: ' + date(), False),
    ):
        decision = decide(asked(text), stored, is_known=True, now=1)
        assert isinstance(decision, Answer)
        assert decision.is_unchanged is is_unchanged
    assert isinstance(decide(asked('If-None-Match: "a"'), stored, is_known=True, now=61), Ask)


def test_what_only_the_server_can_judge_passes_by() -> None:
    for text in ("Range: bytes=0-9", 'If-Match: "a"', "If-Unmodified-Since: " + date()):
        decision = decide(asked(text), entry(FRESH), is_known=True, now=1)
        assert isinstance(decision, Ask)
        assert decision.is_passing
    decision = decide(asked(method="POST"), entry(FRESH), is_known=True, now=1)
    assert isinstance(decision, Ask)
    assert decision.is_passing


def test_both_validators_are_asked_by() -> None:
    at = date(-100)
    stored = entry(f'ETag: W/"a"\nLast-Modified: {at}')
    assert conditions_of(stored) == (("If-None-Match", 'W/"a"'), ("If-Modified-Since", at))
    assert conditions_of(entry("Last-Modified: yesterday")) == ()


@pytest.mark.parametrize(
    ("request_", "more", "status", "later", "stands_in"),
    [
        ("", "stale-if-error=30", 500, 90, True),
        ("", "stale-if-error=30", 503, 91, False),
        ("", "stale-if-error=30", None, 90, True),
        ("", "stale-if-error=30", 404, 61, False),
        ("", "stale-if-error=30", 501, 61, False),
        ("", "stale-if-error=30, must-revalidate", 500, 61, False),
        ("", "public", 500, 61, False),
        ("Cache-Control: stale-if-error=30", "public", 502, 61, True),
    ],
)
def test_what_stands_in_for_a_failure(
    request_: str, more: str, status: int | None, later: float, stands_in: bool
) -> None:
    stored = entry(f"{FRESH}\nCache-Control: {more}")
    found = may_replace_error(asked(request_), stored, status, later)
    assert (found is not None) is stands_in


def test_fields_that_vary_choose_the_answer() -> None:
    store = AnswerStore()
    vary = "Cache-Control: max-age=60\nVary: Accept-Language, X-None"
    german, english = asked("Accept-Language: de"), asked("accept-language:  en,   fr ")
    store.put(entry(vary, german, body=b"de"))
    store.put(entry(vary, english, body=b"en"))
    found = store.find(asked("Accept-Language: en, fr"))
    assert found is not None
    assert found.body == b"en"
    assert store.find(asked("Accept-Language: it")) is None
    assert store.find(asked()) is None
    assert store.is_known(URL)


def test_each_login_has_answers_of_its_own() -> None:
    store = AnswerStore()
    store.put(entry("Cache-Control: max-age=60", asked("Authorization: Bearer ann")))
    assert store.find(asked("authorization: Bearer ann")) is not None
    assert store.find(asked("Authorization: Bearer bob")) is None
    assert store.find(asked()) is None
    assert store.find(asked("Cookie: sessionid=1")) is None


def test_unsafe_methods_forget_the_url_and_where_the_answer_points_on_the_same_origin() -> None:
    store = AnswerStore()
    for path in ("/a", "/b", "/c", "/d?x=1"):
        store.put(entry("Cache-Control: max-age=60", asked(url=f"http://shop.test{path}")))
    store.put(entry("Cache-Control: max-age=60", asked(url="http://other.test/b")))
    answer = head("Location: /b\nContent-Location: http://shop.test:80/d?x=1#there")
    gone = store.invalidate(asked(method="PATCH"), answer)
    assert set(gone) == {URL, "http://shop.test/b", "http://shop.test/d?x=1"}
    foreign = head("Location: http://other.test/b")
    assert store.invalidate(asked(method="POST"), foreign) == ()
    assert {each.url for each in store.entries} == {"http://shop.test/c", "http://other.test/b"}


def test_the_least_recently_used_goes_first_and_bytes_are_bounded() -> None:
    store = AnswerStore(capacity=3_000, largest=2_000)
    one, two, three = (
        entry("Cache-Control: max-age=60", asked(url=f"http://h/{n}"), body=b"x" * 800)
        for n in (1, 2, 3)
    )
    store.put(one)
    store.put(two)
    store.use(one)
    assert store.put(three)
    assert [each.url for each in store.entries] == ["http://h/3", "http://h/1"]
    assert store.size <= 3_000
    assert store.evicted == 1
    assert not store.put(entry("Cache-Control: max-age=60", body=b"x" * 2_000))
    assert store.clear() == 2
    assert store.size == 0


def test_urls_that_mean_the_same_are_the_same() -> None:
    assert cache_url("HTTP://Shop.Test:80#x") == "http://shop.test/"
    assert cache_url("https://[::1]:443/a?b=1#c") == "https://[::1]/a?b=1"
    assert cache_url("http://h:8080/a") != cache_url("http://h/a")
    assert cache_url("http://h/a?x=1") != cache_url("http://h/a?x=2")


def test_a_304_renews_fields_and_keeps_what_describes_the_stored_body() -> None:
    stored = entry(FRESH + "\nContent-Length: 100\nContent-Encoding: gzip\nX-Old: 1")
    came = head(
        "Date: " + date(70) + "\nCache-Control: max-age=5\nContent-Length: 0\nX-New: 2\n"
        "Connection: X-Hop\nX-Hop: 3",
        304,
    )
    updated = stored.updated(came, stored.asked_at + 70, stored.answered_at + 70, 70.0)
    fields = dict(updated.head.headers)
    assert fields["Cache-Control"] == "max-age=5"
    assert fields["Content-Length"] == "100"
    assert fields["Content-Encoding"] == "gzip"
    assert fields["X-Old"] == "1"
    assert fields["X-New"] == "2"
    assert "X-Hop" not in fields
    assert updated.head.status == 200
    assert age_of(updated, 72.0) == 2


def test_a_request_that_is_not_get_has_no_body_to_serve() -> None:
    decision = decide(HttpRequest("HEAD", URL), entry(FRESH), is_known=True, now=1)
    assert isinstance(decision, Answer)
