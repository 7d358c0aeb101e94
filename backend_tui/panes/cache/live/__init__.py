"""The Live tab: exact counts of what the cache does, as it does it."""
