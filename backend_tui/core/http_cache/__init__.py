"""A private HTTP cache to RFC 9111, with RFC 5861 and RFC 8246, that says why it does what."""
