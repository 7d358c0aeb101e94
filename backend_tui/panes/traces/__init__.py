"""Every journey as it happens, from any client: found, read, compared and exported."""
