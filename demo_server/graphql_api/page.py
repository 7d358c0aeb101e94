"""What a browser sees at /graphql: where it is, how to ask, and the schema; nothing to load."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Final

from demo_server.graphql_api import building, limits

_EXAMPLE: Final = """\
query Shelf {
  products(first: 5, sort: { by: PRICE, direction: DESCENDING }) {
    nodes { name price inStock category { name } tags { name } rating }
    pageInfo { hasNextPage endCursor }
    totalCount
  }
}"""

_HTML: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>GraphQL: the shop as a graph</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem }}
textarea, pre {{ font: .9rem/1.4 ui-monospace, monospace; width: 100%; box-sizing: border-box }}
pre {{ overflow: auto; padding: .75rem; border: 1px solid; border-radius: .4rem }}
code {{ font-family: ui-monospace, monospace }}
</style></head><body>
<h1>The shop as a graph</h1>
<p>This address speaks GraphQL over HTTP. Reading the catalogue needs nobody; orders, reviews and
changes need a Bearer token or a session, as in <a href="/api/">the REST API</a>.</p>
<form method="get" action="/graphql">
<label for="query">A query, sent by GET; the answer is JSON.</label>
<textarea id="query" name="query" rows="8" spellcheck="false">{example}</textarea>
<p><button>Run</button></p>
</form>
<h2>How to ask</h2>
<ul>
<li><code>POST /graphql</code> with a JSON body of <code>query</code>, <code>variables</code>,
<code>operationName</code>, or a list of at most {batch} of them.
<code>GET /graphql?query=…</code> for queries.</li>
<li>Subscriptions: accept <code>text/event-stream</code>, or open a WebSocket with the subprotocol
<code>graphql-transport-ws</code>.</li>
<li><code>@defer</code> and <code>@stream</code>: accept <code>multipart/mixed</code> or
<code>text/event-stream</code>.</li>
<li><code>X-Data-Loader: off</code> reads every object by itself: watch the statements of the
journey grow.</li>
<li>At most {depth} levels, {cost} points of cost, {aliases} aliases, {tokens} tokens.</li>
</ul>
<h2>The schema</h2>
<pre>{schema}</pre>
</body></html>
"""


@cache
def page() -> str:
    """The page."""
    return _HTML.format(
        example=escape(_EXAMPLE),
        batch=limits.MOST_IN_BATCH,
        depth=limits.DEEPEST,
        cost=limits.HIGHEST_COST,
        aliases=limits.MOST_ALIASES,
        tokens=limits.MOST_TOKENS,
        schema=escape(building.text()),
    )
