"""A recorded session of an engine: made from a real one, without secrets, and played again."""
