"""Operations found, documents laid out, fragments merged, variables drawn out and checked."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise

import pytest
from graphql import parse, print_ast
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.panes.graphql.diagnostics import diagnose
from backend_tui.panes.graphql.documents import (
    chosen_operation,
    merged_fragments,
    minified,
    operation_at,
    operations,
    prettified,
)
from backend_tui.panes.graphql.explorer import filled, insertion
from backend_tui.panes.graphql.variables import (
    extracted_arguments,
    read_variables,
    variables_diagnosis,
    variables_skeleton,
)
from tests.backend_tui.panes.graphql.shop_schema import SHOP
from tests.backend_tui.panes.graphql.test_completion import ALPHABET

THREE = """query A($x: Int = 1) { me { id } }

fragment F on User { id }
# query Not { a }
mutation B { addReview(input: {product: 1, stars: 2}) { id } }
subscription C { stockLow { id } }
"""


def test_operations_are_found_with_their_ranges() -> None:
    found = operations(THREE)
    assert [(each.kind, each.name, each.line) for each in found] == [
        ("query", "A", 1),
        ("mutation", "B", 5),
        ("subscription", "C", 6),
    ]
    for each in found:
        text = THREE[each.start : each.end]
        assert text.startswith(each.kind)
        assert text.endswith("}")


@pytest.mark.parametrize(
    ("document", "titles"),
    [
        ("", []),
        ("{ me { id } }", ["query (no name)"]),
        ("{ a } { b }", ["query (no name)", "query (no name)"]),
        ("query A { me { id\nmutation B { x }", ["query A", "mutation B"]),
        ("{ query mutation { subscription } }", ["query (no name)"]),
        ("fragment query on User { id } query query { a }", ["query query"]),
        ("type Query { me: User } query A { me }", ["query A"]),
        ("query A", ["query A"]),
    ],
)
def test_broken_documents_have_operations(document: str, titles: list[str]) -> None:
    assert [each.title for each in operations(document)] == titles


def test_the_operation_under_the_cursor_is_chosen() -> None:
    assert operation_at(THREE, 5) == operations(THREE)[0]
    assert operation_at(THREE, THREE.index("addReview")) == operations(THREE)[1]
    assert operation_at(THREE, THREE.index("fragment")) is None
    assert operation_at("# above\n{ me { id } }", 0) is not None
    assert chosen_operation(THREE, "C").kind == "subscription"  # type: ignore[union-attr]
    with pytest.raises(UsageError, match="several operations"):
        chosen_operation(THREE, None)
    with pytest.raises(UsageError, match="query A, mutation B, subscription C"):
        chosen_operation(THREE, "D")


def test_layout_keeps_comments_and_dollars() -> None:
    document = """# head
query A($id: ID!) {  # behind
  # above me
  product(id: $id, # the id
  ) { name # tail
    price(currency: USD) }
}
# end"""
    text = prettified(document)
    assert (
        text
        == """# head
query A($id: ID!) { # behind
  # above me
  product(id: $id) { # the id
    name # tail
    price(currency: USD)
  }
}
# end
"""
    )
    assert prettified(text) == text


@pytest.mark.parametrize("document", ["query { me { id } } # c", "# c\n{ me { id } }", THREE])
def test_layout_means_the_same(document: str) -> None:
    text = prettified(document)
    assert print_ast(parse(text)) == print_ast(parse(document))
    assert text.count("#") == document.count("#")
    assert print_ast(parse(minified(document))) == print_ast(parse(document))
    assert len(minified(document)) <= len(document)


def test_what_cannot_be_parsed_is_told_with_its_place() -> None:
    for work in (prettified, minified, merged_fragments):
        with pytest.raises(BackendError, match="line 2, column 3"):
            work("{ me\n  ] }")
        with pytest.raises(BackendError, match="nested too deep"):
            work("{a" * 10_000)


def test_fragments_are_written_out() -> None:
    text = merged_fragments(
        "{ me { ...A } } fragment A on User { id ...B } fragment B on User { email }"
    )
    assert "fragment" not in text
    assert diagnose(text, SHOP).problems == ()
    assert text.count("... on User") == 2
    with pytest.raises(BackendError, match=r"(?s)circular.*A → B → A"):
        merged_fragments("{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }")
    with pytest.raises(BackendError, match="not in the document"):
        merged_fragments("{ me { ...A } }")
    doubling = "".join(f" fragment F{i} on User {{ ...F{i + 1} ...F{i + 1} }}" for i in range(40))
    with pytest.raises(BackendError, match="too long"):
        merged_fragments("{ me { ...F0 } }" + doubling + " fragment F40 on User { id }")


def test_literals_are_drawn_out_into_variables() -> None:
    document = """query Q($text: String!) {
      search(text: $text) { __typename }
      product(id: "7") { price(currency: USD) }
      a: product(id: 8) { id }
    }"""
    text, variables = extracted_arguments(document, '{"text": "x"}', operations(document)[0], SHOP)
    assert json.loads(variables) == {"text": "x", "id": "7", "currency": "USD", "id2": 8}
    assert diagnose(text, SHOP).problems == ()
    assert "$id2: ID!" in text
    bare, _ = extracted_arguments("{ product(id: 1) { id } }", "", None, SHOP)
    assert bare == "query ($id: ID!) { product(id: $id) { id } }"
    with pytest.raises(BackendError, match="no literal arguments"):
        extracted_arguments("{ me { id } }", "", None, SHOP)


def test_the_skeleton_has_the_right_types_and_keeps_what_is_there() -> None:
    head = "$i: ReviewInput!, $o: [Order!]!, $n: Int = 3, $d: Decimal, $s: String!"
    document = f"query Q({head}) {{ me {{ id }} }}"
    text = variables_skeleton(document, operations(document)[0], SHOP, '{"s": "kept"}')
    assert json.loads(text) == {
        "i": {"product": "", "stars": 0},
        "o": ["NAME"],
        "n": 3,
        "d": None,
        "s": "kept",
    }
    assert variables_skeleton("{ me { id } }", None, SHOP) == ""
    assert json.loads(variables_skeleton("query ($a: Int!, $b: [X]) { a }", None, None)) == {
        "a": 0,
        "b": [],
    }


@pytest.mark.parametrize(
    ("variables", "words", "place"),
    [
        ('{"first": "x"}', "Int cannot represent", '"first"'),
        ('{"first": 1, "more": 2}', "no variable $more", '"more"'),
        ("{}", "$first", "}"),
        ('{"first": 1,}', "", "}"),
        ("[1]", "one JSON object", "[1]"),
        ('{"first": 1, "order": "SIDEWAYS"}', "SIDEWAYS", '"order"'),
    ],
)
def test_variables_are_checked_by_the_operations_types(
    variables: str, words: str, place: str
) -> None:
    document = (
        "query Q($first: Int!, $order: Order) { products(first: $first, order: $order) { total } }"
    )
    found = variables_diagnosis(variables, document, operations(document)[0], SHOP)
    assert len(found.problems) == 1, found
    problem = found.problems[0]
    assert words in problem.message
    assert variables[problem.start : problem.end] == place


def test_right_variables_have_no_findings() -> None:
    document = "query Q($first: Int!) { products(first: $first) { total } }"
    operation = operations(document)[0]
    assert variables_diagnosis('{"first": 1}', document, operation, SHOP).problems == ()
    assert variables_diagnosis("", "{ me { id } }", None, SHOP).problems == ()
    assert variables_diagnosis("{}", "{ broken", None, SHOP).problems == ()
    assert variables_diagnosis("[" * 100_000, document, operation, SHOP).errors == 1
    assert read_variables("") is None
    for wrong in ("[]", "{", '{"a": NaN}', "[" * 100_000):
        with pytest.raises(BackendError):
            read_variables(wrong)


@pytest.mark.parametrize(
    ("document", "type_name", "field"),
    [
        ("", "Query", "product"),
        ("{ | }", "Query", "products"),
        ("query A {\n  me { id }\n  |\n}", "Query", "search"),
        ("{ me { id } }|", "Mutation", "addReview"),
        ("{ me { | } }", "User", "email"),
        ("{ me { id } }|", "Product", "category"),
        ("|", "Subscription", "stockLow"),
    ],
)
def test_an_inserted_field_is_valid_at_once(document: str, type_name: str, field: str) -> None:
    cursor = document.find("|") if "|" in document else 0
    document = document.replace("|", "")
    edit = insertion(SHOP, document, cursor, type_name, field)
    text = edit.applied(document)
    assert field in text
    errors = [
        each
        for each in diagnose(text, SHOP).problems
        if each.severity == "error"
        and "never used" not in each.message
        and "lone" not in each.message
        and "anonymous" not in each.message
    ]
    assert errors == [], text
    assert 0 <= edit.cursor <= len(text)


def test_a_selection_is_filled_to_a_depth() -> None:
    document = "{ products { edges { node } } }"
    cursor = document.index("node") + 4
    edit = filled(SHOP, document, cursor)
    assert edit is not None
    text = edit.applied(document)
    assert diagnose(text, SHOP).problems == ()
    assert "name" in text
    assert "oldPrice" not in text
    deep = filled(SHOP, document, cursor, 3)
    assert deep is not None
    deeper = deep.applied(document)
    assert diagnose(deeper, SHOP).problems == ()
    assert len(deeper) > len(text)
    assert "category" in deeper
    around = "{ me { id | } }"
    edit = filled(SHOP, around.replace("|", ""), around.index("|"))
    assert edit is not None
    assert "email" in edit.applied(around.replace("|", ""))
    assert filled(SHOP, "{ me { id email } }", 8) is None
    assert filled(SHOP, "", 0) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(ALPHABET, max_size=60).map("".join), st.integers(0, 200))
def test_any_text_is_worked_on_or_refused(document: str, cursor: int) -> None:
    found = operations(document)
    for before, after in pairwise(found):
        assert before.end <= after.start
    operation_at(document, cursor)
    for work in (prettified, minified, merged_fragments):
        with suppress(BackendError):
            assert parse(work(document)).definitions
    edit = filled(SHOP, document, cursor, 2)
    if edit is not None:
        assert 0 <= edit.start <= edit.end <= len(document)
    edit = insertion(SHOP, document, cursor, "Query", "me")
    assert "me" in edit.applied(document)
