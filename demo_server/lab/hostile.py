"""Answers that attack the terminal or the parser of whoever shows them: /lab/hostile."""

from typing import Annotated, Final, Literal, NamedTuple

from django.http import HttpResponse
from msgspec import Meta

from demo_server.rest_api.layer.operation import Call, Media, Reply, operation
from demo_server.rest_api.layer.schema import Query

Kind = Literal[
    "control", "osc52", "title", "bidi", "invisible", "markup", "surrogates", "duplicates",
    "numbers", "deep", "nul", "utf16", "unknown-charset", "wrong-charset", "invalid-utf8",
    "headers", "long-line", "mislabelled",
]  # fmt: skip


class Attack(NamedTuple):
    """A body, what it claims to be, and the headers it comes with."""

    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = {}


_PLAIN: Final = "text/plain; charset=utf-8"

ATTACKS: Final[dict[str, Attack]] = {
    "control": Attack(
        b"\x1b[2J\x1b[H\x1b[31mred\x1b[0m \x9b5m\x07 back\x08space \x0e\x0f \x7f\r\nend\r", _PLAIN
    ),
    "osc52": Attack(b"\x1b]52;c;cm0gLXJmIH4K\x07copied, if your terminal is careless\n", _PLAIN),
    "title": Attack(b"\x1b]0;owned\x07\x1b]8;;http://127.0.0.1/\x1b\\link\x1b]8;;\x1b\\\n", _PLAIN),
    "bidi": Attack(
        '{"user":"admin\u202e \u2066// check later\u2069 \u2066","note":"\u200f\u061c"}'.encode()
    ),
    "invisible": Attack('{"na\u200bme":"a\u2060d\ufeffmin","tag":"\U000e0041\U000e007f"}'.encode()),
    "markup": Attack(b'{"name":"[bold red]x[/] [@click=app.quit]quit[/] [/nope] \\\\[","x":"[[["}'),
    "surrogates": Attack(
        b'{"high":"\\ud800","low":"\\udfff","pair":"\\ud83d\\ude00","cut":"a\\ud83d"}'
    ),
    "duplicates": Attack(b'{"id":1,"id":2,"":3,"":{"id":[],"id":null},"__proto__":{"x":1}}'),
    "numbers": Attack(
        b'{"big":123456789012345678901234567890,"float":0.1000000000000000055511151231257827,'
        b'"huge":1e400,"minus":-0,"exact":1.0,"exponent":1E+2}'
    ),
    "deep": Attack(b"[" * 20_000 + b"]" * 20_000),
    "nul": Attack(b'{"a":"b\\u0000c"}\x00\x00', "application/json"),
    "utf16": Attack('{"name":"ünï"}'.encode("utf-16"), "application/json; charset=utf-16"),
    "unknown-charset": Attack(b'{"name":"\xfc"}', "application/json; charset=x-no-such"),
    "wrong-charset": Attack('{"name":"ünï"}'.encode("latin-1"), "application/json; charset=utf-8"),
    "invalid-utf8": Attack(
        b"ok \xff\xfe \xc3\x28 \xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82 end", _PLAIN
    ),
    "headers": Attack(
        b'{"look":"at the headers"}',
        headers={
            "X-Hostile": "\x1b]0;owned\x07\x1b[31m",
            "X-Markup": "[bold red]x[/] [@click=app.quit]",
            "X-Latin": "caf\xe9 \x9b5m \xad",
            "X-Long": "x" * 8000,
            "X-Empty": "",
            "Server": "\x08\x08\x08evil",
        },
    ),
    "long-line": Attack(b'{"line":"' + b"x" * 500_000 + b'"}'),
    "mislabelled": Attack(b"<!doctype html><script>alert(1)</script>"),
}


class HostileQuery(Query):
    """Which attack."""

    kind: Annotated[Kind, Meta(description="Which attack")] = "control"


@operation(
    "An answer that attacks its reader",
    query=HostileQuery,
    media=(
        Media("application/json", {}),
        Media("text/plain", {"type": "string", "format": "binary"}),
    ),
)
async def lab_hostile(call: Call[HostileQuery, None]) -> Reply:
    """Escape sequences, bidi controls, markup, odd charsets, JSON that breaks parsers."""
    attack = ATTACKS[call.query.kind]
    headers = {
        "Content-Length": str(len(attack.body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **attack.headers,
    }
    return Reply(
        finished=HttpResponse(attack.body, content_type=attack.content_type, headers=headers)
    )
