"""The parts of the GraphQL pane that draw: they take attributes, and post messages upward."""
