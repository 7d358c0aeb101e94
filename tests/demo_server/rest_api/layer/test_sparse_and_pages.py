"""Sparse fieldsets and the links of a page."""

import msgspec

from demo_server.rest_api.layer.pagination import PageQuery, page_of
from demo_server.rest_api.layer.sparse import thin


def test_one_item_keeps_only_the_wanted_members_as_they_were_sent() -> None:
    assert thin(b'{"id":7,"price":"1.00","big":1.50}', ["id", "big"]) == b'{"id":7,"big":1.50}'


def test_a_page_stays_a_page_and_its_items_are_thinned() -> None:
    thinned = msgspec.json.decode(
        thin(b'{"items":[{"id":1,"a":2},{"id":2,"a":3}],"total":2}', ["id"])
    )
    assert thinned == {"items": [{"id": 1}, {"id": 2}], "total": 2}


def _links(page: int, total: int, query_string: str) -> dict[str, str]:
    query = PageQuery(page=page, page_size=10)
    made = page_of(["x"], total, query, "/api/tags", query_string)
    return {rel: link.href for rel, link in made.links.items()}


def test_a_page_in_the_middle_leads_both_ways_and_keeps_the_filter() -> None:
    assert _links(2, 35, "page=2&q=oak") == {
        "self": "/api/tags?q=oak&page=2",
        "first": "/api/tags?q=oak&page=1",
        "prev": "/api/tags?q=oak&page=1",
        "next": "/api/tags?q=oak&page=3",
        "last": "/api/tags?q=oak&page=4",
    }


def test_an_empty_list_has_one_page() -> None:
    assert _links(1, 0, "") == {"self": "/api/tags", "first": "/api/tags", "last": "/api/tags"}


def test_a_page_after_the_last_leads_back_to_the_last() -> None:
    assert _links(9, 15, "page=9")["prev"] == "/api/tags?page=2"
