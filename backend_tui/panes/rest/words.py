"""What the REST pane says of itself when it is asked for help, as Markdown."""

from __future__ import annotations

from typing import Final

HELP: Final = """\
**Send** with `ctrl+j` or `alt+enter` from anywhere, or Enter in the URL; `escape` cancels and keeps
what has arrived.

A path such as `/api/products` goes to the shop; a whole `https://…` goes anywhere. Requests to the
shop and to this machine carry a trace context, so the **Journey** tab can show middleware, cache,
SQL and the client's own phases in one waterfall. Send the same request twice: the second journey
shows the cache hit and no SQL, and **Diff** compares both answers.

`i` leads to parameters, headers, auth and body; left and right choose the tab, tab leads into it.
`r` lists the routes of the shop; Enter on one writes it into the request, body included.
Another server's routes: write the URL of its OpenAPI document, leave the field, press `O`.

`K` sends through a private HTTP cache of this workbench (RFC 9111), or straight again: the line
above the answer says *from cache*, *304 revalidated*, *stored* or *not stored* and why. `L` lists
what it holds; there `delete` forgets one answer and `X` all.

`[` and `]` walk through the requests of this run, `D` compares, `z` gives the answer all the room.
"""
