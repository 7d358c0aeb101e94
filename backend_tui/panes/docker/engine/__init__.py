"""The engine as it is spoken to: calls, streams, their threads, and why they fail."""
