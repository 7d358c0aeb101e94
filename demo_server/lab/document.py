"""The lab's own OpenAPI document: all its endpoints, also those that fail on purpose."""

from typing import Any

from demo_server.lab.resources import DESCRIPTION, STEADY, TAG, UNSTEADY
from demo_server.rest_api.layer.openapi import Document
from demo_server.rest_api.layer.published import published


def build() -> dict[str, Any]:
    """The document."""
    document = Document([("lab/", resource) for resource in (*STEADY, *UNSTEADY)])
    info = {
        "title": "Lab",
        "version": "1",
        "description": "What goes wrong on the way to a client, on request.",
    }
    return document.build(info, {TAG: DESCRIPTION}, {})


view = published(build)
