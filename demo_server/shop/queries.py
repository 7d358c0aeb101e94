"""Everything the shop reads."""
