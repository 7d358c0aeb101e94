"""Where the lab's endpoints live, below /lab/."""

from django.urls import path

from demo_server.lab.document import view as document
from demo_server.lab.resources import STEADY, UNSTEADY

urlpatterns = [
    path("openapi.json", document),
    *(resource.url_pattern() for resource in (*STEADY, *UNSTEADY)),
]
