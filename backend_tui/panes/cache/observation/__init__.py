"""Watching hits and misses of a Redis that cannot be instrumented, each step with its cost."""
