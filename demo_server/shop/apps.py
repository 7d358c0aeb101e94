"""The shop as a Django application."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """The shop: label `shop`, tables `shop_*`."""

    name = "demo_server.shop"
    label = "shop"
    verbose_name = "Shop"
    default_auto_field = "django.db.models.BigAutoField"
