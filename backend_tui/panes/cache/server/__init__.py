"""Redis and Valkey themselves: connection, keys and previews, counters, slow log, big keys."""
