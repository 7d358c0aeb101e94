"""The shop as a Django application, and what the cache below it needs of it."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """The shop: label `shop`, tables `shop_*`."""

    name = "demo_server.shop"
    label = "shop"
    verbose_name = "Shop"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand behind the write-back cache."""
        from demo_server.caching.write_back.switch import switch
        from demo_server.shop.write_back.ledger import ShopLedger

        switch.ledger_maker = ShopLedger
        switch.worker_module = "demo_server.shop.write_back.worker"
