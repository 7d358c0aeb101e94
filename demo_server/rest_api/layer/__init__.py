"""A small declarative REST layer on msgspec: one declaration is the check, the answer and the document."""
