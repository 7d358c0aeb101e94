"""The logs of a container: read, kept, followed through restarts, and drawn."""
