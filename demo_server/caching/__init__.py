"""The shop's cache: one backend on Redis, its twin in process, and the feed that tells of both."""
