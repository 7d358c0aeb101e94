"""Which Accept headers are satisfied, and by what."""

import pytest

from demo_server.rest_api.layer.negotiation import choose
from demo_server.rest_api.layer.problem import Problem

OFFERED = ("application/x-ndjson", "text/event-stream")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", OFFERED[0]),
        ("*/*", OFFERED[0]),
        ("text/event-stream", OFFERED[1]),
        ("text/*", OFFERED[1]),
        ("application/x-ndjson;q=0.5, text/event-stream;q=0.9", OFFERED[1]),
        ("text/html, */*;q=0.1", OFFERED[0]),
        ("application/x-ndjson;q=0, */*", OFFERED[1]),
        ("TEXT/Event-Stream ; charset=utf-8", OFFERED[1]),
    ],
)
def test_the_client_gets_what_it_likes_best(accept: str, chosen: str) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "nonsense", ";;", "text/html;q=x, a/b"])
def test_a_client_that_likes_nothing_here_is_told_so(accept: str) -> None:
    with pytest.raises(Problem) as raised:
        choose(accept, OFFERED)
    assert raised.value.status == 406
