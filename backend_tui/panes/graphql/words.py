"""The words of the GraphQL pane: its help, and the document it begins with."""

from __future__ import annotations

from typing import Final

HELP: Final = """\
**Run** the operation under the cursor with `ctrl+j` or `alt+enter`; `escape` stops it, completes a
subscription in order, and keeps what has arrived.

Typing opens the list of what fits; `ctrl+space` asks for it, also in a broken document. `alt+n`
leads to the next finding, `alt+l` lays the document out, `alt+v` writes the variables by their
types, `alt+a` fills the selection with all fields. `alt+d` opens the **schema**: Enter goes on to a
type, `a` writes a field into the query.

`i` leads to the query, `[` and `]` walk through the runs, `R` runs the one on screen again. `L`
switches the shop's data loaders off for a request: the journey then shows N+1. `alt+z` brings back
the draft that history, the explorer or an example has replaced.

A URL such as `/graphql` goes to the shop; `https://…` and `wss://…` go to any server.
"""
FIRST_DOCUMENT: Final = """\
query Products($first: Int = 4) {
  products(first: $first) {
    totalCount
    nodes {
      name
      price
      category { name }
      reviews(first: 2) { nodes { rating title } }
    }
  }
}

subscription Prices {
  priceChanged { product { name } before after }
}
"""
