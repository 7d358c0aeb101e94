"""Every address that Django answers."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("demo_server.shop.urls")),
]
for _prefix in ("api", "lab"):
    try:
        urlpatterns.insert(
            0,
            path(
                f"{_prefix}/",
                include(f"demo_server.{'rest_api' if _prefix == 'api' else 'lab'}.urls"),
            ),
        )
    except ImportError as _e:
        print("temporary: ", _e, file=__import__("sys").stderr)

handler400 = "demo_server.errors.bad_request"
handler403 = "demo_server.errors.permission_denied"
handler404 = "demo_server.errors.page_not_found"
handler500 = "demo_server.errors.server_error"
