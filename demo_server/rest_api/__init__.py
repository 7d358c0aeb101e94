"""The shop's REST API: thin adapters over the shop's queries and services, declared once."""
