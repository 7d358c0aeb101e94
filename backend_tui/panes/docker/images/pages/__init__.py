"""The pages of the pane that show images, volumes, networks and the disk."""
