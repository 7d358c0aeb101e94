"""Where the REST API's resources live, below /api/: the most asked for first."""

from django.urls import path

from demo_server.rest_api.document import RESOURCES
from demo_server.rest_api.document import view as document

urlpatterns = [
    *(resource.url_pattern() for resource in RESOURCES),
    path("openapi.json", document),
]
