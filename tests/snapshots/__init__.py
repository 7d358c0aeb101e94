"""Pictures of every pane in its states: what a person sees, pinned."""
