"""A flush of deferred writes as a journey of its own: nobody asked for it at that moment."""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from django.db import connection

from demo_server.caching.write_back.switch import switch
from demo_server.tracing.recorder import recorder
from demo_server.tracing.spans import Journey, StatementSpan
from demo_server.tracing.sql import shape_of

if TYPE_CHECKING:
    from demo_server.caching.write_back.ledger import Flushed

METHOD: Final = "FLUSH"
PATH: Final = "/_cache/write-back"


def install() -> None:
    """Record the flushes of the flusher's process, which tells of them when they are over."""
    switch.listeners.append(record)


def record(flushed: Flushed) -> None:
    """A journey with the statements of the batch."""
    lasted = int(flushed.us * 1000)
    journey = Journey(METHOD, PATH, "")
    journey.started_at_ns -= lasted
    root = journey.root
    root.started = perf_counter_ns() - lasted
    root.attributes |= {
        "write_back.applied": flushed.applied,
        "write_back.statements": flushed.statements,
        "write_back.replays_skipped": flushed.skipped,
        "write_back.dead_letters": flushed.dead,
        "write_back.watermark": flushed.mark,
    }
    recorder.begin(journey)
    for each in flushed.sql:
        shape = shape_of(each.text)
        span = StatementSpan(root, shape.name, each.text)
        span.system, span.verb, span.affected = connection.vendor, shape.verb, each.affected
        span.is_duplicate = journey.count_statement(each.text) and not shape.is_control
        span.started = root.started + int(each.after_us * 1000)
        span.ended = span.started + int(each.us * 1000)
    recorder.end(journey)
