"""The shop's data, made in SQL: the same every time, in milliseconds, larger on demand."""

from demo_server.shop.seed.filling import add_orders, fill, is_empty

__all__ = ["add_orders", "fill", "is_empty"]
