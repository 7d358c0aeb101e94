"""Every address that Django answers."""

from django.contrib import admin
from django.urls import include, path

from demo_server.graphql_api import endpoint

urlpatterns = [
    path("api/", include("demo_server.rest_api.urls")),
    path("graphql", endpoint.graphql, name="graphql"),
    path("lab/", include("demo_server.lab.urls")),
    path("admin/", admin.site.urls),
    path("", include("demo_server.shop.urls")),
]

handler400 = "demo_server.errors.bad_request"
handler403 = "demo_server.errors.permission_denied"
handler404 = "demo_server.errors.page_not_found"
handler500 = "demo_server.errors.server_error"
