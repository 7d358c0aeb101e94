"""The tables of the shop in third normal form, and the denormalised ones that lessons compare."""

from demo_server.shop.models.access import ApiToken
from demo_server.shop.models.catalogue import Category, Product, Tag
from demo_server.shop.models.customers import Address, Customer
from demo_server.shop.models.lab import LabSource
from demo_server.shop.models.orders import Order, OrderLine
from demo_server.shop.models.reviews import Review
from demo_server.shop.models.stock import StockMovement
from demo_server.shop.models.summaries import CategoryRevenue, FlatOrder, ProductSummary
from demo_server.shop.models.write_back import ProductViews, WriteBackDeadLetter, WriteBackMark

__all__ = [
    "Address",
    "ApiToken",
    "Category",
    "CategoryRevenue",
    "Customer",
    "FlatOrder",
    "LabSource",
    "Order",
    "OrderLine",
    "Product",
    "ProductSummary",
    "ProductViews",
    "Review",
    "StockMovement",
    "Tag",
    "WriteBackDeadLetter",
    "WriteBackMark",
]
