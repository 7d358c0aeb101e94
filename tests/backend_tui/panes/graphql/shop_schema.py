"""A small schema of every kind of type, for the tests of the language work."""

from __future__ import annotations

from datetime import UTC, datetime

from graphql import build_schema

from backend_tui.panes.graphql.schema import Schema, SchemaSource

SDL = '''
"""Where all reading begins."""
type Query {
  product(id: ID!): Product
  products(first: Int = 10, after: String, where: ProductFilter, order: Order): ProductConnection!
  search(text: String!): [SearchResult!]!
  node(id: ID!): Node
  me: User
}
type Mutation { addReview(input: ReviewInput!): Review }
type Subscription { priceChanged(ids: [ID!]): Product  stockLow: Product! }
interface Node { id: ID! }
"""Something to buy."""
type Product implements Node {
  id: ID!
  name: String!
  price(currency: Currency! = EUR): Decimal!
  oldPrice: Decimal @deprecated(reason: "Use price.")
  category: Category
  reviews(first: Int): [Review!]!
}
type Category implements Node { id: ID! title: String! products: [Product!]! parent: Category }
type Review implements Node { id: ID! stars: Int! text: String author: User }
type User implements Node { id: ID! email: String! }
type ProductConnection { edges: [ProductEdge!]! total: Int! }
type ProductEdge { node: Product! cursor: String! }
union SearchResult = Product | Category
enum Order { NAME PRICE NEWEST @deprecated }
enum Currency { EUR USD }
input ProductFilter { nameLike: String  minPrice: Decimal  category: ID  all: [ProductFilter!] }
input ReviewInput { product: ID!  stars: Int!  text: String = "" }
scalar Decimal
directive @trace(label: String!) on FIELD | QUERY
'''


def schema_of(sdl: str = SDL) -> Schema:
    """A schema of SDL as if a file had held it."""
    source = SchemaSource("sdl", "test.graphql", datetime(2026, 1, 2, tzinfo=UTC), len(sdl))
    return Schema(build_schema(sdl), source, str(hash(sdl)))


SHOP = schema_of()
