"""The shop in Django's admin: lists that answer questions, and no button that breaks a rule.

Stock, orders and what is counted change through services; the admin shows them.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from demo_server.caching.write_back.switch import switch
from demo_server.shop import models, services
from demo_server.shop.services.invalidation import changed
from demo_server.shop.typed_admin import ModelAdmin, TabularInline

admin.site.site_header = "Northwood & Daughters"
admin.site.site_title = "Shop admin"
admin.site.index_title = "The shop's data"


class ReadOnly:
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never."""
        del request, obj
        return False


@admin.register(models.Category)
class CategoryAdmin(ModelAdmin[models.Category]):
    """The category tree."""

    list_display = ["name", "parent", "slug"]
    list_select_related = ["parent"]
    list_filter = [("parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(
        self, request: HttpRequest, obj: models.Category, form: Any, change: Any
    ) -> None:
        """Save, and let the cache forget what shows this category."""
        super().save_model(request, obj, form, change)
        changed("categories", obj.pk)
        changed("products", *obj.products.values_list("id", flat=True))


@admin.register(models.Tag)
class TagAdmin(ModelAdmin[models.Tag]):
    """Tags."""

    list_display = ["name", "slug"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(self, request: HttpRequest, obj: models.Tag, form: Any, change: Any) -> None:
        """Save, and let the cache forget what shows this tag."""
        super().save_model(request, obj, form, change)
        changed("tags", obj.pk)
        changed("products", *obj.products.values_list("id", flat=True))


class MovementInline(ReadOnly, TabularInline[models.StockMovement, models.Product]):
    """Why the stock is what it is."""

    model = models.StockMovement
    fields = ["moved_at", "change", "reason", "order"]
    readonly_fields = ["moved_at", "change", "reason", "order"]
    show_change_link = False
    max_num = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.StockMovement]:
        """With the orders they belong to."""
        return super().get_queryset(request).select_related("order")


@admin.register(models.Product)
class ProductAdmin(ModelAdmin[models.Product]):
    """Products; saving goes through the same service as the API."""

    list_display = ["name", "sku", "category", "price", "stock", "is_on_sale"]
    list_select_related = ["category"]
    list_filter = [("category__parent", admin.RelatedOnlyFieldListFilter), "tags"]
    list_per_page = 50
    search_fields = ["name", "sku"]
    search_help_text = "Name or SKU"
    autocomplete_fields = ["category", "tags"]
    fields = ["name", "sku", "category", "price", "stock", "tags", "description", "withdrawn_at"]
    readonly_fields = ["withdrawn_at"]
    inlines = [MovementInline]
    actions = ["withdraw"]
    show_full_result_count = True

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Product | None:
        """The product with its newest values, for the form writes all of them back."""
        async_to_sync(switch.settle)()
        return super().get_object(request, object_id, from_field)

    @admin.display(boolean=True, description="On sale", ordering="withdrawn_at")
    def is_on_sale(self, product: models.Product) -> bool:
        """Not withdrawn."""
        return product.withdrawn_at is None

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Product | None = None
    ) -> bool:
        """Products are withdrawn, not deleted: past orders name them."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: models.Product, form: Any, change: Any) -> None:
        """Create or change through the service, so that stock, version and cache stay true."""
        del request
        values = {
            name: form.cleaned_data[name]
            for name in ("sku", "name", "description", "price", "stock")
        }
        values["category_id"] = form.cleaned_data["category"].pk
        if change:
            saved = async_to_sync(services.update_product)(obj.pk, values)
        else:
            saved = async_to_sync(services.create_product)(values)
        obj.pk = saved.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Tags are saved by the form; the cache forgets once more."""
        super().save_related(request, form, formsets, change)
        changed("products", form.instance.pk)

    @admin.action(description="Withdraw from sale", permissions=["change"])
    def withdraw(self, request: HttpRequest, chosen: QuerySet[models.Product]) -> None:
        """Stop selling the chosen products."""
        keys = list(chosen.filter(withdrawn_at__isnull=True).values_list("id", flat=True))
        for key in keys:
            async_to_sync(services.withdraw_product)(key)
        self.message_user(request, f"{len(keys)} withdrawn.", messages.SUCCESS)


class LineInline(ReadOnly, TabularInline[models.OrderLine, models.Order]):
    """What was ordered."""

    model = models.OrderLine
    fields = ["product", "quantity", "unit_price"]
    readonly_fields = ["product", "quantity", "unit_price"]
    max_num = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.OrderLine]:
        """With the products."""
        return super().get_queryset(request).select_related("product")


@admin.register(models.Order)
class OrderAdmin(ModelAdmin[models.Order]):
    """Orders; actions move them on by the shop's rules."""

    list_display = ["id", "customer", "status", "placed_at"]
    list_select_related = ["customer__user"]
    list_filter = ["status"]
    date_hierarchy = "placed_at"
    search_fields = ["=id", "customer__user__last_name", "customer__user__email"]
    readonly_fields = ["customer", "address", "status", "placed_at", "version"]
    inlines = [LineInline]
    actions = ["ship", "cancel"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders come from customers."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Order | None = None) -> bool:
        """Orders are cancelled, not deleted."""
        del request, obj
        return False

    @admin.action(description="Mark as shipped", permissions=["change"])
    def ship(self, request: HttpRequest, chosen: QuerySet[models.Order]) -> None:
        """placed → shipped."""
        self._move(request, chosen, "shipped")

    @admin.action(description="Cancel", permissions=["change"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[models.Order]) -> None:
        """placed → cancelled."""
        self._move(request, chosen, "cancelled")

    def _move(self, request: HttpRequest, chosen: QuerySet[models.Order], status: str) -> None:
        moved = 0
        for key in chosen.values_list("id", flat=True):
            try:
                async_to_sync(services.change_order)(key, status)
                moved += 1
            except services.Refusal as refusal:
                self.message_user(request, refusal.detail, messages.WARNING)
        self.message_user(request, f"{moved} {status}.", messages.SUCCESS)


class AddressInline(TabularInline[models.Address, models.Customer]):
    """Where a customer lives."""

    model = models.Address
    extra = 0


@admin.register(models.Customer)
class CustomerAdmin(ModelAdmin[models.Customer]):
    """Customers with their addresses."""

    list_display = ["__str__", "email", "phone"]
    list_select_related = ["user"]
    search_fields = ["user__first_name", "user__last_name", "user__email"]
    autocomplete_fields = ["user"]
    inlines = [AddressInline]

    @admin.display(ordering="user__email")
    def email(self, customer: models.Customer) -> str:
        """The user's e-mail."""
        return customer.user.email


@admin.register(models.Review)
class ReviewAdmin(ModelAdmin[models.Review]):
    """Reviews: read and deleted here, written by customers."""

    list_display = ["title", "rating", "product", "customer", "created_at"]
    list_select_related = ["product", "customer__user"]
    list_filter = ["rating"]
    search_fields = ["title", "text", "product__name"]
    readonly_fields = ["product", "customer", "rating", "title", "text", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Reviews come from customers."""
        del request
        return False

    def delete_model(self, request: HttpRequest, obj: models.Review) -> None:
        """Through the service, which counts along."""
        del request
        async_to_sync(services.delete_review)(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.Review]) -> None:
        """Each through the service."""
        del request
        for key in list(queryset.values_list("id", flat=True)):
            async_to_sync(services.delete_review)(key)


@admin.register(models.ApiToken)
class ApiTokenAdmin(ModelAdmin[models.ApiToken]):
    """Tokens: seen and revoked here; issued by the API, which alone can show one."""

    list_display = ["name", "user", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    fields = ["name", "user", "created_at", "expires_at", "revoked_at"]
    readonly_fields = ["user", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Issued by the API."""
        del request
        return False


@admin.register(models.ProductSummary)
class ProductSummaryAdmin(ReadOnly, ModelAdmin[models.ProductSummary]):
    """What is counted of each product."""

    list_display = ["product", "units_sold", "revenue", "review_count"]
    list_select_related = ["product"]
    search_fields = ["product__name", "product__sku"]


@admin.register(models.CategoryRevenue)
class CategoryRevenueAdmin(ReadOnly, ModelAdmin[models.CategoryRevenue]):
    """The materialized revenue."""

    list_display = ["category", "orders", "units", "revenue", "refreshed_at"]
    list_select_related = ["category"]


@admin.register(models.FlatOrder)
class FlatOrderAdmin(ReadOnly, ModelAdmin[models.FlatOrder]):
    """The orders as one wide table."""

    list_display = ["order_number", "customer_name", "product_name", "category_name", "quantity"]
    search_fields = ["product_name", "customer_name"]
    show_full_result_count = False
