"""One folder a pane; no pane knows another."""
