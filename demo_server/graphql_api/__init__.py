"""The shop as a graph: one endpoint on graphql-core, over the same queries and services as REST."""
