"""Images and their layers, volumes, networks and the disk that they use."""
