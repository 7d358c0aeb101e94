"""The widgets that only the Docker pane has."""
