"""The frame around the panes: app, navigator, status line, palette, help."""
