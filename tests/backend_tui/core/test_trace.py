"""Whatever a server sends as a journey is read or refused, and what is read is clean."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError
from backend_tui.core.text import is_clean
from backend_tui.core.trace import Span, Trace, new_context, parse_trace, trace_document
from tests.backend_tui.journeys import full, hostile

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_any_json_is_a_trace_or_a_problem_in_words(document: object) -> None:
    with pytest.raises(BackendError) as refused:
        parse_trace(document)
    assert refused.value.what
    assert refused.value.hint


@given(st.sampled_from(sorted(hostile())), JSON)
def test_one_wrong_member_never_escapes_as_another_error(member: str, value: object) -> None:
    with suppress(BackendError):
        assert isinstance(parse_trace({**hostile(), member: value}), Trace)


def test_every_text_of_a_trace_is_clean() -> None:
    trace = parse_trace(hostile())
    texts = [trace.method, trace.path, trace.query, trace.service, trace.spans[0].name]
    for key, value in trace.spans[0].attributes.items():
        texts += [key, str(value)]
    assert all(is_clean(text) for text in texts)
    assert "␛" in trace.path


def test_a_trace_survives_its_own_document() -> None:
    trace = full()
    document = {**trace_document(trace), "sequence": trace.sequence}
    assert parse_trace(document) == trace


def test_a_request_that_got_no_answer_has_status_0() -> None:
    assert parse_trace({**hostile(), "status": None}).status == 0


def test_client_spans_lie_around_the_servers() -> None:
    client = Span("c0", None, "client", "client", 0, 3000)
    wait = Span("c1", "c0", "wait", "client", 250, 2100)
    whole = full().around((client, wait))
    server = next(span for span in whole.spans if span.kind == "server")
    assert server.parent == "c1"
    assert server.start_us == 250
    assert whole.root == client
    assert len(whole.spans) == len(full().spans) + 2


def test_a_server_that_began_before_the_client_waited_ends_with_the_answer() -> None:
    client = Span("c0", None, "client", "client", 0, 2500)
    wait = Span("c1", "c0", "wait", "client", 1900, 500)
    spans = {span.kind: span for span in full().around((client, wait)).spans[::-1]}
    assert spans["server"].end_us == 2500
    assert full().around((client, Span("c1", "c0", "wait", "client", 9, 9))).spans[0] == client


def test_a_context_is_what_w3c_wants() -> None:
    version, trace_id, span_id, flags = new_context().traceparent.split("-")
    assert (version, flags) == ("00", "01")
    assert (len(trace_id), len(span_id)) == (32, 16)
    assert int(trace_id, 16)
    assert int(span_id, 16)
