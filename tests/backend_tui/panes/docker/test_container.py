"""Rows of the engine's list become containers, and events change them at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend_tui.panes.docker.container import Container, parse_list
from backend_tui.panes.docker.engine.events import EngineEvent, EventDecoder, parse_event

NOW = 1_000_000.0


def row(**given: Any) -> dict[str, Any]:
    return {
        "Id": "a" * 64,
        "Names": ["/web"],
        "Image": "nginx:1",
        "State": "running",
        "Status": "Up 3 minutes (healthy)",
        **given,
    }


def one(**given: Any) -> Container:
    (container,) = parse_list([row(**given)], NOW)
    return container


def event(action: str, **given: Any) -> EngineEvent:
    return EngineEvent(at=NOW, kind="container", action=action, id="a" * 64, **given)


@pytest.mark.parametrize(
    ("status", "seconds"),
    [
        ("Up 3 minutes (healthy)", 180),
        ("Up Less than a second", 0),
        ("Up About a minute", 60),
        ("Up About an hour (Paused)", 3600),
        ("Up 2 weeks", 1_209_600),
    ],
)
def test_the_words_of_the_engine_give_the_uptime(status: str, seconds: int) -> None:
    assert one(Status=status).uptime(NOW) == seconds


def test_health_exit_code_and_name_come_from_the_row() -> None:
    assert one().health == "healthy"
    assert one(Status="Up 1 second (health: starting)").health == "starting"
    gone = one(State="exited", Status="Exited (137) 5 seconds ago")
    assert (gone.exit_code, gone.uptime(NOW), gone.since) == (137, None, NOW - 5)
    assert one(Names=["/other/alias", "/web"]).name == "web"
    assert one(Names=[]).name == "a" * 12


def test_ipv4_and_ipv6_of_a_port_are_one() -> None:
    ports = [
        {"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
        {"IP": "::", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
        {"PrivatePort": 53, "Type": "udp"},
    ]
    assert [str(each) for each in one(Ports=ports).ports] == ["8080→80", "53/udp"]


def test_nothing_foreign_reaches_the_screen_uncleaned() -> None:
    hostile = "\x1b]0;title\x07\x9b2J\u202e\n[bold]"
    container = one(Names=[f"/{hostile}"], Image=hostile, Labels={hostile: hostile})
    for text in (container.name, container.image, *container.labels[0]):
        assert "\x1b" not in text
        assert "\n" not in text
        assert "\u202e" not in text
        assert "[bold]" in text


@pytest.mark.parametrize("document", [None, {}, [None], [{}], ["text"]])
def test_a_strange_list_has_no_containers(document: object) -> None:
    assert parse_list(document, NOW) == ()


def test_events_patch_the_row_at_once() -> None:
    container = one()
    assert container.after(event("pause")).state == "paused"
    assert container.after(event("pause")).after(event("unpause")).state == "running"
    ended = container.after(event("die", exit_code=3))
    assert (ended.state, ended.exit_code, ended.health) == ("exited", 3, "")
    assert ended.after(event("start")).exit_code is None
    assert container.after(event("rename", name="api")).name == "api"
    assert container.after(event("health_status", detail="unhealthy")).health == "unhealthy"
    assert container.after(event("exec_create")) is container


def test_events_are_read_however_the_stream_cuts_them() -> None:
    document = {
        "Type": "container",
        "Action": "health_status: unhealthy",
        "Actor": {"ID": "x", "Attributes": {"name": "we\x1bb", "image": "i", "exitCode": "1"}},
        "timeNano": 5_000_000_000,
    }
    line = json.dumps(document).encode() + b"\nnonsense\n[]\n"
    decode = EventDecoder()
    found = [each for byte in line for each in decode(bytes([byte]))]
    assert len(found) == 1
    assert (found[0].action, found[0].detail, found[0].at) == ("health_status", "unhealthy", 5.0)
    assert (found[0].name, found[0].exit_code) == ("we␛b", 1)
    assert parse_event(b'{"Type": "daemon", "Action": "reload"}') is None
