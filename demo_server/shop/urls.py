"""The addresses of the store's pages."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda r: HttpResponse("shop"), name="home")]
