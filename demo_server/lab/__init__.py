"""Endpoints that misbehave on request: slow, failing, huge, endless, broken and hostile answers."""
