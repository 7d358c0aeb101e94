"""The addresses of the store's pages."""

from django.urls import path

from demo_server.shop.views import account, catalogue, kept, static

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("category/<slug:slug>/", catalogue.category, name="category"),
    path("product/<int:product_id>/", catalogue.product, name="product"),
    path("product/<int:product_id>/buy/", account.buy, name="buy"),
    path("product/<int:product_id>/review/", account.review, name="review"),
    path("bestsellers/", kept.bestsellers, name="bestsellers"),
    path("orders/", account.orders, name="orders"),
    path("orders/<int:order_id>/cancel/", account.cancel, name="cancel"),
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", account.Logout.as_view(), name="logout"),
    path("static/<path:name>", static.file, name="static"),
]
