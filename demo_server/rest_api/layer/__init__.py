"""A small declarative REST layer on msgspec: a declaration checks, answers and documents."""
