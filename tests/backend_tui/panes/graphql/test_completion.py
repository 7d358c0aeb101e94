"""What is proposed where, on whole and on broken documents, within a bound of time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_tui.core.text import is_clean
from backend_tui.panes.graphql.completion import Completion, complete
from tests.backend_tui.panes.graphql.shop_schema import SDL, SHOP, schema_of


def at(marked: str) -> Completion:
    """The completion where the text has a `|`."""
    cursor = marked.index("|")
    return complete(SHOP, marked.replace("|", "", 1), cursor)


def labels(marked: str) -> list[str]:
    return [item.label for item in at(marked).items]


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("|", ["query", "mutation", "subscription", "fragment"]),
        ("mu|", ["mutation"]),
        ("{ pro|", ["product", "products"]),
        ("query Q { products { ed| } }", ["edges"]),
        ("{ products { edges { node { na|", ["name"]),
        ("{ a: product(id: 1) { pr|", ["price", "oldPrice"]),
        ("{ product(|", ["id"]),
        ("{ products(first: 1, |) { total } }", ["after", "where", "order"]),
        ("{ products(order: |) }", ["NAME", "PRICE", "null", "NEWEST"]),
        ("{ products(order: P|", ["PRICE", "NAME"][:1]),
        ("{ products(where: {min|}) }", ["minPrice"]),
        ("{ products(where: {all: [{na|", ["nameLike"]),
        ("{ product(id: 3) @|", ["@trace", "@include", "@skip"]),
        ("query Q($f: Int, $s: String) { products(first: $|) }", ["$f"]),
        ("query Q($f: Int, $s: String) { products(after: |) }", ["$s", '""', "null"]),
        ("query Q($w: Prod|) { me { id } }", ["ProductFilter"]),
        ("query Q($o: Order = |) { me { id } }", ["NAME", "PRICE", "null", "NEWEST"]),
        ("query Q($a: [ID!]!, $o: [Order!] = [N|", ["NAME", "null", "NEWEST"]),
        ('{ search(text: "x") { ... on |', ["Node", "Product", "Category"]),
        ('{ search(text: "x") { ...on P|', ["Product"]),
        ("{ me { ...|", ["Who", "on Node", "on User"]),
        ("fragment F on |", ["Query", "Mutation", "Subscription", "Node", "Product"]),
        ("fragment F on Cat|", ["Category", "SearchResult"][:1]),
        ("fragment F on Category { ti|", ["title"]),
        ("fragment F |", ["on"]),
        ("subscription { st|", ["stockLow"]),
        ("mutation { addReview(input: {|", ["product", "stars", "text"]),
        ("{ me { id } }\nquery B { me { em|", ["email"]),
        ("{ __t|", ["__typename", "__type"]),
        ("query Q @tr|", ["@trace"]),
        ("{ product(id: 1) @trace(|", ["label"]),
        ("{ product(id: 1) @include(if: t|", ["true"]),
    ],
)
def test_what_fits_is_proposed_first(marked: str, first: list[str]) -> None:
    tail = " fragment Who on User { id }" if "...|" in marked else ""
    cursor = marked.index("|")
    found = complete(SHOP, marked.replace("|", "", 1) + tail, cursor)
    assert [item.label for item in found.items][: len(first)] == first


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("{ products(first: 1 { edges { no|", "node"),  # the parenthesis is not closed
        ("{ product(id: ) { na|", "name"),  # a value is missing
        ("{ product(id: { nope } { x } no| }", "node"),
        ("{ unknown { x } products { to|", "total"),  # an unknown field before
        ("query ($a: { me { em|", "email"),  # a broken list of variables
        ("{ me { id } } } } query { me { em|", "email"),  # too many closing brackets
        ('{ product(id: "never closed\n) { na|', "name"),  # the text ends with its line
        ("{ ... { me { em|", "email"),
        ("{ me @include(if: true) { em|", "email"),
        ("query Q ( { me { em|", "email"),
        ("{ products(where: {all: [{}], }) { to|", "total"),
    ],
)
def test_broken_documents_still_have_proposals(marked: str, expected: str) -> None:
    assert labels(marked)[0] == expected


@pytest.mark.parametrize(
    "marked",
    [
        "{ me { id # em|",
        '{ product(id: "na|',
        '{ product(id: "a\\"na|") }',
        '{ product(id: """a "na|""") }',
        "{ products(first: 12|",
        "{ me { id é|",
    ],
)
def test_comments_texts_and_numbers_have_none(marked: str) -> None:
    assert labels(marked) == []


def test_behind_a_finished_text_there_are_proposals() -> None:
    assert labels('{ product(id: "x") { na|')[0] == "name"
    assert labels('{ products(after: "x"|') == ["first", "where", "order"]


def test_an_item_says_what_it_inserts_and_where_the_cursor_goes() -> None:
    found = at("{ pro| }")
    product = found.items[0]
    assert (found.start, found.end) == (2, 5)
    assert product.insert == "product(id: )"
    assert product.back == 1
    assert product.detail == "(id: ID!) Product"
    assert at("{ pro|(id: 1) }").items[0].insert == "product"
    old = next(item for item in at("{ product(id: 1) { o|").items if item.label == "oldPrice")
    assert old.is_deprecated
    assert old.description == "Deprecated: Use price."
    needed = at("mutation { addReview(input: {|").items
    assert [item.is_required for item in needed] == [True, True, False]
    assert needed[0].insert == "product: "


def test_a_word_in_the_middle_is_replaced_whole() -> None:
    found = at("{ me { em|ai } }")
    assert (found.start, found.end) == (7, 11 - 0)
    assert found.items[0].insert == "email"


def test_hostile_descriptions_are_clean() -> None:
    hostile = schema_of(SDL.replace("Something to buy.", "\u202ebuy \x9b31m"))
    found = complete(hostile, "{ search(text: 1) { ... on Pr", 29)
    assert found.items[0].label == "Product"
    assert all(is_clean(i.label + i.detail + i.description) for i in found.items)


PIECES = """{ } ( ) [ ] : $ @ ... ! = " \"\"\" # on query fragment products product
id where edges node Order é 1 -2.5e NAME \\ , & | \x00 a"""
ALPHABET = st.sampled_from([*PIECES.split(), " ", "\n", "\r", "on ", "query ", "fragment "])


@settings(max_examples=300, deadline=None)
@given(st.lists(ALPHABET, max_size=40).map("".join), st.integers(0, 200))
def test_any_text_at_any_place_gives_an_answer(document: str, cursor: int) -> None:
    found = complete(SHOP, document, cursor)
    place = min(cursor, len(document))
    assert 0 <= found.start <= place <= found.end <= len(document)
    assert len(found.items) <= 100
    for item in found.items:
        assert item.insert
        assert 0 <= item.back <= len(item.insert)


def test_a_far_cursor_in_a_long_document_is_answered() -> None:
    document = "query A { me { id } }\n" * 50_000 + "query Z { products { to"
    found = complete(SHOP, document, len(document))
    assert found.items[0].label == "total"
