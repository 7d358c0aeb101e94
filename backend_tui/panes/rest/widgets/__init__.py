"""The parts of the REST pane that draw: they take attributes, and post messages upward."""
