"""The promised figures, each a ratio against a peer in the same run or an exact count."""
