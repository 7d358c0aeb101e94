"""A Django database backend: SQLite whose connections outlive the request's thread."""
