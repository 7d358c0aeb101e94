"""The Docker pane: containers live, their acts, and what the engine tells of itself."""
