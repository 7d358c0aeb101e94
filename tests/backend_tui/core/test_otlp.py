"""A journey leaves as OTLP JSON and comes back as it was; foreign exports are read or refused."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError
from backend_tui.core.otlp import export_document, merged, parse_export
from backend_tui.core.trace import Span, Trace
from tests.backend_tui.journeys import failing, full, repeating

HEX = st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")
VALUES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text("abcé €", max_size=9)
    | st.floats(allow_nan=False)
)  # fmt: skip
KEYS = st.text("abc.", min_size=1, max_size=6)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    ids = draw(st.lists(HEX, min_size=1, max_size=6, unique=True))
    starts = sorted(draw(st.lists(st.integers(0, 10**6), min_size=len(ids), max_size=len(ids))))
    spans = [
        Span(
            each,
            ids[0] if index else None,
            draw(st.text("abc", max_size=5)),
            draw(st.sampled_from(["server", "db", "cache", "view", "task"])),
            starts[index] - starts[0],
            draw(st.integers(0, 10**6)),
            draw(st.booleans()),
            draw(st.dictionaries(KEYS, VALUES, max_size=3)),
        )
        for index, each in enumerate(ids)
    ]
    return replace(full(draw(HEX) * 2), spans=tuple(spans))


@given(traces())
def test_a_journey_comes_back_as_it_left(trace: Trace) -> None:
    document = json.loads(json.dumps(export_document([trace])))
    (back,) = parse_export(document)
    assert (back.trace_id, back.method, back.path) == (trace.trace_id, trace.method, trace.path)
    assert (back.status, back.service) == (trace.status, trace.service)
    assert back.started_at == trace.started_at
    known = {span.id: span for span in trace.spans}
    assert {span.id for span in back.spans} == set(known)
    for span in back.spans:
        was = known[span.id]
        assert replace(span, attributes={}) == replace(was, attributes={})
        assert {key: span.attributes[key] for key in was.attributes} == was.attributes


@pytest.mark.parametrize("trace", [full(), repeating(), failing()])
def test_the_counters_come_back_counted(trace: Trace) -> None:
    (back,) = parse_export(export_document([trace]))
    assert back.counters == trace.counters
    assert back.duration_us == trace.duration_us


def test_the_types_are_those_of_the_specification() -> None:
    document = json.loads(json.dumps(export_document([full()])))
    resource = document["resourceSpans"][0]
    assert resource["resource"]["attributes"][0]["value"] == {"stringValue": "demo"}
    root, *_, send = resource["scopeSpans"][0]["spans"]
    assert root["startTimeUnixNano"] == "1795341600123456000"
    assert root["endTimeUnixNano"] == "1795341600125290000"
    assert (root["kind"], send["parentSpanId"]) == (2, root["spanId"])
    assert "parentSpanId" not in root
    values = {each["key"]: each["value"] for each in root["attributes"]}
    assert values["http.response.status_code"] == {"intValue": "200"}


def test_the_callers_span_is_the_parent_of_the_exported_root() -> None:
    document = json.loads(json.dumps(export_document([replace(full(), parent_id="12" * 8)])))
    assert document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["parentSpanId"] == "12" * 8


def test_parts_of_a_journey_become_one_on_one_clock() -> None:
    (whole,) = parse_export(export_document([full()]))
    head = replace(whole, spans=whole.spans[:3])
    document = export_document([replace(whole, spans=whole.spans[3:])])
    (tail,) = parse_export(document)
    assert tail.spans[0].start_us == 0
    joined = merged(tail, head)
    assert [(each.id, each.start_us) for each in joined.spans] == [
        (each.id, each.start_us) for each in whole.spans
    ]
    assert (joined.counters, joined.method) == (whole.counters, "GET")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["resourceSpans", "scopeSpans", "spans", "traceId", "attributes"]),
                inner,
            )
        ),
    )
)
def test_any_json_is_journeys_or_a_problem_in_words(document: object) -> None:
    with suppress(BackendError):
        assert isinstance(parse_export(document), tuple)
