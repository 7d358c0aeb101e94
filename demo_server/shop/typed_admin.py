"""Django's admin classes with the type parameters that its type stubs know and it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
else:
    from django.contrib import admin

    class _Parametrised:
        def __class_getitem__(cls, parameters: Any) -> Any:
            return cls

    class ModelAdmin(_Parametrised, admin.ModelAdmin):
        """`ModelAdmin[Model]`."""

    class TabularInline(_Parametrised, admin.TabularInline):
        """`TabularInline[Child, Parent]`."""


__all__ = ["ModelAdmin", "TabularInline"]
